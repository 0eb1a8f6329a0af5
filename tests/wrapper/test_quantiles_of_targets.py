"""Regressors that predict several quantiles of each of several targets."""

import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from regressors import LEVELS, Echo
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV

from sklstm import LSTMRegressor, PositiveOrderedRegressor
from sklstm.exceptions import ConstraintWarning
from sklstm.metrics import d2_pinball_score, violation_report
from sklstm.preprocessing import make_windows

NAMES = tuple(f"{target}@{level}" for target in ("GHI", "DHI") for level in LEVELS)


@pytest.fixture
def raw(rng):
    return rng.normal(1, 2, size=(30, 6))


@pytest.fixture
def y(rng):
    """DHI is above GHI in half of the rows, which no order is about."""
    return pd.DataFrame(rng.uniform(0, 4, size=(30, 2)), columns=["GHI", "DHI"])


def fit(X, y, answer=np.asarray, levels=LEVELS, **declared):
    return PositiveOrderedRegressor(Echo(answer, levels), **declared).fit(X, y)


# -- order -----------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["auto", "sort", "projection", "cummax"])
@pytest.mark.parametrize("order", ["increasing", "decreasing"])
def test_an_order_of_all_outputs_acts_within_each_target(raw, y, order, method):
    levels = LEVELS if order == "increasing" else LEVELS[::-1]
    model = fit(raw, y, levels=levels, order=order, method=method)

    predicted = model.predict(raw)

    alone = [
        fit(raw[:, own], y.iloc[:, 0], levels=levels, order=order, method=method)
        for own in (slice(0, 3), slice(3, 6))
    ]
    expected = [m.predict(raw[:, 3 * t : 3 * t + 3]) for t, m in enumerate(alone)]
    assert_array_equal(predicted, np.hstack(expected))
    assert model.n_outputs_ == 6
    assert not np.array_equal(predicted, np.sort(np.maximum(raw, 0), axis=1))


def test_a_bound_in_a_rule_leaves_the_order_within_each_target(raw, y):
    model = fit(raw, y, rules=["`DHI@0.5` + 0.5 <= `DHI@0.9`"])

    edges = [[0, 1], [1, 2], [3, 4], [4, 5]]
    assert sorted(model.order_edges_.tolist()) == edges
    predicted = model.predict(raw)
    assert np.all(predicted[:, 4] + 0.5 <= predicted[:, 5])


def test_chains_are_taken_as_they_are_given(raw, y):
    order = ["DHI@0.9 <= GHI@0.1", "GHI@0.1 <= GHI@0.9"]
    model = fit(raw, y, order=order, lower=None)

    assert sorted(model.order_edges_.tolist()) == [[0, 2], [5, 0]]


@pytest.mark.parametrize(
    "declared", [{"order": ["DHI <= GHI"]}, {"rules": ["DHI + GHI <= 9"]}]
)
def test_statements_refer_to_quantiles_and_not_to_targets(raw, y, declared):
    with pytest.raises(ValueError, match="is a target of which quantiles are pred"):
        fit(raw, y, **declared)


@pytest.mark.parametrize(
    "order",
    [
        "decreasing",
        [["GHI@0.9", "GHI@0.5"]],
        [["DHI@0.9", "GHI@0.1"], ["GHI@0.1", "DHI@0.5"]],  # by way of another target
    ],
)
def test_an_order_against_the_levels_of_a_target_is_refused(raw, y, order):
    cure = r"declare their actual order: order=\[\[0, 1, 2\], \[3, 4, 5\]\]"
    with pytest.raises(ValueError, match=rf"predicts the quantile .* {cure}"):
        fit(raw, y, order=order)


# -- names -----------------------------------------------------------------------------


def test_outputs_are_named_by_target_and_level(raw, y):
    assert fit(raw, y).output_names_ == NAMES
    model = fit(raw, y.to_numpy(), upper={"y[1]@0.9": 5})
    assert model.output_names_ == tuple(
        f"y[{target}]@{level}" for target in (0, 1) for level in LEVELS
    )
    assert model.upper_.tolist() == [np.inf] * 3 + [5] * 3


def test_names_of_a_horizon_hold_the_step():
    series = pd.DataFrame({"GHI": np.arange(12.0), "wind": np.arange(12.0)})
    X, y = make_windows(series, lookback=3, horizon=2, target="GHI")
    network = LSTMRegressor(units=2, epochs=1, quantiles=LEVELS, random_state=0)
    model = PositiveOrderedRegressor(network, upper={"GHI+2": 5.0})
    with pytest.warns(ConstraintWarning, match=r"'GHI\+2' <= 5.0"):
        model.fit(X, y)

    predicted = model.predict(X).reshape(-1, 2, 3)

    assert model.output_names_[3:] == ("GHI+2@0.1", "GHI+2@0.5", "GHI+2@0.9")
    assert np.all(np.diff(predicted, axis=2) >= 0)
    assert predicted[:, 1].max() <= 5 < predicted[:, 0].max()
    expected = d2_pinball_score(y, predicted, quantiles=LEVELS)
    assert model.score(X, y) == expected


def test_one_level_is_no_structure(raw, y):
    model = fit(raw[:, :2], y, levels=(0.5,), order=None)

    assert model.output_names_ == ("GHI", "DHI")


