import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal
from regressors import Echo, Foreign, Untrainable
from sklearn.base import clone, is_regressor
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyRegressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import (
    LinearRegression,
    LogisticRegression,
    Ridge,
    SGDRegressor,
)
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags

from sklstm import LSTMRegressor, PositiveOrderedRegressor
from sklstm.exceptions import ConstraintWarning

METHODS = ["sort", "isotonic", "cummax"]

# Three rows that break nothing, the lower bound, and the order.
RAW = np.array([[1.0, 2.0, 3.0], [-1.0, 2.0, 3.0], [3.0, 1.0, 2.0]])
OBEDIENT = np.array([[0.0, 1.0, 2.0], [1.0, 1.0, 3.0], [0.0, 0.0, 5.0]])


def echo(X=RAW, y=OBEDIENT, answer=np.asarray, quantiles=None, **params):
    """Fit a PositiveOrderedRegressor whose raw predictions are X."""
    model = PositiveOrderedRegressor(Echo(answer, quantiles), **params)
    return model.fit(X, y)


# -- predictions -----------------------------------------------------------------------


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
        ("isotonic", [[1, 2, 3], [0, 2, 3], [2, 2, 2]]),
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
    model = echo(method="isotonic", output_weight=[1, 1, 4])
    assert_array_equal(model.predict(RAW)[2], [2.0, 2.0, 2.0])
    model = echo(method="isotonic", output_weight=[4, 1, 1], order=[[0, 1]])
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
        (lambda X: np.full(X.shape, "wet"), "no numbers, of dtype <U3 in all 3 rows"),
        (
            lambda X: np.full(X.shape, "").astype(object),
            "no numbers, of dtype object in all 3 rows",
        ),
        (lambda X: X + 1j, "no numbers, of dtype complex128"),
        (lambda X: (X, X), "a tuple of 2 values"),
    ],
)
def test_unusable_predictions_raise_with_the_number_of_rows(answer, message):
    model = echo(answer=answer)
    for predict in (model.predict, model.predict_raw):
        with pytest.raises(
            ValueError, match=f"PositiveOrderedRegressor: Echo .*{message}"
        ):
            predict(RAW)


# -- target, names and constraints -----------------------------------------------------


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_outputs_are_named_by_the_columns_of_y(frame):
    y = frame(dict(zip(["low", "close", "high"], OBEDIENT.T, strict=True)))
    model = echo(y=y, order=["low <= close <= high"], lower={"high": 2}, upper=10)
    assert model.output_names_ == ("low", "close", "high")
    assert model.n_outputs_ == 3
    assert_array_equal(model.order_edges_, [[0, 1], [1, 2]])
    assert_array_equal(model.lower_, [-np.inf, -np.inf, 2])
    assert_array_equal(model.upper_, [10, 10, 10])
    assert_array_equal(model.predict(RAW)[2], [1, 2, 3])


def test_outputs_without_string_names_have_none():
    assert echo().output_names_ is None
    assert echo(y=pd.DataFrame(OBEDIENT)).output_names_ is None
    assert echo(y=pd.Series(OBEDIENT[:, 0]), answer=lambda X: X[:, 0]).n_outputs_ == 1


