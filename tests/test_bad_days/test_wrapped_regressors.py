"""Regressors that fail, or predict something else than numbers, inside ours."""

from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import BaseEstimator, RegressorMixin
from test_bad_days.outcomes import REFUSED, outcome

from sklstm import (
    CalibratedQuantileRegressor,
    MultiQuantileRegressor,
    PositiveOrderedRegressor,
)
from sklstm.preprocessing import SmearingTargetRegressor

X = np.abs(np.random.default_rng(0).normal(size=(40, 2)))
y = X[:, 0].copy()


def first(X):
    return np.asarray(X)[:, 0].astype(float)


class Answers(RegressorMixin, BaseEstimator):
    """Predict what a function of X returns; fail where another one does."""

    def __init__(self, answer=first, during_fit=None):
        self.answer = answer
        self.during_fit = during_fit

    def fit(self, X, y, sample_weight=None):
        if self.during_fit is not None:
            self.during_fit()
        self.is_fitted_ = True
        return self

    def predict(self, X):
        return self.answer(X)


class Quantile(Answers):
    """The same for one quantile."""

    def __init__(self, answer=first, during_fit=None, quantile=0.5):
        super().__init__(answer, during_fit)
        self.quantile = quantile


LEVELS = (0.2, 0.8)
OWNERS = {
    "plain": lambda make: PositiveOrderedRegressor(make(Answers)),
    "counted": lambda make: PositiveOrderedRegressor(make(Answers), lower=[0.0]),
    "multi": lambda make: MultiQuantileRegressor(make(Quantile), LEVELS),
    "split": lambda make: CalibratedQuantileRegressor(make(Quantile), LEVELS),
    "folds": lambda make: CalibratedQuantileRegressor(make(Answers), LEVELS, cv=2),
    "smearing": lambda make: SmearingTargetRegressor(make(Answers)),
}

GOOD = {
    "list": lambda X: first(X).tolist(),
    "object": lambda X: first(X).astype(object),
    "Decimal": lambda X: [Decimal(value) for value in first(X).tolist()],
    "nothing masked": lambda X: np.ma.array(first(X)),
    "longdouble": lambda X: first(X).astype(np.longdouble),
    "big-endian": lambda X: first(X).astype(">f8"),
    "read-only": lambda X: np.broadcast_to(first(X)[:, np.newaxis], (len(X), 1)),
    "other index": lambda X: pd.Series(first(X), index=np.arange(len(X))[::-1]),
    "other column": lambda X: pd.DataFrame({"z": first(X)}),
    "nullable": lambda X: pd.Series(first(X), dtype="Float64"),
    "polars": lambda X: pl.DataFrame({"z": first(X)}),
    "arrow": lambda X: pa.table({"z": first(X)}),
    "memoryview": lambda X: memoryview(first(X)),
    "view of X": lambda X: X[:, 0],
}