def test_levels_that_the_predictions_do_not_have_are_no_structure(raw, y):
    model = fit(raw, y, answer=lambda X: X[:, :2], order=None)

    assert model.output_names_ == ("GHI", "DHI")


@pytest.mark.filterwarnings("ignore:Scoring failed:UserWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")
def test_names_hold_the_levels_that_a_search_chooses(raw, y):
    search = GridSearchCV(Echo(quantiles=LEVELS), {"quantiles": [(0.2, 0.5, 0.7)]})

    model = PositiveOrderedRegressor(search).fit(raw, y)

    assert model.output_names_[:3] == ("GHI@0.2", "GHI@0.5", "GHI@0.7")


def test_a_frozen_regressor_tells_the_targets_without_y(raw):
    frozen = FrozenEstimator(Echo(quantiles=LEVELS).fit(raw, None))

    model = PositiveOrderedRegressor(frozen).fit(raw)

    assert model.output_names_[3:] == ("y[1]@0.1", "y[1]@0.5", "y[1]@0.9")
    by_target = np.sort(np.maximum(raw, 0).reshape(-1, 2, 3), axis=2)
    assert_array_equal(model.predict(raw), by_target.reshape(-1, 6))
    y_true = raw[:, :2]
    expected = d2_pinball_score(y_true, model.predict(raw), quantiles=LEVELS)
    assert model.score(raw, y_true) == expected


# -- bounds ----------------------------------------------------------------------------


def test_the_name_of_a_target_bounds_all_its_quantiles(raw, y):
    upper = {"GHI": 4.0, "DHI@0.9": 5.0}
    model = fit(raw, y, upper=upper, lower={"DHI": -1.0, "GHI@0.1": 0.0})

    assert model.upper_.tolist() == [4, 4, 4, 5, 5, 5]
    assert model.lower_.tolist() == [0, 0, 0, -1, -1, -1]
    with pytest.raises(ValueError, match=r"sets 'GHI@0\.9' twice, as 'GHI' and as"):
        fit(raw, y, upper={"GHI": 4.0, "GHI@0.9": 5.0})


def test_targets_are_bounded_by_row(raw, y):
    X = pd.DataFrame(raw, columns=list("abcdef")).assign(sky=np.linspace(4, 5, 30))
    in_x = fit(X, y, answer=lambda X: X.to_numpy()[:, :6], upper={"GHI": "sky"})
    in_call = fit(raw, y)

    predicted = in_x.predict(X)

    assert (predicted[:, :3] <= X[["sky"]].to_numpy()).all()
    assert (predicted[:, 3:] == in_call.predict(raw)[:, 3:]).all()
    for upper in ({"GHI": X["sky"]}, X[["sky"]].set_axis(["GHI"], axis=1)):
        assert_array_equal(in_call.predict(raw, upper=upper), predicted)


# -- target check ----------------------------------------------------------------------


def test_the_target_is_compared_with_the_widest_bounds_of_its_quantiles(raw, y):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(raw, y, upper={"GHI@0.1": 1.0, "GHI@0.9": 4.0, "DHI": 4.0})
    with pytest.warns(ConstraintWarning, match=r"above `upper` \('DHI' <= 2.0\)"):
        fit(raw, y, upper={"GHI": 4.0, "DHI": 2.0})
    declared = {"lower": {"y[1]": 1.0}, "target_check": "raise"}
    with pytest.raises(ValueError, match=r"\('y\[1\]' >= 1.0"):
        fit(raw, y.to_numpy(), **declared)
    by_row = {"GHI": np.full(30, 4.0), "DHI": np.full(30, 4.0) - (np.arange(30) == 3)}
    y.loc[3, "DHI"] = 3.5
    with pytest.warns(ConstraintWarning, match=r"3% of its rows .*'DHI' <= `upper`"):
        PositiveOrderedRegressor(Echo(quantiles=LEVELS)).fit(raw, y, upper=by_row)


# -- the rest of the estimator ---------------------------------------------------------


def test_the_score_is_the_mean_over_targets_and_levels(raw, y):
    model, weight = fit(raw, y), np.linspace(1, 2, 30)

    score = model.score(raw, y, sample_weight=weight)

    by_target = [
        d2_pinball_score(y[name], predicted, quantiles=LEVELS, sample_weight=weight)
        for name, predicted in zip(
            y, np.split(model.predict(raw), 2, axis=1), strict=True
        )
    ]
    assert score == pytest.approx(np.mean(by_target))


def test_partial_fit_keeps_the_targets(raw, y):
    model = PositiveOrderedRegressor(Echo(quantiles=LEVELS)).partial_fit(raw, y)

    assert model.partial_fit(raw, y).output_names_ == NAMES
    for other in (y[["DHI", "GHI"]], y.to_numpy(), y["GHI"], y.assign(DNI=1.0)):
        with pytest.raises(ValueError, match="must have the outputs of the first"):
            model.partial_fit(raw, other)


def test_reports_name_the_quantiles(raw, y):
    report = violation_report(fit(raw, y, lower={"GHI": 0}), raw)

    assert "'GHI@0.1' >= 0.0" in report.rules
    assert "'DHI@0.5' <= 'DHI@0.9'" in report.rules
    assert "'GHI@0.9' <= 'DHI@0.1'" not in report.rules
