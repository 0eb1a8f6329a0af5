"""Metrics of quantiles."""

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics
from numpy.testing import assert_allclose
from regressors import LEVELS, Echo

from sklstm.metrics import d2_pinball_score, make_quantile_scorer, mean_pinball_loss


@pytest.fixture
def forecast():
    rng = np.random.default_rng(0)
    y_true = rng.gamma(2.0, size=50)
    y_pred = y_true[:, np.newaxis] + rng.normal(size=(50, 3)) + [-1, 0, 1]
    return y_true, y_pred, rng.uniform(0.5, 2, size=50)


class TestQuantileMetrics:
    @pytest.mark.parametrize("function", [mean_pinball_loss, d2_pinball_score])
    @pytest.mark.parametrize("weighted", [False, True])
    def test_each_level_has_the_value_of_scikit_learn(
        self, function, weighted, forecast
    ):
        y_true, y_pred, weight = forecast
        kwargs = {"sample_weight": weight if weighted else None}
        by_level = [
            getattr(sklearn.metrics, function.__name__)(
                y_true, y_pred[:, i], alpha=level, **kwargs
            )
            for i, level in enumerate(LEVELS)
        ]
        raw = function(
            y_true, y_pred, quantiles=LEVELS, multioutput="raw_values", **kwargs
        )
        assert_allclose(raw, by_level)
        mean = function(y_true, y_pred, quantiles=LEVELS, **kwargs)
        assert mean == pytest.approx(np.mean(by_level))
        assert isinstance(mean, float)

    def test_levels_0_and_1_count_the_errors_of_one_side(self):
        y_true, y_pred = [1, 3, 5], [[0, 2], [3, 1], [7, 5]]
        loss = mean_pinball_loss(
            y_true, y_pred, quantiles=[0, 1], multioutput="raw_values"
        )
        assert loss.tolist() == [2 / 3, 2 / 3]  # 7 is above 5, and 1 below 3
        beyond = [[0, 5], [0, 5], [0, 5]]
        assert d2_pinball_score(y_true, beyond, quantiles=[0, 1]) == 1
        scorer = make_quantile_scorer([0, 1])
        assert scorer(Echo(), y_pred, y_true) == pytest.approx(-2 / 3)

    @pytest.mark.parametrize("levels", [[-1e-9, 1.0], [0.0, 1 + 1e-9]])
    def test_levels_just_beyond_0_and_1_are_refused(self, levels):
        with pytest.raises(ValueError, match="levels between 0 and 1"):
            mean_pinball_loss([1, 2], [[0, 1], [0, 1]], quantiles=levels)

    def test_one_level_accepts_1d_predictions(self, forecast):
        y_true, y_pred, _ = forecast
        assert mean_pinball_loss(
            y_true, y_pred[:, 1], quantiles=[0.5]
        ) == pytest.approx(np.abs(y_true - y_pred[:, 1]).mean() / 2)

    def test_frames_and_series_are_accepted(self, forecast):
        y_true, y_pred, _ = forecast
        assert d2_pinball_score(
            pd.Series(y_true), pd.DataFrame(y_pred), quantiles=LEVELS
        ) == d2_pinball_score(y_true, y_pred, quantiles=LEVELS)

    @pytest.mark.parametrize(
        "levels", [[10, 50, 90], [0.1, 0.5, np.nan], [], 0.5, [[0.1, 0.5, 0.9]], "abc"]
    )
    @pytest.mark.parametrize("function", [mean_pinball_loss, d2_pinball_score])
    def test_invalid_levels_raise(self, function, levels, forecast):
        message = f"{function.__name__}: `quantiles` must be a list of levels between"
        with pytest.raises(ValueError, match=message):
            function(*forecast[:2], quantiles=levels)
        with pytest.raises(ValueError, match="make_quantile_scorer: `quantiles` must"):
            make_quantile_scorer(levels)

    @pytest.mark.parametrize("function", [mean_pinball_loss, d2_pinball_score])
    def test_a_wrong_number_of_levels_raises(self, function, forecast):
        with pytest.raises(ValueError, match="got 2 levels for 3 columns"):
            function(*forecast[:2], quantiles=[0.1, 0.9])

    def test_unknown_multioutput_raises(self, forecast):
        with pytest.raises(ValueError, match="mean_pinball_loss: `multioutput`"):
            mean_pinball_loss(*forecast[:2], quantiles=LEVELS, multioutput="variance")
