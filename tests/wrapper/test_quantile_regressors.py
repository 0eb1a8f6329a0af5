"""Regressors that predict several quantiles of one target."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from regressors import LEVELS, Echo, Foreign, Untrainable
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from wrapper.rows import OBEDIENT, RAW

from sklstm import PositiveOrderedRegressor


def test_outputs_of_a_flat_target_are_counted_in_the_predictions():
    # CatBoost and others predict several quantiles without a parameter that we know.
    y = OBEDIENT[:, 0]
    model = PositiveOrderedRegressor(Ridge(), order=[[0, 1]])
    with pytest.raises(ValueError, match=r"PositiveOrderedRegressor: .*1"):
        model.fit(RAW, y)
    model = PositiveOrderedRegressor(Foreign3()).fit(RAW, y)
    assert model.n_outputs_ == 3
    assert_array_equal(model.predict(RAW), np.sort(np.maximum(RAW, 0), axis=1))
    model = PositiveOrderedRegressor(Foreign3(), order=[[2, 0]], lower=np.zeros(3))
    assert_array_equal(model.fit(RAW, y).order_edges_, [[2, 0]])


class Foreign3(Foreign):
    def predict(self, X):
        return X


def test_a_predict_that_needs_more_than_X_is_not_called_in_fit():
    class Quantiles(Foreign):
        def predict(self, X, unit):
            return X[:, 0] * unit

    model = PositiveOrderedRegressor(Quantiles()).fit(RAW, OBEDIENT[:, 0])
    assert model.n_outputs_ == 1
    assert_array_equal(model.predict(RAW, unit=2.0), [2.0, 0.0, 6.0])


@pytest.mark.parametrize(
    "regressor",
    [
        Echo(quantiles=LEVELS),
        make_pipeline(StandardScaler(), Echo(lambda X: X + 1, quantiles=LEVELS)),
        GridSearchCV(Echo(), {"quantiles": [LEVELS]}, cv=2),
        PositiveOrderedRegressor(Echo(quantiles=LEVELS), order=None),
        TransformedTargetRegressor(
            Echo(quantiles=LEVELS), transformer=StandardScaler()
        ),
    ],
    ids=["plain", "pipeline", "search", "nested", "transformed"],
)
@pytest.mark.filterwarnings("ignore:Scoring failed:UserWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")
def test_quantiles_of_a_flat_target_are_scored_by_their_pinball_loss(rng, regressor):
    from sklstm.metrics import d2_pinball_score

    X, y, weight = rng.normal(size=(40, 3)), rng.uniform(size=40), rng.uniform(size=40)
    model = PositiveOrderedRegressor(regressor).fit(X, y)
    assert model.n_outputs_ == 3
    for sample_weight in (None, weight):
        expected = d2_pinball_score(
            y, model.predict(X), quantiles=LEVELS, sample_weight=sample_weight
        )
        assert model.score(X, y, sample_weight=sample_weight) == expected


def test_declared_levels_tell_the_outputs_before_training():
    regressor = Untrainable(quantiles=LEVELS)
    with pytest.raises(ValueError, match="`lower`"):
        PositiveOrderedRegressor(regressor, lower=[0.0, 0.0]).fit(RAW, OBEDIENT[:, 0])


def test_several_outputs_of_unknown_levels_are_not_scored():
    model = PositiveOrderedRegressor(Foreign3()).fit(RAW, OBEDIENT[:, 0])
    with pytest.raises(ValueError, match=r"3 outputs .*make_quantile_scorer"):
        model.score(RAW, OBEDIENT[:, 0])


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_score_is_r2_of_the_adjusted_predictions(daily_range, rng, n_outputs):
    X, y = daily_range
    y = y[:, :n_outputs].squeeze()
    weight = rng.uniform(size=len(X))
    model = PositiveOrderedRegressor(Ridge()).fit(X, y)
    assert model.score(X, y) == r2_score(y, model.predict(X))
    assert model.score(X, y) > Ridge().fit(X, y).score(X, y)
    expected = r2_score(y, model.predict(X), sample_weight=weight)
    assert model.score(X, y, sample_weight=weight) == expected