def test_the_regressor_gets_y_as_an_array_of_the_same_shape():
    for y in (OBEDIENT, pd.DataFrame(OBEDIENT), OBEDIENT.tolist()):
        assert_array_equal(echo(y=y).regressor_.y_, OBEDIENT, strict=True)
    flat = echo(y=pd.Series(OBEDIENT[:, 0]), answer=lambda X: X[:, 0])
    assert_array_equal(flat.regressor_.y_, OBEDIENT[:, 0], strict=True)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "requires y to be passed, but the target y is None"),
        (np.where(OBEDIENT > 4, np.nan, OBEDIENT), "Input y contains NaN"),
        (np.where(OBEDIENT > 4, np.inf, OBEDIENT), "Input y contains infinity"),
        (OBEDIENT[..., np.newaxis], r"y must have shape .* got \(3, 3, 1\)"),
        (np.array(["dry", "wet", "dry"]), "dtype='numeric'|could not convert"),
        (OBEDIENT + 1j, "Complex data not supported"),
        (OBEDIENT[:0], "minimum of 1 is required"),
    ],
)
def test_an_unusable_target_raises_before_training(y, message):
    with pytest.raises(ValueError, match=message):
        PositiveOrderedRegressor(Untrainable()).fit(RAW, y)


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"lower": 5.0, "upper": 1.0}, ValueError, "lower=5.0.*upper=1.0.*'low'"),
        ({"lower": {"wind": 0.0}}, ValueError, "wind"),
        ({"lower": [0.0, 0.0]}, ValueError, "`lower`"),
        ({"lower": np.nan}, ValueError, "`lower`.*nan"),
        ({"upper": "1"}, ValueError, "'upper' parameter .* Got '1'"),
        ({"lower": {"low": "0"}}, TypeError, "`lower`.*'0'"),
        (
            {"order": ["low <= close", "close <= low"]},
            ValueError,
            "`order` has a cycle",
        ),
        ({"order": ["low <= wind"]}, ValueError, "wind"),
        ({"order": [[0, 3]]}, ValueError, "3"),
        ({"order": 1}, ValueError, "'order' parameter"),
        ({"order": ["low <= close", "low <= high"]}, ValueError, "method='isotonic'"),
        ({"method": "mean"}, ValueError, "'method' parameter .* Got 'mean'"),
        ({"output_weight": [1, 0, 1]}, ValueError, "`output_weight`"),
        ({"output_weight": "heavy"}, ValueError, "'output_weight' parameter"),
        ({"sample_order": "up"}, ValueError, "'sample_order' parameter"),
        ({"group_by": 0.5}, ValueError, "'group_by' parameter"),
        ({"target_check": True}, ValueError, "'target_check' parameter"),
        ({"group_by": 0}, ValueError, "`group_by`=0 has no effect .*`sample_order`"),
        ({"order_by": 0}, ValueError, "`order_by`=0 has no effect .*`sample_order`"),
    ],
)
def test_a_wrong_declaration_raises_before_training(params, error, message):
    y = pd.DataFrame(OBEDIENT, columns=["low", "close", "high"])
    model = PositiveOrderedRegressor(Untrainable(), **params)
    with pytest.raises(error, match=message) as info:
        model.fit(RAW, y)
    assert "PositiveOrderedRegressor" in str(info.value)


def test_a_wrong_declaration_for_a_flat_target_raises_before_training():
    model = PositiveOrderedRegressor(Untrainable(), lower=5.0, upper=1.0)
    with pytest.raises(ValueError, match=r"lower=5.0.*upper=1.0"):
        model.fit(RAW, OBEDIENT[:, 0])


def test_a_failed_fit_keeps_the_fit_before():
    model = echo()
    before = model.predict(RAW)
    model.set_params(regressor__answer=lambda X: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        model.fit(RAW, OBEDIENT[:, 0])
    assert_array_equal(model.set_params(order="increasing").predict(RAW), before)


@pytest.mark.parametrize("method", ["isotonic", "cummax"])
def test_a_method_set_after_fit_must_suit_the_order(method):
    model = echo(method=method, order=[[0, 2], [1, 2]])
    with pytest.raises(ValueError, match="method='sort' needs chains that share no"):
        model.set_params(method="sort").predict(RAW)


def test_an_order_set_after_fit_waits_for_the_next_fit():
    model = echo(method="cummax", order="increasing")
    before = model.predict(RAW)
    assert_array_equal(model.set_params(order="decreasing").predict(RAW), before)


@pytest.mark.parametrize(
    ("levels", "order"),
    [((0.5, 0.1, 0.9), "increasing"), ((0.1, 0.5, 0.9), "decreasing")],
)
def test_an_order_that_would_swap_quantiles_raises_before_training(levels, order):
    model = PositiveOrderedRegressor(Untrainable(quantiles=levels), order=order)
    message = r"predicts the quantile 0.\d in output \d and .* order=\[\[\d, \d, \d\]\]"
    with pytest.raises(ValueError, match=message):
        model.fit(RAW, OBEDIENT[:, 0])


def test_the_order_that_quantile_levels_have_may_be_declared():
    levels = (0.5, 0.1, 0.9)
    model = echo(y=OBEDIENT[:, 0], quantiles=levels, order=[[1, 0, 2]])
    assert_array_equal(model.predict(RAW), [[2, 1, 3], [2, 0, 3], [2, 1, 3]])


@pytest.mark.parametrize("method", METHODS)
def test_labels_of_a_series_name_the_outputs(method):
    y = pd.DataFrame(OBEDIENT, columns=["low", "mid", "high"])
    params = {
        "method": method,
        "target_check": "ignore",
        "upper": pd.Series({"high": 9.0, "low": 1.0, "mid": 5.0}),
        "lower": pd.Series([0.0, 1.0, 2.0]),
        "output_weight": pd.Series({"high": 3.0, "low": 1.0, "mid": 2.0}),
    }
    model = echo(y=y, **params)
    assert model.upper_.tolist() == [1.0, 5.0, 9.0]
    assert model.lower_.tolist() == [0.0, 1.0, 2.0]
    plain = echo(
        y=y,
        **params
        | {"upper": [1.0, 5.0, 9.0], "lower": [0, 1, 2], "output_weight": [1, 2, 3]},
    )
    assert_array_equal(model.predict(RAW), plain.predict(RAW))
    by_place = echo(upper=pd.Series({"a": 1.0, "b": 5.0, "c": 9.0}), method=method)
    assert by_place.upper_.tolist() == [1.0, 5.0, 9.0]
    with pytest.raises(ValueError, match="`upper` speaks of 'top'"):
        echo(y=y, upper=pd.Series({"top": 1.0}))
    with pytest.raises(ValueError, match="`output_weight` must be finite"):
        echo(y=y, method="isotonic", output_weight=pd.Series({"low": 1.0}))


# -- target_check ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "dtype"),
    [(1, 2, np.uint8), (-100, 100, np.int8), (0, 1, bool), (-6e4, 6e4, np.float16)],
)
def test_targets_of_small_dtypes_are_compared_without_wrapping(low, high, dtype):
    y = np.tile(np.array([low, high], dtype=dtype), (5, 1))
    params = {"lower": None, "target_check": "raise"}
    echo(y[:, :1], y, **params)
    with pytest.raises(ValueError, match="100% of its rows are out of `order`"):
        echo(y[:, :1], y[:, ::-1], **params)