BAD = {
    "NaN": lambda X: first(X) * np.nan,
    "infinity": lambda X: first(X) + np.inf,
    "a row less": lambda X: first(X)[:-1],
    "a row more": lambda X: np.append(first(X), 1.0),
    "no rows": lambda X: first(X)[:0],
    "no columns": lambda X: np.empty((len(X), 0)),
    "three columns": lambda X: np.tile(first(X), (3, 1)).T,
    "transposed": lambda X: first(X)[np.newaxis],
    "3-D": lambda X: first(X)[:, np.newaxis, np.newaxis],
    "0-D": lambda X: np.array(1.0),
    "float": lambda X: 1.0,
    "None": lambda X: None,
    "tuple": lambda X: (first(X), first(X)),
    "tuple of one": lambda X: (first(X),),
    "sparse": lambda X: sparse.csr_array(first(X)[:, np.newaxis]),
    "None inside": lambda X: np.array([None] * len(X)),
    "NA inside": lambda X: np.array([pd.NA] * len(X), dtype=object),
    "nullable NA": lambda X: pd.Series([None] * len(X), dtype="Float64"),
    "digits": lambda X: first(X).astype(str),
    "masked": lambda X: np.ma.array(first(X), mask=[True] + [False] * (len(X) - 1)),
    "complex": lambda X: first(X) + 1j,
    "times": lambda X: first(X).astype("M8[s]"),
    "structured": lambda X: np.zeros(len(X), dtype=[("a", float)]),
    "ragged": lambda X: [[1.0], [2.0, 3.0]] * (len(X) // 2),
    "generator": lambda X: (value for value in first(X)),
    "dict": lambda X: {"prediction": first(X)},
}


def inner(model):
    """Return the fitted regressors inside."""
    return getattr(model, "regressors_", None) or [model.regressor_]


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("answer", GOOD)
def test_numbers_in_any_form_are_predictions(owner, answer):
    plain = OWNERS[owner](lambda kind: kind()).fit(X, y)
    model = OWNERS[owner](lambda kind: kind(GOOD[answer])).fit(X, y)

    found = model.predict(X)

    assert type(found) is np.ndarray
    assert_allclose(found.astype(float), plain.predict(X), rtol=1e-14)


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("answer", BAD)
def test_anything_else_is_refused_by_name(owner, answer):
    def make(answer):
        return OWNERS[owner](lambda kind: kind(answer))

    name = type(make(first)).__name__
    if (owner, answer) != ("plain", "three columns"):  # taken for three quantiles
        model = make(BAD[answer])
        assert outcome(lambda: model.fit(X, y).predict(X), name) is REFUSED

    model = make(first).fit(X, y)
    expected = model.predict(X)
    for regressor in inner(model):
        regressor.answer = BAD[answer]
    assert outcome(lambda: model.predict(X), name) is REFUSED
    for regressor in inner(model):
        regressor.answer = first
    assert_array_equal(model.predict(X), expected)


def test_a_tuple_is_not_counted_as_outputs():
    # With two rows, a tuple of two arrays looks like two outputs.
    model = OWNERS["counted"](lambda kind: kind(BAD["tuple"]))
    with pytest.raises(ValueError, match="Answers predicted a tuple of 2 values"):
        model.set_params(lower=[0.0, 0.0]).fit(X, y)


class OwnError(BaseException):
    """Not even an Exception."""


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("error", [OwnError("a", 1), KeyError("b"), ValueError("c")])
def test_what_a_regressor_raises_is_not_changed(owner, error):
    def fail(*args):
        raise error

    with pytest.raises(type(error)) as raised:
        OWNERS[owner](lambda kind: kind(during_fit=fail)).fit(X, y)
    assert raised.value is error

    model = OWNERS[owner](lambda kind: kind()).fit(X, y)
    expected = model.predict(X)
    model.set_params(regressor__during_fit=fail)
    with pytest.raises(type(error)) as raised:
        model.fit(X, y)
    assert raised.value is error
    assert_array_equal(model.predict(X), expected)

    for regressor in inner(model):
        regressor.answer = fail
    with pytest.raises(type(error)) as raised:
        model.predict(X)
    assert raised.value is error
    model.set_params(regressor__during_fit=None).fit(X, y)
    assert_array_equal(model.predict(X), expected)


def test_means_of_huge_values_do_not_overflow():
    model = SmearingTargetRegressor(Answers()).fit(X, y)
    model.regressor_.answer = lambda X: np.full(len(X), 1.7e308)
    assert_allclose(model.predict(X), np.full(len(X), 1.7e308))


def test_no_rows_are_smeared():
    model = SmearingTargetRegressor(Answers()).fit(X, y)
    assert model.predict(X[:0]).shape == (0,)


@pytest.mark.parametrize("owner", OWNERS)
def test_a_class_is_not_a_regressor(owner):
    model = OWNERS[owner](lambda kind: kind)
    message = r"Regressor: `regressor` must be an instance; got the class \w+\. Write"
    with pytest.raises(TypeError, match=message):
        model.fit(X, y)
