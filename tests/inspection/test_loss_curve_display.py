"""LossCurveDisplay."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import PositiveOrderedRegressor
from sklstm.inspection import LossCurveDisplay


class Network(RegressorMixin, BaseEstimator):
    """A network with loss curves that needs no training."""

    def __init__(self, loss="mse", quantiles=None, normalize=True, validate=True):
        self.loss = loss
        self.quantiles = quantiles
        self.normalize = normalize
        self.validate = validate

    def fit(self, X, y):
        self.history_ = {"loss": [3.0, 2.0, 1.0]}
        if self.validate:
            self.history_["val_loss"] = [3.0, 2.5, 2.75]
        return self

    def predict(self, X):
        return np.zeros(len(X))


class TestLossCurveDisplay:
    X, y = np.zeros((4, 1)), np.zeros(4)

    def test_best_epoch_has_the_lowest_validation_loss(self):
        display = LossCurveDisplay.from_estimator(Network().fit(self.X, self.y))
        assert_array_equal(display.loss_line_.get_xydata(), [[1, 3], [2, 2], [3, 1]])
        assert_array_equal(display.val_loss_line_.get_ydata(), [3, 2.5, 2.75])
        assert display.best_epoch_ == 2
        assert display.best_epoch_line_.get_xdata()[0] == 2
        assert display.ax_.get_xlabel() == "Epoch"

    def test_best_epoch_has_the_lowest_training_loss_without_validation(self):
        network = Network(validate=False).fit(self.X, self.y)
        display = LossCurveDisplay.from_estimator(network)
        assert display.val_loss_line_ is None
        assert display.best_epoch_ == 3

    @pytest.mark.parametrize(
        ("params", "label"),
        [
            ({}, "Loss (mse, normalised units)"),
            ({"normalize": False, "loss": "mae"}, "Loss (mae)"),
            ({"quantiles": (0.1, 0.9)}, "Loss (pinball, normalised units)"),
        ],
    )
    def test_vertical_axis_names_the_loss_and_its_unit(self, params, label):
        network = Network(**params).fit(self.X, self.y)
        assert LossCurveDisplay.from_estimator(network).ax_.get_ylabel() == label

    @pytest.mark.parametrize(
        "wrap",
        [
            lambda network: make_pipeline(StandardScaler(), network),
            PositiveOrderedRegressor,
            lambda network: make_pipeline(
                StandardScaler(), PositiveOrderedRegressor(network)
            ),
            lambda network: PositiveOrderedRegressor(
                make_pipeline(StandardScaler(), network)
            ),
            lambda network: GridSearchCV(
                PositiveOrderedRegressor(network), {"regressor__loss": ["mse"]}, cv=2
            ),
        ],
    )
    def test_the_network_is_found_within_other_estimators(self, wrap):
        display = LossCurveDisplay.from_estimator(wrap(Network()).fit(self.X, self.y))
        assert display.best_epoch_ == 2

    def test_a_single_epoch_is_visible(self):
        display = LossCurveDisplay(loss=[3.0], val_loss=[2.0]).plot()
        assert display.loss_line_.get_marker() == "o"
        assert display.val_loss_line_.get_marker() == "o"
        display.figure_.canvas.draw()
        low, high = display.ax_.get_xlim()
        assert [t for t in display.ax_.get_xticks() if low <= t <= high] == [1]

    def test_the_axis_covers_epochs_whose_loss_is_nan(self):
        display = LossCurveDisplay(
            loss=[3, 2, 1.5, 1], val_loss=[np.nan, np.nan, 4, 5]
        ).plot()
        assert display.best_epoch_ == 3
        assert display.ax_.get_xlim()[0] < 1
        assert display.ax_.get_xlim()[1] > 4

    @pytest.mark.parametrize(
        ("curves", "message"),
        [
            ({"loss": []}, "`loss` must have one value for each epoch"),
            ({"loss": [np.nan, np.nan]}, "`loss` must have one value for each epoch"),
            ({"loss": [1, 2], "val_loss": [1]}, "each of the 2 epochs .* got 1"),
        ],
    )
    def test_curves_that_cannot_be_drawn_raise(self, curves, message):
        with pytest.raises(ValueError, match=rf"LossCurveDisplay: .*{message}"):
            LossCurveDisplay(**curves).plot()
        assert not plt.get_fignums()

    def test_networks_of_other_libraries_are_drawn(self):
        network = Network().fit(self.X, self.y)
        del network.quantiles, network.normalize
        assert LossCurveDisplay.from_estimator(network).best_epoch_ == 2

    def test_an_estimator_without_a_network_raises(self):
        model = PositiveOrderedRegressor(Ridge()).fit(self.X, self.y)
        with pytest.raises(TypeError, match="no fitted LSTMRegressor in PositiveO"):
            LossCurveDisplay.from_estimator(model)
