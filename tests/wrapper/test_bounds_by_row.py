"""Bounds, groups and keys that are read from X for each row, or given with the call."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from numpy.testing import assert_array_equal
from regressors import Echo, Untrainable
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklstm import PositiveOrderedRegressor
from sklstm.exceptions import ConstraintWarning

CAP = np.array([2.0, 9.0, 1.0])
X = pd.DataFrame({"low": [1.0, 3.0, 2.0], "high": [5.0, 4.0, 3.0], "cap": CAP})
Y = pd.DataFrame({"low": [0.0, 1.0, 0.5], "high": [1.0, 2.0, 1.0]})
RAW = X[["low", "high"]].to_numpy()
CAPPED = [[1, 2], [3, 4], [1, 1]]
METHODS = ["auto", "sort", "projection", "cummax"]


def first_two(X):
    return np.asarray(X)[:, :2]


def echo(X=X, y=Y, answer=first_two, **declared):
    return PositiveOrderedRegressor(Echo(answer), **declared).fit(X, y)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "upper",
    [
        "cap",
        " 1.0 * cap ",
        "cap + 2 * high - high - high",
        lambda X: X["cap"],
        lambda X: np.column_stack([X["cap"], X["cap"]]),
        lambda X: X[["cap"]].to_numpy(),
        {"high": "cap"},
        {"high": lambda X: X["cap"].to_list(), "low": 9},
        {1: "cap"},
    ],
)
def test_a_bound_is_read_from_X_for_each_row(upper, method):
    model = echo(upper=upper, method=method)
    assert_array_equal(model.predict(X), CAPPED)
    assert_array_equal(model.predict(X[::-1]), CAPPED[::-1])
    for row in range(3):
        assert_array_equal(model.predict(X[row : row + 1]), CAPPED[row : row + 1])


@pytest.mark.parametrize(
    "upper",
    [
        CAP[:, np.newaxis],
        np.column_stack([CAP, CAP]),
        pd.DataFrame({"high": CAP}),
        pd.DataFrame({"high": CAP, "low": CAP}),
        pl.DataFrame({"high": CAP}),
        {"high": CAP},
        {"high": CAP.tolist(), 0: pd.Series(CAP)},
    ],
)
def test_a_bound_may_be_given_with_the_call(upper):
    model = echo()
    assert_array_equal(model.predict(X, upper=upper), CAPPED)
    assert_array_equal(model.predict(X), RAW)
    expected = echo(upper="cap").score(X, Y)
    assert model.score(X, Y, upper=upper) == expected != model.score(X, Y)


def test_a_dataframe_of_bounds_is_matched_by_name():
    bounds = pd.DataFrame({"high": [9.0, 9, 9], "low": [1.0, 2, 1]})
    assert_array_equal(echo().predict(X, upper=bounds), [[1, 5], [2, 4], [1, 3]])


def test_the_tighter_of_two_bounds_holds():
    model = echo(upper={"high": "cap"})
    assert_array_equal(model.predict(X, upper=3.5), np.minimum(CAPPED, 3.5))
    assert_array_equal(model.predict(X, upper=1e9, lower=-1e9), CAPPED)
    assert_array_equal(model.predict(X, lower={"low": [1.5, 0, 0]})[0], [1.5, 2])


def test_a_single_output_takes_a_flat_array():
    model = PositiveOrderedRegressor(Echo(lambda X: np.asarray(X)[:, 1]), upper="cap")
    model.fit(X, Y["high"])
    assert_array_equal(model.predict(X), [2, 4, 1])
    assert_array_equal(model.predict(X, upper=[1.0, 2.0, 3.0]), [1, 2, 1])
    capped = model.predict(X, upper=pd.Series([1.0, 2.0, 3.0], index=list("abc")))
    assert_array_equal(capped, [1, 2, 1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bounds_by_row_hold_in_the_dtype_of_the_regressor(dtype):
    model = echo(
        answer=lambda X: np.asarray(X, dtype)[:, :2],
        upper="0.1 * cap",
        target_check="ignore",
    )
    predictions = model.predict(X)
    assert predictions.dtype == dtype
    assert (predictions <= 0.1 * CAP[:, np.newaxis]).all()


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_names_of_columns_are_found_in_any_frame(frame):
    table = frame({"a": [1.0, 2.0], "clear sky": [0.5, 3.0]})
    for upper in ("clear sky", "`clear sky`", "0 * a + `clear sky`"):
        model = PositiveOrderedRegressor(
            Echo(lambda X: np.asarray(X)[:, 0]), upper=upper
        )
        assert_array_equal(model.fit(table, [0.1, 0.2]).predict(table), [0.5, 2])


def test_expressions_without_columns_need_no_names():
    assert_array_equal(
        echo(X.to_numpy(), upper="1 + 2").predict(X.to_numpy()),
        [
            [1, 3],
            [3, 3],
            [2, 3],
        ],
    )


def test_what_was_declared_by_row_survives_pickle():
    model = echo(upper={"high": "cap"}, lower={"low": "-0.1 * cap"})
    loaded = pickle.loads(pickle.dumps(model))
    assert_array_equal(loaded.predict(X), model.predict(X))


def test_lower_and_upper_show_what_holds_for_all_rows():
    model = echo(upper={"high": "cap", "low": 4})
    assert model.upper_.tolist() == [4, np.inf]
    assert model.lower_.tolist() == [0, 0]


# -- errors ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (
            {"upper": "capacity"},
            r"`upper` refers to 'capacity', which is not .* \['low'",
        ),
        (
            {"upper": "0.9 * capacity"},
            "`upper` refers to 'capacity', which is not the na",
        ),
        ({"upper": "0.9 cap"}, "`upper` cannot be read at position 4"),
        ({"upper": "cap * high"}, "position 4: this is not linear"),
        ({"upper": "cap <= 3"}, "position 4: expected"),
        ({"upper": "x" * 100_000}, r"refers to 'xx.*100002 characters"),
        ({"upper": {"high": "cap", 1: 3}}, "`upper` sets 'high' twice"),
        ({"upper": {"wind": "cap"}}, "`upper` refers to 'wind'"),
        (
            {"upper": lambda X: "cap"},
            "`upper`, which <lambda> returned, must hold real",
        ),
        ({"upper": lambda X: None}, "`upper`, which <lambda> returned, must"),
        ({"upper": lambda X: [1, 2]}, r"must have shape \(3, 1\) or \(3, 2\).* \(2,\)"),
        ({"upper": lambda X: 3.0}, r"must have shape .* got \(\)"),
        ({"upper": {"low": lambda X: X}}, r"`upper` for 'low', .* got \(3, 3\)"),
        ({"upper": lambda X: [1, np.nan, 2]}, "got nan in 1 of 3 rows, .* row 1"),
        ({"upper": lambda X: [1, 2, -np.inf]}, "got -inf in 1 of 3 rows, .* row 2"),
        ({"lower": lambda X: [[1j]] * 3}, "must hold real numbers"),
        (
            {"upper": "cap", "lower": {"high": 3}},
            "bounds cross in 2 of 3 rows; for example in row 0: "
            "lower=3.0 and upper=2.0 for 'high'",
        ),
        (
            {"upper": {"high": "cap"}, "lower": {"low": 1.5}},
            "bounds cross in 1 of 3 rows once they are carried along `order`; "
            "for example in row 2: lower=1.5 and upper=1.0 for 'low'",
        ),
    ],
)
def test_a_wrong_bound_by_row_raises_before_training(declared, message):
    model = PositiveOrderedRegressor(Untrainable(), **declared)
    with pytest.raises((TypeError, ValueError), match=message) as refusal:
        model.fit(X, Y)
    assert str(refusal.value).startswith("PositiveOrderedRegressor: ")
    assert len(str(refusal.value)) < 1000


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"upper": CAP},
            r"one for each of the 2 outputs; .* \(3,\). One for each row has",
        ),
        (
            {"upper": pd.Series(CAP, index=["a", "b", "c"])},
            r"one for each of the 2 outputs; .* \(3,\). One for each row has",
        ),
        ({"upper": CAP[:2, np.newaxis]}, r"must have shape \(3, 1\) or \(3, 2\)"),
        ({"upper": {"high": CAP[:2]}}, r"for 'high' must have shape \(3, 1\)"),
        ({"upper": "cap"}, "there is no X to read 'cap' from"),
        ({"upper": pd.DataFrame({"high": [1, None, 2]})}, "got nan in 1 of 3 rows"),
        ({"upper": -1.0}, "bounds cross in 3 of 3 rows"),
        ({"groups": [1, 1, 2]}, "`groups` has no effect without an order down the"),
        ({"order_by": [1, 1, 2]}, "`order_by` has no effect without an order"),
    ],
)
@pytest.mark.parametrize("method", ["predict", "fit", "score"])
def test_a_wrong_value_of_the_call_is_named(given, message, method):
    model = echo()
    arguments = [X] if method == "predict" else [X, Y]
    with pytest.raises((TypeError, ValueError), match=message) as refusal:
        getattr(model, method)(*arguments, **given)
    assert str(refusal.value).startswith("PositiveOrderedRegressor: ")


@pytest.mark.parametrize("kind", [list, pd.Series, lambda x: pd.Series(x, list("ab"))])
def test_bounds_of_one_output_are_one_for_each_row(kind):
    model = PositiveOrderedRegressor(Echo(lambda X: np.zeros(len(X)))).fit(X, Y["low"])
    with pytest.raises(ValueError, match=r"one for each of the 3 rows; got shape \(2,"):
        model.predict(X, upper=kind([1.0, 2.0]))


def test_a_bound_in_columns_of_an_array_offers_the_call():
    model = PositiveOrderedRegressor(Untrainable(), upper="cap")
    with pytest.raises(
        ValueError, match=r"a ndarray, has no column names.*predict\(X, upper="
    ):
        model.fit(X.to_numpy(), Y)


def test_rows_of_a_call_cross_in_the_dtype_of_the_predictions():
    model = echo(answer=lambda X: np.asarray(X, np.float32)[:, :2])
    bound = np.array([[0.5], [0.1], [0.5]])
    with pytest.raises(
        ValueError, match=r"no float32 number lies .* for 'low' in row 1"
    ):
        model.predict(X, lower=bound, upper=bound)


# -- the target ------------------------------------------------------------------------


def test_the_target_is_compared_with_the_bounds_of_its_row():
    y = Y.assign(high=[2.5, 2.0, 0.75])
    with pytest.warns(ConstraintWarning) as record:
        echo(y=y, upper={"high": "cap"})
    message = str(record[0].message)
    assert "33% of its rows are above `upper` ('high' <= cap)" in message
    assert "y is 2.5 in row 0, above upper=2" in message
    assert record[0].filename == __file__
    with pytest.raises(
        ValueError, match=r"above `upper` .'high' <= `upper` of the row"
    ):
        PositiveOrderedRegressor(Echo(), target_check="raise").fit(
            X, y, upper={"high": CAP}
        )


def test_a_flat_target_of_quantiles_is_compared_with_the_widest_bounds():
    model = PositiveOrderedRegressor(Echo(first_two, (0.1, 0.9)), upper={1: "cap"})
    with pytest.warns(ConstraintWarning, match="y is 1.5 in row 2, above upper=1"):
        model.fit(X, [1.0, 1.0, 1.5], upper={0: 0.5 * CAP})


# -- order of samples ------------------------------------------------------------------


def test_groups_and_keys_may_be_given_with_the_call():
    values = np.array([[4.0], [3.0], [2.0], [1.0]])
    model = PositiveOrderedRegressor(Echo(), sample_order="increasing")
    model.fit(values, values[:, 0], order_by=values[:, 0])
    assert_array_equal(model.predict(values), [1, 2, 3, 4])
    groups = ["a", "a", "b", "b"]
    assert_array_equal(model.predict(values, groups=groups), [3, 4, 1, 2])
    reverse = [4, 3, 2, 1]
    assert_array_equal(model.predict(values, order_by=reverse), [4, 3, 2, 1])


def test_a_key_is_given_once():
    model = PositiveOrderedRegressor(
        Echo(first_two), sample_order="increasing", group_by="cap", order=None
    ).fit(X, Y)
    with pytest.raises(
        ValueError, match="`groups` is given with the call, but `group_by"
    ):
        model.predict(X, groups=[1, 2, 3])


@pytest.mark.parametrize("method", METHODS)
def test_bounds_by_row_are_carried_along_the_samples(method):
    values = np.array([[3.0], [1.0], [9.0]])
    model = PositiveOrderedRegressor(
        Echo(lambda X: X[:, 0]), sample_order="increasing", method=method
    ).fit(values, [1.0, 2.0, 3.0])
    predictions = model.predict(values, lower=[2.5, 0, 0], upper=[9, 9, 4])
    assert (np.diff(predictions) >= 0).all()
    assert predictions.min() >= 2.5
    assert predictions.max() <= 4
    with pytest.raises(
        ValueError, match="once they are carried along the order; for exa"
    ):
        model.predict(values, lower=[5.0, 0, 0], upper=[9, 9, 4])


# -- metadata --------------------------------------------------------------------------


@pytest.fixture
def table(rng):
    table = pd.DataFrame(rng.normal(size=(40, 2)), columns=["a", "b"])
    y = np.abs(table["a"])
    return table, y, (y + 0.05).to_numpy()


def test_values_reach_the_last_step_of_a_pipeline(table):
    features, y, cap = table
    model = PositiveOrderedRegressor(Ridge(), lower=None).fit(features, y)
    pipeline = make_pipeline(FunctionTransformer(), model).fit(features, y)
    capped = pipeline.predict(features, upper=cap)
    assert (capped <= cap).all()
    assert (pipeline.predict(features) > cap).any()


def test_values_are_not_passed_on_to_the_regressor(table):
    features, y, cap = table
    model = PositiveOrderedRegressor(Ridge()).fit(features, y, upper=cap)
    assert (model.predict(features, upper=cap) <= cap).all()


def test_values_are_routed_where_they_are_requested(table):
    features, y, cap = table
    with sklearn.config_context(enable_metadata_routing=True):
        model = (
            PositiveOrderedRegressor(Ridge())
            .set_fit_request(upper=True)
            .set_predict_request(upper=True)
            .set_score_request(upper=True)
        )
        pipeline = make_pipeline(FunctionTransformer(), model)
        pipeline.fit(features, y, upper=cap)
        assert (pipeline.predict(features, upper=cap) <= cap).all()
        search = GridSearchCV(
            pipeline, {"positiveorderedregressor__regressor__alpha": [0.1, 10.0]}, cv=4
        )
        search.fit(features, y, upper=cap)
        assert (search.best_estimator_.predict(features, upper=cap) <= cap).all()
        with_cap = cross_validate(model, features, y, params={"upper": cap})
    without = cross_validate(PositiveOrderedRegressor(Ridge()), features, y)
    assert with_cap["test_score"].mean() > without["test_score"].mean()


class Grouped(Ridge):
    """Takes groups itself, as a search with GroupKFold does."""

    def fit(self, X, y, sample_weight=None, groups=None):
        self.groups_ = groups
        return super().fit(X, y, sample_weight)


def test_a_regressor_that_requests_a_value_gets_it_too(table):
    features, y, _ = table
    groups = np.arange(40) % 2
    with sklearn.config_context(enable_metadata_routing=True):
        inner = Grouped().set_fit_request(groups=True)
        model = PositiveOrderedRegressor(inner, sample_order="increasing")
        model.set_params(target_check="ignore", order_by="a")
        assert_array_equal(
            model.fit(features, y, groups=groups).regressor_.groups_, groups
        )
        model = PositiveOrderedRegressor(inner).fit(features, y, groups=groups)
        assert_array_equal(model.regressor_.groups_, groups)
        plain = PositiveOrderedRegressor(Ridge(), sample_order="increasing")
        plain.set_params(target_check="ignore", order_by="a")
        plain.fit(features, y, groups=groups)


def test_a_table_that_a_callable_returns_has_the_outputs_in_their_order():
    X = pd.DataFrame({"x": [1.0, 2.0, 3.0]})
    y = pd.DataFrame({"a": [5.0] * 3, "b": [5.0] * 3})

    def cap(X):
        return pd.DataFrame({"b": [1.0] * len(X), "a": [2.0] * len(X)})

    model = PositiveOrderedRegressor(Ridge(), order=None, upper=cap)
    with pytest.raises(
        ValueError, match=r"columns of `upper` .*\['a', 'b'\].*\['b', 'a'"
    ):
        model.fit(X, y)
    model.set_params(upper=lambda X: cap(X)[["a", "b"]], target_check="ignore")
    assert model.fit(X, y).predict(X).tolist() == [[2.0, 1.0]] * 3
