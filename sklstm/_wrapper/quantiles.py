"""Quantiles of one target: checks that an order does not swap them."""

import warnings

import numpy as np
from scipy.stats import binomtest

from sklstm._utils.frames import take_rows
from sklstm._utils.sklearn_private import _num_samples
from sklstm._utils.text import percent, shortened
from sklstm._utils.unwrap import name_of
from sklstm.exceptions import ConstraintWarning

# Maximum number of training rows to predict, to estimate the order of unknown levels.
_N_SAMPLED = 1000

# Below this p-value, outputs in the wrong order are not explained by chance.
_P_VALUE = 0.05


def check_levels_agree(levels, constraints, *, source):
    """Raise if the order contradicts the quantile levels.

    Parameters
    ----------
    levels : sequence of float or None
        Quantile level of each output. Ignored if None, or if there is not one level for
        each output.
    constraints : Constraints
        Constraints with the order.
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
                f"{levels[b]} in output {b}. Set its levels in increasing order, or "
                f"declare their actual order: order=[{_rising(levels)}]."
            )


def check_shares_agree(regressor, X, y, constraints, *, stacklevel):
    """Raise if the training targets show that the order would swap quantiles.

    This is for a regressor with unknown levels. The fraction of targets below a
    quantile increases with its level, so fractions that decrease along the order
    contradict it.

    Parameters
    ----------
    regressor : object
        A fitted regressor that predicts several outputs for a 1-D y.
    X : array-like
        Training samples, of which at most 1000 are predicted.
    y : ndarray of shape (n_samples,)
        Training targets.
    constraints : Constraints
        Constraints with the order.
    stacklevel : int
        Level of the caller's code, as in ``warnings.warn``.

    Raises
    ------
    ValueError
        If fractions decrease. It is only a warning if this may be due to chance.
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
    # Rows whose target lies between both outputs, against and in line with the order.
    against = int((is_below[:, a] & ~is_below[:, b]).sum())
    agreeing = int((is_below[:, b] & ~is_below[:, a]).sum())
    shown = ", ".join(percent(share, 1) for share in shares)
    message = (
        f"{constraints.outputs.owner}: `order` asks for output {a} <= output {b}, but "
        f"{name_of(regressor)} predicts them the other way round: the shares of "
        f"the training targets below its outputs are {shortened(shown)[1:-1]}. Sorting "
        "would turn one quantile into another. Declare their actual order, "
        f"order=[{_rising(shares)}], or order=None if they are not quantiles. Levels "
        "are also read from an attribute `quantiles` of the regressor."
    )
    chance = binomtest(against, against + agreeing, alternative="greater").pvalue
    if chance < _P_VALUE or (agreeing == 0 and against > 1):
        raise ValueError(message)
    warnings.warn(message, ConstraintWarning, stacklevel=stacklevel)


def _ordered_pairs(constraints):
    """Return all pairs of outputs in which the first must not exceed the second."""
    n_outputs = constraints.outputs.n_outputs
    reaches = np.eye(n_outputs, dtype=bool)
    for a, b in constraints.edges[::-1].tolist():  # sorted topologically
        reaches[a] |= reaches[b]
    np.fill_diagonal(reaches, False)
    return np.argwhere(reaches).tolist()


def _rising(levels):
    return np.argsort(levels, kind="stable").tolist()
