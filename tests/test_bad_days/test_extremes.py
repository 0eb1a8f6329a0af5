"""Numbers near the largest, integers of few bits, and arrays without axes."""

from functools import partial

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.testing import assert_array_equal
from regressors import Echo
from scipy import sparse

from sklstm import PositiveOrderedRegressor
from sklstm.exceptions import ConstraintWarning
from sklstm.inspection import ConstraintDisplay, FanChartDisplay, LossCurveDisplay
from sklstm.metrics import (
    d2_pinball_score,
    make_quantile_scorer,
    mean_interval_width,
    mean_pinball_loss,
    violation_report,
)
from sklstm.onnx import to_onnx
from sklstm.preprocessing import (
    SequenceScaler,
    SlidingWindow,
    SmearingTargetRegressor,
    make_windows,
    pad_sequences,
)

HUGE = np.array([1.7e308, -1.7e308])


@pytest.mark.parametrize("metric", [mean_pinball_loss, d2_pinball_score])
def test_losses_that_overflow_are_refused(metric):
    # scikit-learn < 1.8 finds the infinite loss itself.
    reasons = (
        r"the loss overflows, since values reach 1\.7e\+308|Input contains infinity"
    )
    with pytest.raises(ValueError, match=rf"^{metric.__name__}: ({reasons})"):
        metric(HUGE, -HUGE, quantiles=[0.5])


def test_the_loss_of_one_row_that_overflows_is_refused():
    with pytest.raises(ValueError, match=r"^mean_pinball_loss: "):
        mean_pinball_loss(HUGE[:1], HUGE[1:], quantiles=[0.5])


@pytest.mark.parametrize("value", [np.array(["a", "b"]), np.ones(2), None, "no"])
@pytest.mark.parametrize(
    ("parameter", "call"),
    [
        ("multioutput", partial(mean_pinball_loss, [1.0], [1.0], quantiles=[0.5])),
        ("multioutput", partial(d2_pinball_score, [1.0], [1.0], quantiles=[0.5])),
        ("metric", partial(make_quantile_scorer, [0.5])),
        ("label", partial(make_windows, [[1.0]], lookback=1)),
        ("padding", partial(pad_sequences, [[1.0]])),
        ("kind", ConstraintDisplay(raw=HUGE, adjusted=HUGE).plot),
        ("dtype", partial(to_onnx, None)),
    ],
)
def test_other_than_the_strings_to_choose_from_is_refused_by_name(
    parameter, call, value
):
    with pytest.raises(ValueError, match=rf"^\w+: `{parameter}` must be '\w+' or '"):
        call(**{parameter: value})


def test_widths_may_be_infinite_but_not_undefined():
    assert mean_interval_width([0.0, -np.inf], [1.0, 1.0]) == np.inf
    assert mean_interval_width(HUGE[1:], HUGE[:1]) == np.inf
    with pytest.raises(ValueError, match=r"same infinity; they are in 1 of 2 rows.* 1"):
        mean_interval_width([0.0, np.inf], [1.0, np.inf])
    with pytest.raises(ValueError, match=r"^mean_interval_width: .* inf and -inf"):
        mean_interval_width([-np.inf, np.inf], [0.0, 0.0])
    assert mean_interval_width([0, -np.inf], [1, 1], sample_weight=[1, 0]) == 1


def test_reports_of_huge_violations_have_infinite_means():
    report = violation_report([HUGE, HUGE], lower=None, adjusted=np.zeros((2, 2)))
    assert_array_equal(report.share, [1.0])
    assert_array_equal(report.max_violation, [np.inf])
    assert_array_equal(report.mean_shift, [np.inf])


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: ConstraintDisplay.from_predictions(HUGE, HUGE, ax=ax),
        lambda ax: FanChartDisplay.from_predictions(HUGE, quantiles=[0.5], ax=ax),
        lambda ax: LossCurveDisplay(loss=HUGE).plot(ax),
    ],
)
def test_what_is_too_large_to_be_drawn_is_refused(draw):
    with pytest.raises(ValueError, match=r"reaches 1\.7e\+308, which is too large to"):
        draw(Figure().subplots())


def test_integers_of_few_bits_do_not_overflow():
    small, X = np.int8(100), np.arange(600.0).reshape(300, 2)
    windows = SlidingWindow(small, step=np.int8(2)).fit_transform(X)
    assert_array_equal(windows, SlidingWindow(100, step=2).fit_transform(X))
    X_windows, y = make_windows(X, lookback=small, horizon=small)
    assert (X_windows.shape, y.shape) == ((101, 100, 2), (101, 200))
    flat = np.ones((3, 200))
    assert SequenceScaler(n_timesteps=small).fit_transform(flat).shape == (3, 200)
    assert pad_sequences([[1.0]], n_timesteps=small).shape == (1, 100, 1)


@pytest.mark.parametrize(
    ("sequences", "message"),
    [
        (None, "sequences` must be a list of .* got None"),
        (np.array(1.0), "sequences` must be a list of .* got array"),
        ([np.array(1.0)], "sequence 0` must have shape"),
        ([sparse.eye_array(2)], "sequence 0 must be dense; got a sparse"),
    ],
)
def test_what_is_not_a_sequence_is_refused_by_name(sequences, message):
    with pytest.raises((TypeError, ValueError), match=rf"^pad_sequences: `?{message}"):
        pad_sequences(sequences)


@pytest.mark.parametrize("y", [1.0, [], np.empty((3, 0)), np.ones((2, 2, 2))])
def test_targets_of_other_shapes_are_refused_by_name(y):
    with pytest.raises(ValueError, match=r"^SmearingTargetRegressor: `y` must have"):
        SmearingTargetRegressor().fit(np.ones((3, 1)), y)


def test_transforms_that_are_not_finite_are_refused_by_name():
    model = SmearingTargetRegressor(func=np.log, inverse_func=np.exp)
    message = (
        r"^SmearingTargetRegressor: <ufunc 'log'> gives \[-inf\] .* in row 1\. Use"
    )
    with pytest.raises(ValueError, match=message):
        model.fit(np.ones((3, 1)), [1.0, 0.0, 2.0])


@pytest.mark.parametrize("X", [np.array(None), np.ma.masked, np.array("a")])
@pytest.mark.parametrize("transformer", [SequenceScaler(), SlidingWindow()])
def test_samples_without_axes_are_refused_by_name(transformer, X):
    with pytest.raises((TypeError, ValueError), match=type(transformer).__name__):
        transformer.fit(X)


def test_targets_that_differ_by_more_than_the_largest_number_are_checked():
    model = PositiveOrderedRegressor(Echo(), lower=None)
    with pytest.warns(ConstraintWarning, match="50% of its rows are out of `order`"):
        model.fit(HUGE[:, np.newaxis], [HUGE, -HUGE])
