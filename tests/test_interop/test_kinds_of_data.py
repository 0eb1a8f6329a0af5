"""Kinds of X and y: frames, sparse, sequences, missing values."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from test_interop.checks import obeys

from sklstm import PositiveOrderedRegressor


@pytest.mark.parametrize(
    "convert",
    [
        sparse.csr_matrix,
        sparse.csc_array,
        sparse.coo_array,
        np.ndarray.tolist,
        lambda X: pd.DataFrame(X, columns=list("abcd")),
        lambda X: pl.DataFrame(X, schema=list("abcd")),
        lambda X: X.astype(np.float32),
        np.asfortranarray,
    ],
    ids=["csr", "csc", "coo", "list", "pandas", "polars", "float32", "fortran"],
)
@pytest.mark.parametrize("flat", [True, False])
def test_kinds_of_X_reach_the_regressor_as_they_are(daily_range, convert, flat):
    X, y = daily_range
    X, y = convert(X), y[:, 0] if flat else y
    raw = Ridge().fit(X, y).predict(X)
    model = PositiveOrderedRegressor(Ridge(), method="projection").fit(X, y)
    assert_array_equal(model.predict_raw(X), raw)
    assert model.predict(X).dtype == raw.dtype
    assert obeys(model.predict(X))


def test_sequences_pass_through(rng):
    X, y = rng.normal(size=(30, 6, 2)), rng.uniform(size=30)
    flatten = FunctionTransformer(lambda X: X.reshape(len(X), -1))
    model = PositiveOrderedRegressor(make_pipeline(flatten, Ridge())).fit(X, y)
    assert obeys(model.predict(X))
    assert model.predict(X).shape == (30,)


def test_missing_values_are_left_to_a_regressor_that_takes_them(daily_range):
    X, y = daily_range[0].copy(), daily_range[1][:, 0]
    X[::3, 1] = np.nan
    model = PositiveOrderedRegressor(HistGradientBoostingRegressor(max_iter=5))
    assert obeys(model.fit(X, y).predict(X))
    assert sklearn.utils.get_tags(model).input_tags.allow_nan


@pytest.mark.parametrize("frame", ["pandas", "polars"])
def test_frames_go_through_a_pipeline_that_keeps_them(daily_range, frame):
    X, y = daily_range
    make = pd.DataFrame if frame == "pandas" else pl.DataFrame
    X = make(dict(zip("abcd", X.T, strict=True)))
    y = make(dict(zip(["low", "high"], y.T, strict=True)))
    model = make_pipeline(
        StandardScaler(), PositiveOrderedRegressor(Ridge(), order=["low <= high"])
    ).set_output(transform=frame)
    model.fit(X, y)
    assert isinstance(model.predict(X), np.ndarray)
    assert obeys(model.predict(X))
    assert model[-1].output_names_ == ("low", "high")
    with sklearn.config_context(transform_output=frame):
        assert isinstance(clone(model).fit(X, y).predict(X), np.ndarray)
