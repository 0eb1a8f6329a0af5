"""Quantile levels are read from the parameters of regressors of many libraries."""

from unittest.mock import MagicMock

import numpy as np
import pytest
from regressors import (
    LEVELS,
    LOG,
    CatBoostLike,
    Echo,
    Foreign,
    QuantileFan,
    QuantileForestLike,
    XGBoostLike,
)
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import QuantileRegressor, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklstm import PositiveOrderedRegressor
from sklstm._utils.quantile_levels import predicts_quantiles, quantile_levels

FALLING = (0.9, 0.5, 0.1)


@pytest.mark.parametrize(
    ("regressor", "levels"),
    [
        (CatBoostLike("MultiQuantile:alpha=0.9,0.5,0.1"), FALLING),
        (CatBoostLike("MultiQuantile:alpha=0.9, 0.5, 0.1"), FALLING),
        (CatBoostLike("MultiQuantile:delta=1e-6;alpha=0.9,0.5,0.1"), FALLING),
        (CatBoostLike("MultiQuantile:alpha=0.9,0.5,0.1;delta=1e-6"), FALLING),
        (CatBoostLike(objective="MultiQuantile:alpha=0.9,0.5,0.1"), FALLING),
        (CatBoostLike("Quantile:alpha=0.9"), None),
        (CatBoostLike(), None),
        (QuantileForestLike([0.9, 0.5, 0.1]), FALLING),
        (QuantileForestLike(0.5), ()),
        (QuantileForestLike("mean"), ()),
        (QuantileForestLike(), ()),
        (XGBoostLike("reg:quantileerror", np.array(FALLING)), FALLING),
        (XGBoostLike("reg:quantileerror", 0.5), ()),
        (XGBoostLike("reg:squarederror", FALLING), ()),
        (Echo(quantiles=FALLING), FALLING),
        (Echo(), ()),
        (Ridge(), None),
        (Foreign(), None),
        (MagicMock(), None),
        (CatBoostLike, None),
    ],
)
def test_levels_are_read_where_each_library_keeps_them(regressor, levels):
    assert quantile_levels(regressor) == levels


@pytest.mark.parametrize(
    "wrap",
    [
        lambda regressor: make_pipeline(StandardScaler(), regressor),
        lambda regressor: GridSearchCV(regressor, {}),
        lambda regressor: TransformedTargetRegressor(regressor),
        lambda regressor: PositiveOrderedRegressor(regressor),
        FrozenEstimator,
        lambda regressor: FrozenEstimator(make_pipeline(regressor)),
    ],
)
@pytest.mark.parametrize(
    "regressor",
    [
        CatBoostLike("MultiQuantile:alpha=0.9,0.5,0.1"),
        QuantileForestLike(FALLING),
        Echo(quantiles=FALLING),
    ],
    ids=lambda regressor: type(regressor).__name__,
)
def test_levels_are_read_through_other_estimators(wrap, regressor):
    assert quantile_levels(wrap(regressor)) == FALLING


def test_an_attribute_may_say_the_levels_of_an_object_without_parameters():
    regressor = Foreign()
    regressor.quantiles = FALLING
    assert quantile_levels(regressor) == FALLING


@pytest.mark.parametrize(
    ("functions", "levels"),
    [
        ({"func": np.negative, "inverse_func": np.negative}, LEVELS),
        ({"func": np.reciprocal, "inverse_func": np.reciprocal}, LEVELS),
        (LOG, FALLING),
        ({"transformer": FunctionTransformer(np.negative, np.negative)}, LEVELS),
        ({"transformer": StandardScaler()}, FALLING),
    ],
)
def test_a_transformation_that_falls_turns_the_levels(rng, functions, levels):
    X, y = rng.normal(size=(20, 2)), rng.uniform(1, 2, size=20)
    regressor = TransformedTargetRegressor(QuantileFan(quantiles=FALLING), **functions)
    assert quantile_levels(regressor) == levels
    assert quantile_levels(regressor.fit(X, y)) == levels
    nested = TransformedTargetRegressor(
        regressor, func=np.negative, inverse_func=np.negative
    )
    nested.fit(X, -y)
    assert quantile_levels(nested) == levels[::-1]


@pytest.mark.parametrize(
    ("regressor", "expected"),
    [
        (DummyRegressor(), False),
        (DummyRegressor(strategy="mean", quantile=0.5), False),
        (DummyRegressor(strategy="quantile", quantile=0.5), True),
        (QuantileRegressor(), True),
        (GradientBoostingRegressor(), False),
        (GradientBoostingRegressor(loss="quantile"), True),
        (CatBoostLike("Quantile:alpha=0.9"), True),
        (CatBoostLike("MultiQuantile:alpha=0.9,0.5,0.1"), True),
        (CatBoostLike(), False),
        (QuantileForestLike(), False),
        (QuantileForestLike(FALLING), True),
        (make_pipeline(StandardScaler(), QuantileRegressor()), True),
        (make_pipeline(StandardScaler(), DummyRegressor()), False),
        (MagicMock(), False),
    ],
)
def test_a_regressor_of_quantiles_is_told_from_others(regressor, expected):
    assert predicts_quantiles(regressor) is expected


def test_estimators_that_contain_themselves_are_walked_once():
    regressor = GridSearchCV(Ridge(), {})
    regressor.estimator = regressor
    assert quantile_levels(regressor) is None
    assert not predicts_quantiles(regressor)