def test_a_target_that_breaks_the_constraints_warns_once_with_shares_and_cure():
    y = np.array([[-0.5, 1.0, 2.0], [1.0, 0.5, 0.6], [0.0, 0.0, 0.5]])
    with pytest.warns(ConstraintWarning) as record:
        echo(y=y, upper=0.75)
    assert len(record) == 1
    message = str(record[0].message)
    assert "33% of its rows are below `lower`" in message
    assert "67% of its rows are above `upper`" in message
    assert "33% of its rows are out of `order`" in message
    assert "TransformedTargetRegressor(regressor, transformer=scaler)" in message
    assert record[0].filename == __file__


def test_small_shares_are_not_rounded_to_nothing():
    y = np.ones(500)
    y[0] = -1
    with pytest.warns(ConstraintWarning, match="<1% of its rows are below"):
        PositiveOrderedRegressor(DummyRegressor()).fit(y[:, np.newaxis], y)


def test_target_check_raise_stops_before_training():
    model = PositiveOrderedRegressor(Untrainable(), target_check="raise")
    with pytest.raises(ValueError, match=r"below `lower` \(.*>= 0.0\)"):
        model.fit(RAW, -OBEDIENT)


def test_target_check_ignore_is_silent():
    assert_array_equal(
        echo(y=-OBEDIENT, target_check="ignore").predict(RAW), echo().predict(RAW)
    )


def test_bounds_of_a_quantile_target_are_checked_but_not_its_order():
    params = {"quantiles": (0.1, 0.5, 0.9), "upper": [1.0, 2.0, 3.0]}
    echo(y=np.array([0.0, 3.0, 1.0]), **params)
    with pytest.warns(ConstraintWarning, match="33% of its rows are above `upper`"):
        echo(y=np.array([0.0, 3.5, 1.0]), **params)


