"""What may come of a call with any arguments: an answer, or an error that explains."""

import os
import warnings

from hypothesis import event, given, settings
from sklearn.exceptions import (
    DataConversionWarning,
    NotFittedError,
    UndefinedMetricWarning,
)

from sklstm.exceptions import ConstraintWarning

# By hand, fuzz with more examples: SKLSTM_FUZZ=2000 pytest tests/test_bad_days
BY_HAND = int(os.environ.get("SKLSTM_FUZZ", 0))

REFUSED = object()

# What scikit-learn says about X and y without naming an estimator.
_OF_SKLEARN = (
    "inconsistent numbers of samples",
    "Expected sequence or array-like",
    "y should be a 1d array",
    "Input should have at least 1 dimension",
    "func' is provided, '",
    "Input y contains",
)

# What it warns of on behalf of those who pass something unusual.
_WARNINGS = (
    "X has feature names, but",
    "X does not have valid feature names",
    "The provided functions( or transformer)? are not strictly inverse",
    r"\s*Linear programming for QuantileRegressor did not succeed",
)


def outcome(call, *owners):
    """Return the result of a call, or REFUSED if it raises an error that explains.

    Parameters
    ----------
    call : callable
        Called without arguments.
    owners : tuple of str
        Names, one of which the message of an error must contain.

    Raises
    ------
    AssertionError
        If the call raises something else, or warns of what happens inside.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ConstraintWarning)
        warnings.simplefilter("ignore", DataConversionWarning)
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        for message in _WARNINGS:
            warnings.filterwarnings("ignore", message)
        try:
            return call()
        except (ValueError, TypeError, NotFittedError) as error:
            raised = error
    if not any(part in str(raised) for part in (*owners, *_OF_SKLEARN)):
        raise AssertionError(f"an error names none of {owners}: {raised}") from raised
    return REFUSED


def fuzz(strategy, share=1):
    """Make calls that a strategy draws, each of which must answer or explain.

    Parameters
    ----------
    strategy : SearchStrategy of tuple
        Draws functions or names, one of which the message of an error must contain, and
        a function without arguments.
    share : float
        How many calls to make, in units of the usual number.
    """

    @settings(max_examples=int((BY_HAND or 40) * share), derandomize=not BY_HAND)
    @given(strategy)
    def try_one(drawn):
        *owners, call = drawn
        answer = outcome(call, *(getattr(each, "__name__", each) for each in owners))
        event("refused" if answer is REFUSED else "answered")

    try_one()
