"""Predictions: what obeys, in the shape and dtype of what was predicted."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, Ridge
from strategies import METHODS
from wrapper.rows import OBEDIENT, RAW, echo

from sklstm import PositiveOrderedRegressor


@pytest.mark.parametrize("method", METHODS)
def test_predictions_obey_where_raw_ones_do_not(daily_range, method):
    X, y = daily_range
    model = PositiveOrderedRegressor(Ridge(), method=method).fit(X, y)
    raw, adjusted = model.predict_raw(3 * X), model.predict(3 * X)
    assert (raw < 0).any()
    assert (np.diff(raw) < 0).any()
    assert (adjusted >= 0).all()
    assert (np.diff(adjusted) >= 0).all()


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("sort", [[1, 2, 3], [0, 2, 3], [1, 2, 3]]),
        ("projection", [[1, 2, 3], [0, 2, 3], [2, 2, 2]]),
        ("cummax", [[1, 2, 3], [0, 2, 3], [3, 3, 3]]),
    ],
)
def test_each_method_restores_the_order_in_its_way(method, expected):
    assert_array_equal(echo(method=method).predict(RAW), expected)


def test_predict_raw_is_what_the_regressor_predicts(daily_range):
    X, y = daily_range
    model = PositiveOrderedRegressor(Ridge()).fit(X, y)
    assert_array_equal(model.predict_raw(X), Ridge().fit(X, y).predict(X))


@pytest.mark.parametrize("method", METHODS)
def test_predict_of_one_row_equals_its_row_in_a_batch(method):
    model = echo(method=method)
    alone = np.vstack([model.predict(row[np.newaxis]) for row in RAW])
    assert_array_equal(alone, model.predict(RAW))


def test_output_weight_reaches_the_projection():
    model = echo(method="projection", output_weight=[1, 1, 4])
    assert_array_equal(model.predict(RAW)[2], [2.0, 2.0, 2.0])
    model = echo(method="projection", output_weight=[4, 1, 1], order=[[0, 1]])
    assert_array_equal(model.predict(RAW)[2], [2.6, 2.6, 2.0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_predictions_keep_the_float_dtype_of_the_regressor(dtype):
    model = echo(answer=lambda X: X.astype(dtype))
    assert model.predict(RAW).dtype == dtype
    assert model.predict_raw(RAW).dtype == dtype


@pytest.mark.parametrize("dtype", [np.int32, bool, object])
def test_predictions_that_are_no_floats_become_float64(dtype):
    predictions = echo(answer=lambda X: X.astype(dtype)).predict(RAW)
    assert predictions.dtype == np.float64


@pytest.mark.parametrize("container", [pd.DataFrame, pl.DataFrame, np.ndarray.tolist])
def test_predictions_in_other_containers_become_arrays(container):
    predictions = echo(answer=container).predict(RAW)
    assert_array_equal(predictions, echo().predict(RAW), strict=True)


def test_predictions_have_the_shape_of_the_target():
    X, y = RAW, OBEDIENT
    for target in (y[:, 0], y[:, :1], y):
        model = PositiveOrderedRegressor(LinearRegression()).fit(X, target)
        assert model.predict(X).shape == target.shape
        assert model.predict_raw(X).shape == target.shape


def test_a_column_target_may_be_predicted_flat():
    # As Ridge and the forests of scikit-learn do.
    model = echo(y=OBEDIENT[:, :1], answer=lambda X: X[:, 0])
    assert_array_equal(model.predict(RAW), [1.0, 0.0, 3.0])


def test_a_single_column_is_squeezed_for_a_flat_target():
    model = echo(y=OBEDIENT[:, 0], answer=lambda X: X[:, :1])
    assert_array_equal(model.predict(RAW), [1.0, 0.0, 3.0])
    assert model.predict_raw(RAW).shape == (3,)


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_a_row_that_the_regressor_squeezes_keeps_its_form(n_outputs):
    # scikeras returns a scalar, or a vector of outputs, for a single sample.
    model = echo(
        y=OBEDIENT[:, :n_outputs].squeeze(), answer=lambda X: X[:, :n_outputs].squeeze()
    )
    assert_array_equal(model.predict(RAW[:1]), model.predict(RAW)[:1], strict=True)


@pytest.mark.parametrize("y", [OBEDIENT, OBEDIENT[:, 0]], ids=["table", "flat"])
def test_no_samples_have_no_predictions(y):
    model = echo(y=y, answer=lambda X: X[:, 0] if y.ndim == 1 else X)
    assert model.predict(RAW[:0]).shape == y[:0].shape


def test_an_unfitted_estimator_does_not_predict():
    for method in ("predict", "predict_raw"):
        with pytest.raises(NotFittedError):
            getattr(PositiveOrderedRegressor(Ridge()), method)(RAW)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            lambda X: np.where(X < 0, np.nan, X),
            "infinity in 1 of 3 rows.* row 1",
        ),
        (lambda X: np.where(X > 2, np.inf, X), "NaN or infinity in 3 of 3 rows"),
        (lambda X: X[:2], r"shape \(2, 3\) for 3 samples; expected \(3, 3\)"),
        (lambda X: X[:, :2], r"shape \(3, 2\) for 3 samples; expected \(3, 3\)"),
        (lambda X: X[:, 0], r"shape \(3,\) for 3 samples; expected \(3, 3\)"),
        (lambda X: X[..., np.newaxis], r"shape \(3, 3, 1\) for 3 samples"),
        (lambda X: 0.0, r"shape \(\) for 3 samples"),
        (lambda X: np.full(X.shape, "wet"), "got text such as 'wet' in column 0"),
        (lambda X: np.full(X.shape, "").astype(object), "got text such as ''"),
        (lambda X: X + 1j, "got complex numbers"),
        (lambda X: (X, X), "a tuple of 2 values"),
    ],
)
def test_unusable_predictions_raise_with_the_number_of_rows(answer, message):
    model = echo(answer=answer)
    for predict in (model.predict, model.predict_raw):
        with pytest.raises(
            ValueError, match=f"^PositiveOrderedRegressor: .*Echo .*{message}"
        ):
            predict(RAW)
