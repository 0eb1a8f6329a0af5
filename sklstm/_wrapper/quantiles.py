"""Quantiles of one target: no order may turn one of them into another."""

import warnings

import numpy as np
from scipy.stats import binomtest

from sklstm._utils.frames import take_rows
from sklstm._utils.sklearn_private import _num_samples
from sklstm._utils.text import percent, shortened
from sklstm._utils.unwrap import name_of
from sklstm.exceptions import ConstraintWarning

# Rows of the training data that are predicted to see the order of unknown levels.
_N_SAMPLED = 1000

# Below it, chance does not explain how often the outputs lie the other way round.
_P_VALUE = 0.05


def check_levels_agree(levels, constraints, *, source):
    """Raise if the order would turn one quantile into another.

    Parameters
    ----------
    levels : sequence of float or None
        The quantile level of each output. None, or another number of them, says
        nothing.
    constraints : Constraints
        The order in question.
    source : str
        Name of the regressor.
    """
    outputs = constraints.outputs
    if not levels or len(levels) != outputs.n_outputs:
        return
    for a, b in constraints.edges.tolist():
        if levels[a] > levels[b]:
            raise ValueError(
                f"{outputs.owner}: `order` asks for output {a} <= output {b}, but "
                f"{source} predicts the quantile {levels[a]} in output {a} and "
                f"{levels[b]} in output {b}. Give it its levels in increasing order, "
                f"or declare the order that they have: order=[{_rising(levels)}]."
            )


def check_shares_agree(regressor, X, y, constraints, *, stacklevel):
    """Raise if the training targets show that the order would swap quantiles.

    For a regressor whose levels are unknown. The share of the targets below a quantile
    rises with its level, so that shares that fall along the order give it away.

    Parameters
    ----------
    regressor : object
        Fitted; it predicts several outputs for a 1-D y.
    X : array-like
        The training samples, of which some are predicted.
    y : ndarray of shape (n_samples,)
        The training target.
    constraints : Constraints
        The order in question.
    stacklevel : int
        The level of the caller's code, as in ``warnings.warn``.

    Raises
    ------
    ValueError
        If shares fall. If chance may explain that, it is a warning.
    """
    if not len(constraints.edges):
        return
    rows = np.unique(np.linspace(0, len(y) - 1, _N_SAMPLED).astype(int))
    if len(rows) < _num_samples(X):
        X = take_rows(X, rows)
    is_below = y[rows, np.newaxis] < np.asarray(regressor.predict(X))
    shares = is_below.mean(axis=0)
    n_falls, a, b = max(
        (shares[a] - shares[b], a, b) for a, b in _ordered_pairs(constraints)
    )
    if n_falls <= 0:
        return
    # Rows in which the target lies between the two outputs: against and for the order.
    against = int((is_below[:, a] & ~is_below[:, b]).sum())
    agreeing = int((is_below[:, b] & ~is_below[:, a]).sum())
    shown = ", ".join(percent(share, 1) for share in shares)
    message = (
        f"{constraints.outputs.owner}: `order` asks for output {a} <= output {b}, but "
        f"{name_of(regressor)} predicts them the other way round: the shares of "
        f"the training targets below its outputs are {shortened(shown)[1:-1]}. Sorting "
        "would turn one quantile into another. Declare the order that they have, "
        f"order=[{_rising(shares)}]; or order=None, if they are not quantiles. A "
        "regressor with an attribute `quantiles` tells its levels."
    )
    chance = binomtest(against, against + agreeing, alternative="greater").pvalue
    if chance < _P_VALUE or (agreeing == 0 and against > 1):
        raise ValueError(message)
    warnings.warn(message, ConstraintWarning, stacklevel=stacklevel)


def _ordered_pairs(constraints):
    """Return all pairs of outputs of which the first must not exceed the second."""
    n_outputs = constraints.outputs.n_outputs
    reaches = np.eye(n_outputs, dtype=bool)
    for a, b in constraints.edges[::-1].tolist():  # sorted topologically
        reaches[a] |= reaches[b]
    np.fill_diagonal(reaches, False)
    return np.argwhere(reaches).tolist()


def _rising(levels):
    return np.argsort(levels, kind="stable").tolist()