def test_a_target_against_the_sample_order_warns():
    X, y = np.arange(4.0), np.array([1.0, 2.0, 3.0, 2.5])
    model = PositiveOrderedRegressor(DummyRegressor(), sample_order="increasing")
    with pytest.warns(ConstraintWarning, match="25% of its rows are below an earlier"):
        model.fit(X, y)
    with pytest.warns(ConstraintWarning, match="25% of its rows"):
        model.set_params(group_by=lambda X: X // 2).fit(X, y)
    model.set_params(group_by=None, order_by=lambda X: y).fit(X, y)
    model.set_params(order_by=None, group_by=lambda X: y).fit(X, y)
    with pytest.warns(ConstraintWarning, match="75% of its rows are above an earlier"):
        model.set_params(group_by=None, sample_order="decreasing").fit(X, y)


# -- order down the samples ------------------------------------------------------------

SITES = {"site": ["a", "b", "a", "b"], "age": [2, 1, 1, 2], "value": [1, 4, 2, 3]}


@pytest.mark.parametrize(
    ("X", "group_by", "order_by"),
    [
        (pd.DataFrame(SITES), "site", "age"),
        (pl.DataFrame(SITES), "site", "age"),
        (pd.DataFrame(SITES), 0, 1),
        (np.array([[0, 2, 1], [7, 1, 4], [0, 1, 2], [7, 2, 3]]), 0, 1),
        (np.array([[0, 2, 1], [7, 1, 4], [0, 1, 2], [7, 2, 3]]), 0, -2),
        (
            np.array([[0, 2, 1], [7, 1, 4], [0, 1, 2], [7, 2, 3]])[..., np.newaxis],
            lambda X: X[:, 0, 0],
            lambda X: X[:, 1, 0],
        ),
    ],
)
def test_rows_are_ordered_within_groups_by_keys(X, group_by, order_by):
    model = PositiveOrderedRegressor(
        Echo(lambda X: np.array([1.0, 4.0, 2.0, 3.0])[: len(X)]),
        sample_order="increasing",
        group_by=group_by,
        order_by=order_by,
    )
    model.fit(X, np.array([2.0, 1.0, 1.0, 2.0]))
    # Site a by age: 2, 1 -> 1, 2. Site b by age: 4, 3 -> 3, 4. In the given row order:
    assert_array_equal(model.predict(X), [2.0, 3.0, 1.0, 4.0])


@pytest.mark.parametrize("kind", ["csr", "csc", "coo", "dia", "bsr"])
def test_columns_of_sparse_X_may_be_keys(kind):
    from scipy import sparse

    X = sparse.csr_array([[0.0, 2.0], [0.0, 1.0], [0.0, 3.0]])
    y = np.array([2.0, 1.0, 3.0])
    model = PositiveOrderedRegressor(Ridge(), sample_order="decreasing", order_by=1)
    with pytest.warns(ConstraintWarning):
        predictions = model.fit(X, y).predict(X)
    assert (np.diff(predictions[[1, 0, 2]]) <= 0).all()


@pytest.mark.parametrize(
    ("X", "column", "message"),
    [
        (RAW, "site", "`group_by`='site' names no column of X, a ndarray"),
        (RAW.tolist(), 0, "`group_by`=0 is no column of X, a list"),
        (RAW, 3, "`group_by`=3 is no column"),
        (
            pd.DataFrame(SITES),
            "town",
            r"'town' names no column .* \('site', 'age', 'value'\)",
        ),
        (
            pl.DataFrame(SITES),
            "town",
            r"'town' names no column .* \('site', 'age', 'value'\)",
        ),
        (RAW[..., np.newaxis], 0, "`group_by`=0 is no column .* callable"),
        (RAW, lambda X: X, r"one label for each of the 3 rows; .* shape \(3, 3\)"),
        (RAW, lambda X: X[:2, 0], r"one label for each of the 3 rows; .* shape \(2,\)"),
    ],
)
def test_a_column_that_X_lacks_raises_before_training(X, column, message):
    model = PositiveOrderedRegressor(
        Untrainable(), sample_order="increasing", group_by=column
    )
    with pytest.raises(ValueError, match=message):
        model.fit(X, np.ones(len(X)))


def test_missing_labels_are_told_of_by_the_parameter_that_names_them():
    model = PositiveOrderedRegressor(
        Untrainable(), sample_order="increasing", group_by=lambda X: [0, np.nan, 1]
    )
    with pytest.raises(ValueError, match="`group_by` is missing in 1 of 3 rows"):
        model.fit(RAW, OBEDIENT)


def test_targets_of_another_length_are_told_of_before_any_order():
    model = PositiveOrderedRegressor(Untrainable(), sample_order="increasing")
    with pytest.raises(ValueError, match=r"same number of rows; got 3 and 2"):
        model.fit(RAW, OBEDIENT[:2])


def test_column_names_need_a_dataframe_in_predict_too():
    X = pd.DataFrame(SITES)
    model = PositiveOrderedRegressor(
        Echo(lambda X: np.ones(len(X))), sample_order="increasing", group_by="site"
    )
    model.fit(X, np.ones(4))
    with pytest.raises(ValueError, match="`group_by`='site' names no column"):
        model.predict(X.to_numpy())


# -- quantile regressors ---------------------------------------------------------------


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


LEVELS = (0.1, 0.5, 0.9)


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


# -- partial_fit -----------------------------------------------------------------------


def test_partial_fit_continues_with_the_constraints_of_the_first_call():
    y = pd.DataFrame(OBEDIENT, columns=["low", "close", "high"])
    model = PositiveOrderedRegressor(Echo(), order=["low <= high"])
    assert model.partial_fit(RAW, y) is model
    model.partial_fit(RAW[:1], y[:1])
    assert model.regressor_.calls_ == 2
    assert model.output_names_ == ("low", "close", "high")
    assert_array_equal(model.predict(RAW), [[1, 2, 3], [0, 2, 3], [2, 1, 3]])


def test_partial_fit_after_fit_continues_it():
    model = echo()
    fitted = model.regressor_
    assert model.partial_fit(RAW, OBEDIENT).regressor_ is fitted
    assert model.fit(RAW, OBEDIENT).regressor_ is not fitted


@pytest.mark.parametrize(
    "y",
    [
        OBEDIENT[:, :2],
        OBEDIENT[:, 0],
        pd.DataFrame(OBEDIENT, columns=["close", "low", "high"]),
    ],
)
def test_partial_fit_with_other_outputs_raises(y):
    first = pd.DataFrame(OBEDIENT, columns=["low", "close", "high"])
    model = PositiveOrderedRegressor(Echo()).partial_fit(RAW, first)
    with pytest.raises(ValueError, match="outputs of the first"):
        model.partial_fit(RAW, y)


def test_a_warning_of_partial_fit_points_at_its_caller():
    model = PositiveOrderedRegressor(Echo())
    for _ in range(2):
        with pytest.warns(ConstraintWarning) as record:
            model.partial_fit(RAW, -OBEDIENT)
        assert record[0].filename == __file__


def test_partial_fit_checks_each_target():
    model = PositiveOrderedRegressor(Echo(), target_check="raise")
    model.partial_fit(RAW, OBEDIENT)
    with pytest.raises(ValueError, match="below `lower`"):
        model.partial_fit(RAW, -OBEDIENT)


def test_partial_fit_is_there_only_where_the_regressor_has_it(daily_range):
    X, y = daily_range
    assert hasattr(PositiveOrderedRegressor(SGDRegressor()), "partial_fit")
    assert hasattr(PositiveOrderedRegressor(), "partial_fit")
    assert not hasattr(PositiveOrderedRegressor(Ridge()), "partial_fit")
    assert not hasattr(PositiveOrderedRegressor(Ridge()).fit(X, y), "partial_fit")


# -- the wrapped regressor -------------------------------------------------------------


@pytest.mark.parametrize(
    ("regressor", "error", "message"),
    [
        (LogisticRegression(), ValueError, "must be a regressor; got a classifier"),
        (StandardScaler(), ValueError, "'regressor' parameter"),
        (
            Ridge,
            TypeError,
            r"must be an instance; got the class Ridge\. Write Ridge\(\)",
        ),
        ("ridge", ValueError, "'regressor' parameter .* Got 'ridge'"),
    ],
)
def test_what_is_no_regressor_raises(regressor, error, message):
    with pytest.raises(error, match=message) as info:
        PositiveOrderedRegressor(regressor).fit(RAW, OBEDIENT)
    assert "PositiveOrderedRegressor" in str(info.value)


def test_an_attribute_called_steps_makes_no_pipeline():
    regressor = Foreign()
    regressor.steps = 100
    assert PositiveOrderedRegressor(regressor).fit(RAW, OBEDIENT[:, 0]).n_outputs_ == 1


def test_a_prediction_whose_size_is_a_method_is_counted():
    class Tensor:
        def __init__(self, values):
            self.values = values

        def __array__(self, dtype=None, copy=None):
            return self.values

        def size(self):
            return self.values.shape

    class Network(Foreign):
        def predict(self, X):
            return Tensor(X)

    model = PositiveOrderedRegressor(Network(), lower=[0, 0, 0])
    assert model.fit(RAW, OBEDIENT[:, 0]).n_outputs_ == 3
    assert_array_equal(model.predict(RAW), echo().predict(RAW))


def test_a_ragged_prediction_is_told_of():
    model = echo(answer=lambda X: [[1.0], [2.0, 3.0], [4.0]])
    with pytest.raises(ValueError, match=r"PositiveO.*: Echo predicted what makes no"):
        model.predict(RAW)


def test_a_regressor_foreign_to_scikit_learn_works_and_stays_unfitted():
    regressor = Foreign()
    model = PositiveOrderedRegressor(regressor).fit(RAW, OBEDIENT)
    assert_array_equal(model.predict(RAW), np.tile(OBEDIENT.mean(axis=0), (3, 1)))
    assert not hasattr(regressor, "mean")
    assert is_regressor(model)
    clone(model).fit(RAW, OBEDIENT)


def test_the_regressor_given_is_cloned():
    regressor = Ridge()
    PositiveOrderedRegressor(regressor).fit(RAW, OBEDIENT)
    assert not hasattr(regressor, "coef_")


def test_fit_parameters_reach_the_regressor(rng):
    weight = rng.uniform(size=3)
    model = PositiveOrderedRegressor(Echo()).fit(RAW, OBEDIENT, sample_weight=weight)
    assert model.regressor_.sample_weight_ is weight
    model.partial_fit(RAW, OBEDIENT, sample_weight=2 * weight)
    assert_array_equal(model.regressor_.sample_weight_, 2 * weight)


def test_tags_are_those_of_the_regressor():
    tags = get_tags(PositiveOrderedRegressor(Echo()))
    assert tags.estimator_type == "regressor"
    assert tags.input_tags == get_tags(Echo()).input_tags
    assert tags.target_tags == get_tags(Echo()).target_tags
    assert tags.regressor_tags.poor_score
    assert get_tags(PositiveOrderedRegressor(Ridge())).input_tags.sparse
    assert not get_tags(PositiveOrderedRegressor(Ridge())).input_tags.three_d_array
    assert get_tags(PositiveOrderedRegressor()).input_tags.three_d_array
    assert get_tags(PositiveOrderedRegressor(Foreign())).target_tags.required


def test_features_are_told_where_the_regressor_tells_them():
    model = PositiveOrderedRegressor(Ridge())
    assert not hasattr(model, "n_features_in_")
    assert not hasattr(model, "feature_names_in_")
    model.fit(RAW, OBEDIENT)
    assert model.n_features_in_ == 3
    assert not hasattr(model, "feature_names_in_")
    model.fit(pd.DataFrame(RAW, columns=["a", "b", "c"]), OBEDIENT)
    assert_array_equal(model.feature_names_in_, ["a", "b", "c"])
    assert not hasattr(echo(), "n_features_in_")


def test_invalid_X_is_left_to_the_regressor(daily_range):
    X, y = daily_range
    with pytest.raises(ValueError, match=r"Input X contains NaN\.\s+Ridge does not"):
        PositiveOrderedRegressor(Ridge()).fit(np.full_like(X, np.nan), y)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        PositiveOrderedRegressor(Ridge()).fit(X[:-1], y)
    model = PositiveOrderedRegressor(Ridge()).fit(X, y)
    with pytest.raises(ValueError, match="3 features, but Ridge is expecting 4"):
        model.predict(X[:, :3])


def test_parameters_set_with_no_regressor_are_those_of_the_default():
    model = PositiveOrderedRegressor(LSTMRegressor(units=64))
    model.set_params(regressor=None, regressor__dropout=0.1)
    assert model.regressor.units == LSTMRegressor().units
    assert model.regressor.dropout == 0.1
    with pytest.raises(ValueError, match="Invalid parameter 'alpha'"):
        PositiveOrderedRegressor(Ridge()).set_params(
            regressor=None, regressor__alpha=3.0
        )


def test_parameters_of_the_regressor_are_checked():
    with pytest.raises(ValueError, match="'alpha' parameter of Ridge"):
        PositiveOrderedRegressor(Ridge(alpha=-1)).fit(RAW, OBEDIENT)


@pytest.mark.parametrize("fitted", [False, True])
def test_representations_show_the_wrapped_regressor(fitted):
    model = PositiveOrderedRegressor(Ridge(alpha=3.5), method="isotonic")
    if fitted:
        model.fit(RAW, OBEDIENT)
    assert "Ridge(alpha=3.5)" in repr(model)
    assert ">Ridge<" in model._repr_html_()
    assert ">LSTMRegressor<" in PositiveOrderedRegressor()._repr_html_()


def test_a_target_transformed_inside_is_predicted_in_its_own_unit(daily_range):
    X, y = daily_range
    inside = TransformedTargetRegressor(Ridge(), transformer=StandardScaler())
    model = PositiveOrderedRegressor(inside).fit(X, y)
    assert model.predict(3 * X).min() == 0
    assert model.score(X, y) > inside.fit(X, y).score(X, y)
