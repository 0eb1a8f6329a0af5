"""Messages show the beginning of a long value, and numbers of NumPy as Python's."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestRegressor, VotingRegressor
from sklearn.linear_model import Ridge

from sklstm import (
    LSTMRegressor,
    MultiQuantileRegressor,
    PositiveOrderedRegressor,
    adjust_predictions,
)
from sklstm._utils.text import cut, shortened
from sklstm.exceptions import ConstraintWarning
from sklstm.metrics import violation_report
from sklstm.preprocessing import (
    SequenceScaler,
    SlidingWindow,
    SmearingTargetRegressor,
)

LONG = "a" * 400_000
X, Y = np.ones((3, 4, 1)), np.ones((3, 2))


def test_short_values_are_shown_in_full_and_long_ones_with_their_length():
    assert shortened({"a": [1, 2]}) == "{'a': [1, 2]}"
    assert shortened(LONG).startswith("'aaa")
    assert shortened(LONG).endswith("... (400002 characters)")
    assert len(shortened(LONG)) < 250
    assert cut("one\n   two") == "one two"


@pytest.mark.parametrize(
    "estimator",
    [
        PositiveOrderedRegressor(Ridge(), method=LONG),
        PositiveOrderedRegressor(Ridge(), target_check=LONG),
        PositiveOrderedRegressor(regressor=LONG),
        PositiveOrderedRegressor([RandomForestRegressor(i + 1) for i in range(19)]),
        LSTMRegressor(head=LONG),
        LSTMRegressor(optimizer=list(LONG)),
        SequenceScaler(scaler=LONG),
        SlidingWindow(length=LONG),
        SmearingTargetRegressor(check_inverse=LONG),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_a_long_value_of_a_parameter_is_cut(estimator):
    with pytest.raises(ValueError, match=r"must be .* Got .* instead\.") as info:
        estimator.fit(X, Y)
    message = str(info.value)
    assert len(message) < 700
    assert "characters) instead." in message


def constrained(**params):
    """Fit with parameters that are wrong."""
    PositiveOrderedRegressor(Ridge(), **params).fit(X[..., 0], Y)


@pytest.mark.parametrize(
    "call",
    [
        lambda: constrained(order=LONG),
        lambda: constrained(order=[LONG]),
        lambda: constrained(lower=LONG),
        lambda: constrained(lower={LONG: 1.0}),
        lambda: constrained(output_weight=[LONG]),
        lambda: constrained(sample_order="increasing", group_by=LONG),
        lambda: adjust_predictions(Y, method=LONG),
        lambda: adjust_predictions(Y, sample_order=LONG),
        lambda: LSTMRegressor(quantiles=[2] * 100_000).fit(X, Y[:, 0]),
        lambda: LSTMRegressor(units=(1, LONG)).fit(X, Y[:, 0]),
        lambda: MultiQuantileRegressor(Ridge(), [2] * 100_000).fit(X[..., 0], Y[:, 0]),
        lambda: MultiQuantileRegressor(Ridge(), quantile_param=LONG).fit(
            X[..., 0], Y[:, 0]
        ),
    ],
)
def test_a_long_value_is_cut_in_every_message(call):
    with pytest.raises((TypeError, ValueError)) as info:
        call()
    message = str(info.value)
    assert len(message) < 700
    assert "characters)" in message


def test_an_estimator_with_many_others_is_cut_where_a_parameter_is_invalid():
    forests = [
        (f"forest{i}", RandomForestRegressor(i + 1, max_depth=3)) for i in range(19)
    ]
    model = PositiveOrderedRegressor(VotingRegressor(forests))
    with pytest.raises(
        ValueError, match=r"Invalid parameter 'unit' .*'lower', "
    ) as info:
        model.set_params(unit=1)
    assert len(str(info.value)) < 700


def test_a_short_value_is_shown_in_full():
    with pytest.raises(ValueError, match=r"Got 'mean' instead\."):
        PositiveOrderedRegressor(Ridge(), method="mean").fit(X[..., 0], Y)


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        (
            lambda: constrained(order=np.array([0, 1])),
            r"One chain\? Write \[\[0, 1\]\]",
        ),
        (
            lambda: adjust_predictions(Y, order=np.array([0, 1])),
            r"One chain\? Write \[\[0, 1\]\]",
        ),
        (
            lambda: constrained(order=[np.int64(0), np.int64(1)]),
            r"got \[0, 1\]\. One chain\? Write \[\[0, 1\]\]",
        ),
        (
            lambda: constrained(lower={np.int64(0): {"a": np.float32(0.5)}}),
            r"got \{'a': 0\.5\}\.",
        ),
        (
            lambda: constrained(
                sample_order="increasing", group_by=[np.str_("a"), np.int16(9)]
            ),
            "`group_by`='a' is a name",
        ),
        (
            lambda: LSTMRegressor(quantiles=np.sqrt([0.25, 0.0625]).tolist()).fit(X, Y),
            r"got \[0\.5, 0\.25\]",
        ),
        (lambda: LSTMRegressor(units=[np.float64(2.5)]).fit(X, Y), r"got \[2\.5\]"),
        (lambda: LSTMRegressor(epochs=np.int64(0)).fit(X, Y), "Got 0 instead"),
        (lambda: constrained(target_check=np.True_), "Got True instead"),
    ],
)
def test_numbers_of_numpy_are_shown_as_those_of_python(call, shown):
    with pytest.raises((TypeError, ValueError), match=shown) as refusal:
        call()
    assert "np." not in str(refusal.value)


@pytest.mark.parametrize(
    "declared",
    [
        {"lower": {LONG: 2.0}, "upper": {LONG: 1.0}},
        {"lower": {LONG: 2.0, 0: 1.0}},
        {"order": [[LONG, "b"], ["b", LONG]]},
        {"order": [["b", "unknown"]]},
    ],
)
def test_long_names_of_outputs_are_cut(declared):
    frame = pd.DataFrame([[1.0, 2.0]], columns=[LONG, "b"])

    with pytest.raises(ValueError, match="characters") as refusal:
        adjust_predictions(frame, **declared)
    assert len(str(refusal.value)) < 1000


@pytest.mark.parametrize(
    "declared",
    [
        {"rules": ["y[0] + " * 5000 + "y[1] <= -1"]},
        {"upper": {0: "x + " * 5000 + "x"}},
    ],
)
def test_long_statements_are_cut_in_warnings_and_reports(declared, rng):
    X = pd.DataFrame({"x": -np.arange(1.0, 21.0)})
    y = rng.normal(size=(20, 2))
    model = PositiveOrderedRegressor(Ridge(), lower=None, order=None, **declared)

    with pytest.warns(ConstraintWarning) as caught:
        model.fit(X, y)

    assert len(str(caught[0].message)) < 2000
    assert len(str(violation_report(model, X))) < 3000
