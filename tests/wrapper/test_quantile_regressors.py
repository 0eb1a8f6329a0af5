"""Regressors that predict several quantiles of one target."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from regressors import (
    LEVELS,
    CatBoostLike,
    Echo,
    Foreign,
    ForeignQuantiles,
    QuantileFan,
    QuantileForestLike,
    Untrainable,
    XGBoostLike,
)
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from wrapper.rows import OBEDIENT, RAW

from sklstm import PositiveOrderedRegressor
from sklstm.exceptions import ConstraintWarning
from sklstm.metrics import d2_pinball_score

FALLING = (0.9, 0.5, 0.1)


def test_outputs_of_a_flat_target_are_counted_in_the_predictions():
    # CatBoost and others predict several quantiles without a parameter that we know.
    y = OBEDIENT[:, 0]
    model = PositiveOrderedRegressor(Ridge(), order=[[0, 1]])
    with pytest.raises(ValueError, match=r"`order` refers to output 1, but .* 0 to 0"):
        model.fit(RAW, y)
    model = PositiveOrderedRegressor(Foreign3()).fit(RAW, y)
    assert model.n_outputs_ == 3
    assert_array_equal(model.predict(RAW), np.sort(np.maximum(RAW, 0), axis=1))
    model = PositiveOrderedRegressor(Foreign3(), order=[[0, 2]], lower=np.zeros(3))
    assert_array_equal(model.fit(RAW, y).order_edges_, [[0, 2]])


class Foreign3(Foreign):
    def predict(self, X):
        return X


@pytest.fixture
def skewed(rng):
    """A target that is never negative, and features that tell little of it."""
    return rng.normal(size=(60, 2)), rng.exponential(size=60)


# -- levels that can be read -----------------------------------------------------------


@pytest.mark.parametrize(
    "wrap",
    [lambda regressor: regressor, make_pipeline, TransformedTargetRegressor],
    ids=["bare", "pipeline", "transformed"],
)
@pytest.mark.parametrize(
    "regressor",
    [
        CatBoostLike("MultiQuantile:alpha=0.9,0.5,0.1"),
        CatBoostLike(objective="MultiQuantile:alpha=0.9,0.5,0.1"),
        QuantileForestLike(FALLING),
        XGBoostLike("reg:quantileerror", FALLING),
        QuantileFan(quantiles=FALLING),
    ],
    ids=lambda regressor: type(regressor).__name__,
)
def test_an_order_against_the_levels_is_refused_and_the_other_one_scored(
    skewed, regressor, wrap
):
    X, y = skewed
    with pytest.raises(ValueError, match=r"quantile 0.9 .*order=\[\[2, 1, 0\]\]"):
        PositiveOrderedRegressor(wrap(regressor)).fit(X, y)
    model = PositiveOrderedRegressor(wrap(regressor), order="decreasing").fit(X, y)
    expected = np.sort(np.maximum(model.predict_raw(X), 0))[:, ::-1]
    assert_array_equal(model.predict(X), expected)
    expected = d2_pinball_score(y, model.predict(X), quantiles=FALLING)
    assert model.score(X, y) == expected


def test_an_order_that_a_transformation_turns_is_refused(skewed):
    X, y = skewed
    falling = {"func": np.negative, "inverse_func": np.negative}
    regressor = TransformedTargetRegressor(QuantileFan(), **falling)
    with pytest.raises(ValueError, match=r"quantile 0.9 .*order=\[\[2, 1, 0\]\]"):
        PositiveOrderedRegressor(regressor).fit(X, y)
    model = PositiveOrderedRegressor(regressor, order="decreasing").fit(X, y)
    expected = d2_pinball_score(y, model.predict(X), quantiles=FALLING)
    assert model.score(X, y) == expected


@pytest.mark.filterwarnings("ignore:Scoring failed:UserWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")
def test_levels_that_a_search_chooses_are_checked_after_it(skewed):
    search = GridSearchCV(Echo(quantiles=LEVELS), {"quantiles": [FALLING]}, cv=2)
    X, y = np.column_stack([*skewed[0].T, skewed[1]]), skewed[1]
    with pytest.raises(ValueError, match=r"quantile 0.9 .*order=\[\[2, 1, 0\]\]"):
        PositiveOrderedRegressor(search).fit(X, y)


@pytest.mark.parametrize(
    "wrap", [lambda regressor: regressor, make_pipeline], ids=["bare", "pipeline"]
)
def test_levels_given_to_predict_are_held_against_the_order(skewed, wrap):
    X, y = skewed
    model = PositiveOrderedRegressor(wrap(QuantileForestLike(LEVELS))).fit(X, y)
    others = [0.2, 0.5, 0.7]
    assert_array_equal(
        model.predict(X, quantiles=others),
        np.tile(np.quantile(y, others), (len(y), 1)),
    )
    expected = d2_pinball_score(y, model.predict(X, quantiles=others), quantiles=others)
    assert model.score(X, y, quantiles=others) == expected
    assert_array_equal(
        model.predict_raw(X, quantiles=FALLING)[0], np.quantile(y, FALLING)
    )
    for method in (model.predict, lambda X, **params: model.score(X, y, **params)):
        with pytest.raises(ValueError, match=r"predicts the quantile 0\.9 in output 0"):
            method(X, quantiles=FALLING)
        with pytest.raises(ValueError, match="Declare quantile levels before fit"):
            method(X, quantiles=[0.1, 0.9])


def test_levels_given_to_predict_are_routed(skewed, metadata_routing):
    X, y = skewed
    forest = QuantileForestLike(LEVELS).set_predict_request(quantiles="levels")
    model = PositiveOrderedRegressor(forest).fit(X, y)
    with pytest.raises(ValueError, match=r"predicts the quantile 0\.9 in output 0"):
        model.predict(X, levels=FALLING)


# -- levels that nobody can read -------------------------------------------------------


@pytest.mark.parametrize("levels", [FALLING, (0.5, 0.1, 0.9)])
@pytest.mark.parametrize("order", ["increasing", ["0 <= 1 <= 2"]])
def test_shares_that_fall_along_the_order_are_shown(skewed, levels, order):
    X, y = skewed
    model = PositiveOrderedRegressor(ForeignQuantiles(levels), order=order)
    shares = r", ".join(rf"{100 * level:.0f}\.0%" for level in levels)
    rising = np.argsort(levels).tolist()
    cure = f"order=[[{rising[0]}, {rising[1]}, {rising[2]}]]"
    with pytest.raises(ValueError, match=rf"below its outputs are {shares}") as info:
        model.fit(X, y)
    assert cure in str(info.value)
    model.set_params(order=[rising]).fit(X, y)
    assert_array_equal(model.predict(X), model.predict_raw(X))
    assert not hasattr(PositiveOrderedRegressor(ForeignQuantiles(levels)), "regressor_")


def test_shares_are_of_a_sample_of_rows(rng):
    seen = []

    class Counting(ForeignQuantiles):
        def predict(self, X):
            seen.append(len(X))
            return super().predict(X)

    y = rng.exponential(size=5000)
    PositiveOrderedRegressor(Counting()).fit(y[:, np.newaxis], y)
    assert sum(seen) < 1500
    with pytest.raises(ValueError, match="other way round"):
        PositiveOrderedRegressor(Counting(FALLING)).fit(y[:, np.newaxis], y)


def test_shares_of_outputs_that_are_not_ordered_may_fall(skewed):
    X, y = skewed
    for order in (None, [[2, 1]], []):
        model = PositiveOrderedRegressor(ForeignQuantiles(FALLING), order=order)
        assert_array_equal(model.fit(X, y).predict(X), model.predict_raw(X))


def test_all_outputs_along_a_chain_are_compared(skewed):
    X, y = skewed
    # Its neighbours lie too near one another to tell; its ends do not.
    levels = np.linspace(0.6, 0.5, 10)
    with pytest.raises(ValueError, match="output 0 <= output 9"):
        PositiveOrderedRegressor(ForeignQuantiles(levels)).fit(X, y)


def test_shares_that_chance_may_explain_are_a_warning():
    class Crossing(Foreign):
        def predict(self, X):
            return X

    y = np.zeros(20)
    X = np.tile([1.0, 1.0], (20, 1))
    X[:3, 0], X[3:5, 1] = -1, -1  # three rows for the order, two against it
    assert PositiveOrderedRegressor(Crossing()).fit(X, y).n_outputs_ == 2
    X[5:7, 1] = -1  # four against it
    with pytest.warns(ConstraintWarning, match="85.0%, 80.0%") as record:
        PositiveOrderedRegressor(Crossing()).fit(X, y)
    assert record[0].filename == __file__


def test_an_attribute_tells_the_levels_of_a_regressor_without_parameters(skewed):
    X, y = skewed
    regressor = ForeignQuantiles(FALLING)
    regressor.quantiles = FALLING
    with pytest.raises(ValueError, match=r"predicts the quantile 0\.9 in output 0"):
        PositiveOrderedRegressor(regressor).fit(X, y)
    model = PositiveOrderedRegressor(regressor, order="decreasing").fit(X, y)
    assert model.score(X, y) == d2_pinball_score(y, model.predict(X), quantiles=FALLING)


# -- a target of one column ------------------------------------------------------------


@pytest.mark.parametrize("container", [np.asarray, pd.DataFrame])
@pytest.mark.parametrize(
    "regressor",
    [Echo(quantiles=LEVELS), make_pipeline(Echo(quantiles=LEVELS))],
    ids=["plain", "pipeline"],
)
def test_a_column_is_one_target_for_a_regressor_of_quantiles(regressor, container):
    y = container(OBEDIENT[:, :1])
    if container is pd.DataFrame:
        y.columns = ["rain"]
    model = PositiveOrderedRegressor(regressor).fit(RAW, y)
    assert model.n_outputs_ == 3
    assert model.output_names_ is None
    assert_array_equal(model.predict(RAW), np.sort(np.maximum(RAW, 0)))
    flat = PositiveOrderedRegressor(regressor).fit(RAW, OBEDIENT[:, 0])
    assert model.score(RAW, y) == flat.score(RAW, OBEDIENT[:, 0])


def test_a_column_is_one_target_in_partial_fit_and_where_a_search_finds_the_levels():
    column = OBEDIENT[:, :1]
    model = PositiveOrderedRegressor(Echo(quantiles=LEVELS)).partial_fit(RAW, column)
    model.partial_fit(RAW, column).partial_fit(RAW, column[:, 0])
    assert_array_equal(model.regressor_.y_, column[:, 0])
    search = FoundLevels()
    y = pd.DataFrame(column, columns=["rain"])
    model = PositiveOrderedRegressor(search).fit(RAW, y)
    assert_array_equal(model.predict(RAW), np.sort(np.maximum(RAW, 0)))
    assert model.output_names_ is None


class FoundLevels(Foreign):
    """A search that finds a regressor of quantiles."""

    def fit(self, X, y):
        self.best_estimator_ = Echo(quantiles=LEVELS).fit(X, y)
        return self

    def predict(self, X):
        return self.best_estimator_.predict(X)


def test_one_level_of_a_column_keeps_its_shape_and_has_the_same_score():
    column = OBEDIENT[:, :1]
    regressor = Echo(lambda X: X[:, :1], quantiles=(0.5,))
    model = PositiveOrderedRegressor(regressor).fit(RAW, column)
    flat = PositiveOrderedRegressor(regressor).fit(RAW, column[:, 0])
    assert model.predict(RAW).shape == (3, 1)
    assert model.score(RAW, column) == flat.score(RAW, column[:, 0])


@pytest.mark.parametrize(
    ("regressor", "y"),
    [
        (ForeignQuantiles(), OBEDIENT[:, :1]),
        (Echo(quantiles=LEVELS), OBEDIENT[:, :2]),
        (Echo(lambda X: X[:, :, np.newaxis], quantiles=LEVELS), OBEDIENT),
    ],
)
def test_predictions_that_do_not_fit_y_are_refused_in_fit(regressor, y):
    with pytest.raises(ValueError, match=r"but y has shape .* a 1-D y"):
        PositiveOrderedRegressor(regressor).fit(RAW, y)


# -- counting outputs ------------------------------------------------------------------


class Units(LinearRegression):
    """A regressor whose predictions need a parameter, by its signature or not."""

    def predict(self, X, unit):
        return super().predict(X) * unit


class HiddenUnits(LinearRegression):
    def predict(self, X, unit=None):
        if unit is None:
            raise ValueError("unit is None")
        return super().predict(X) * unit


@pytest.mark.parametrize(
    ("regressor", "params"),
    [
        (Units(), {}),
        (Units(), {"lower": 1.0, "upper": 2.0}),
        (make_pipeline(Units()), {"lower": 1.0}),
        (HiddenUnits(), {"order": None, "lower": 1.0}),
        (make_pipeline(HiddenUnits()), {"order": None, "upper": 2.0}),
    ],
)
@pytest.mark.parametrize("flat", [True, False])
def test_predict_without_parameters_is_not_called_where_nothing_depends_on_it(
    regressor, params, flat
):
    y = OBEDIENT[:, 0] if flat else OBEDIENT[:, :1]
    model = PositiveOrderedRegressor(regressor, target_check="ignore", **params)
    model.fit(RAW, y)
    assert model.n_outputs_ == 1
    expected = LinearRegression().fit(RAW, y).predict(RAW) * 2.0
    assert_array_equal(model.predict_raw(RAW, unit=2.0), expected)
    assert model.predict(RAW, unit=2.0).shape == y.shape


def test_outputs_that_were_not_counted_have_the_bounds_of_all():
    model = PositiveOrderedRegressor(Foreign3(), order=None, upper=2.5)
    model.fit(RAW, OBEDIENT[:, 0])
    assert_array_equal(model.predict(RAW), np.clip(RAW, 0, 2.5))
    assert_array_equal(model.predict(RAW[:1]), np.clip(RAW[:1], 0, 2.5))
    with pytest.raises(ValueError, match="3 outputs are predicted for a 1-D y"):
        model.score(RAW, OBEDIENT[:, 0])


def test_outputs_that_cannot_be_counted_are_refused_where_something_depends_on_it():
    for params in ({"lower": [0.0, 0.0]}, {"order": [[0, 1]]}):
        model = PositiveOrderedRegressor(Units(), **params)
        with pytest.raises(ValueError, match=r"cannot be counted.*needs more than X"):
            model.fit(RAW, OBEDIENT[:, 0])


@pytest.mark.parametrize("error", [TypeError, ValueError, KeyError])
def test_an_error_in_predict_is_passed_on_with_a_note(error):
    class Broken(Foreign):
        def predict(self, X):
            raise error("no weights yet")

    with pytest.raises(error, match="no weights yet") as info:
        PositiveOrderedRegressor(Broken()).fit(RAW, OBEDIENT[:, 0])
    assert "counts the outputs" in info.value.__notes__[0]


# -- scores ----------------------------------------------------------------------------


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
    with pytest.raises(
        ValueError, match=r"`lower` must be one number .* each of the 3"
    ):
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
