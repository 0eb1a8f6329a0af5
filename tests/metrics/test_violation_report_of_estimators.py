"""Reports of an estimator, of bounds by row and of sums; HTML and pictures."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from regressors import Echo
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklstm import PositiveOrderedRegressor, adjust_predictions
from sklstm.metrics import violation_report

X = pd.DataFrame({"a": [-1.0, 2, 3], "b": [5.0, 1, 4], "cap": [9.0, 9, 3]})
Y = pd.DataFrame({"low": [0.0, 1, 2], "high": [1.0, 2, 3]})


def model(**declared):
    regressor = Echo(lambda X: np.asarray(X)[:, :2])
    return PositiveOrderedRegressor(regressor, **declared).fit(X, Y)


def test_the_report_of_an_estimator_is_that_of_its_predictions():
    fitted = model(lower={"low": 0}, upper=9.0)
    report = violation_report(fitted, X)
    raw = pd.DataFrame(fitted.predict_raw(X), columns=Y.columns)
    expected = violation_report(
        raw, lower={"low": 0}, upper=9.0, adjusted=fitted.predict(X)
    )
    assert report.rules == expected.rules
    for name in (
        "share",
        "mean_violation",
        "max_violation",
        "mean_shift",
        "bound_mass",
    ):
        assert_array_equal(getattr(report, name), getattr(expected, name))
    assert report.share_any == expected.share_any > 0


def test_outputs_that_fit_did_not_count_are_reported_one_by_one():
    regressor = Echo(lambda X: np.asarray(X)[:, :2])
    fitted = PositiveOrderedRegressor(regressor, order=None).fit(X, Y["low"])
    report = violation_report(fitted, X)
    assert report.rules == ("output 0 >= 0.0", "output 1 >= 0.0")
    assert_array_equal(report.share, [1 / 3, 0])


@pytest.mark.parametrize("around", ["pipeline", "search"])
def test_an_estimator_is_found_where_it_is_the_last_step(around):
    inside = PositiveOrderedRegressor(Ridge(), order=None)
    if around == "pipeline":
        outer = make_pipeline(FunctionTransformer(), inside)
    else:
        outer = GridSearchCV(inside, {"regressor__alpha": [1.0]}, cv=2)
    features, y = pd.concat([X] * 4), pd.concat([Y] * 4)
    report = violation_report(outer.fit(features, y), X)
    assert report.rules == ("'low' >= 0.0", "'high' >= 0.0")
    assert report.bound_mass is not None


def test_bounds_by_row_are_reported_by_what_they_are_read_from():
    report = violation_report(model(upper={"high": "cap"}), X)
    assert report.rules[2:] == (
        "'low' <= `upper` of the row",
        "'high' <= cap",
        "'low' <= 'high'",
    )
    assert report.share[2:].tolist() == [0, 1 / 3, 1 / 3]
    assert report.max_violation[2:].tolist() == [0, 1, 1]
    assert report.bound_mass[3] == 1 / 3
    given = violation_report(model(), X, upper=X[["cap"]])
    assert given.rules[3] == "'high' <= `upper` of the row"
    assert given.share[2:].tolist() == report.share[2:].tolist()


def test_bounds_by_row_are_reported_for_arrays():
    raw = np.array([[1.0, 2], [3, 4]])
    report = violation_report(raw, upper=[[1.5], [9]], order=None)
    assert report.share[2:].tolist() == [0, 0.5]


def test_the_order_down_the_rows_is_a_rule_like_others():
    cycles = pd.DataFrame({"left": [5.0, 6, 3, 9, 8], "engine": list("aabbb")})
    left = cycles["left"].to_numpy()
    declared = {"lower": None, "order": None, "sample_order": "decreasing"}
    fitted = PositiveOrderedRegressor(
        Echo(lambda X: X["left"].to_numpy()),
        **declared,
        group_by="engine",
        method="projection",
    ).fit(cycles, left[[0, 0, 3, 3, 3]])
    adjusted = fitted.predict(cycles)  # 5.5, 5.5, then 20/3 three times
    of_rows = violation_report(
        left, **declared, groups=cycles["engine"], adjusted=adjusted
    )
    for report in (violation_report(fitted, cycles), of_rows):
        assert report.rules == ("sample_order='decreasing'",)
        assert report.share == report.share_any == 3 / 5  # 6 > 5, 9 > 3, 8 > 3
        assert report.max_violation == 6.0
        assert report.mean_violation == (1 + 6 + 5) / 3
        assert abs(report.mean_shift[0]) < 1e-15
        assert report.bound_mass == 3 / 5  # all rows but the first of an engine
    whole = violation_report(left, **declared)
    assert whole.share == 3 / 5
    assert whole.max_violation == 6.0


def test_an_order_down_the_rows_of_several_outputs_counts_the_largest():
    values = [[1.0, 4.0], [0.0, 1.0], [2.0, 4.0]]
    report = violation_report(
        values, lower=None, order=None, sample_order="increasing", order_by=[0, 1, 2]
    )
    assert report.share == 1 / 3
    assert report.max_violation == 3.0
    later_first = violation_report(
        values, lower=None, order=None, sample_order="increasing", order_by=[1, 0, 2]
    )
    assert later_first.share == 0


def test_quantiles_are_named_by_their_levels():
    regressor = Echo(lambda X: np.asarray(X)[:, :2], quantiles=(0.1, 0.9))
    fitted = PositiveOrderedRegressor(regressor).fit(X, [1.0, 2, 3])
    assert violation_report(fitted, X).rules == (
        "0.1 quantile >= 0.0",
        "0.9 quantile >= 0.0",
        "0.1 quantile <= 0.9 quantile",
    )


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_sums_and_gaps_that_were_adjusted_break_no_rule(dtype, rng):
    raw = rng.normal(size=(50, 3)).astype(dtype)
    rules = {
        "order": "y[0] + 0.1 <= y[1]",
        "rules": ["y[0] + y[1] == y[2]", "y[2] <= 3 * y[1]"],
    }
    adjusted = adjust_predictions(raw, **rules)
    report = violation_report(raw, **rules, adjusted=adjusted)
    assert report.rules[-2:] == ("y[0] + y[1] == y[2]", "y[2] <= 3 * y[1]")
    assert report.share[-2] == 1
    expected = np.abs(raw[:, 0].astype(float) + raw[:, 1] - raw[:, 2])
    assert report.max_violation[-2] == expected.max()
    assert report.bound_mass[-2] == 1
    assert violation_report(adjusted, **rules).share_any == 0


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ([model()], {}, "give the samples after the estimator"),
        ([model(), X], {"order": None}, "an estimator knows its rules"),
        ([model(), X], {"order": np.eye(2)}, "an estimator knows its rules"),
        ([model(), X], {"rules": ["low <= high"]}, "an estimator knows its rules"),
        ([model(), X], {"adjusted": X}, "an estimator knows its rules"),
        ([Y, X], {}, "`X` goes with an estimator only"),
        ([Y], {"groups": [1, 2, 3]}, "only together with `sample_order`"),
        ([Y], {"sample_order": "up"}, "`sample_order` must be 'increasing'"),
    ],
)
def test_arguments_that_do_not_belong_together_are_refused(arguments, options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        violation_report(*arguments, **options)


def test_a_report_is_a_table_in_a_notebook():
    frame = pd.DataFrame({"<low>": [-1.0, 2.0], "high": [1.0, 3.0]})
    report = violation_report(frame)
    html = report._repr_html_()
    assert html.startswith("<table>")
    assert html.count("<tr>") == len(str(report).splitlines()) == 5
    assert "&#x27;&lt;low&gt;&#x27; &gt;= 0.0" in html
    assert "<td>50.0%</td>" in html


def test_a_report_can_be_drawn():
    pytest.importorskip("matplotlib").use("Agg")
    report = violation_report(pd.DataFrame({"$low": [-1.0, 2.0], "high": [1.0, 3.0]}))
    ax = report.plot()
    assert [bar.get_width() for bar in ax.patches] == [50, 0, 0]
    assert ax.get_yticklabels()[0].get_text() == r"'\$low' >= 0.0"
    ax.figure.canvas.draw()
    assert report.plot(ax) is ax
