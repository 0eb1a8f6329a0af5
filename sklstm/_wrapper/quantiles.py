"""Quantiles of one or several targets: names, and checks of their order."""

import warnings

import numpy as np
from scipy.stats import binomtest

from sklstm._utils.frames import take_rows
from sklstm._utils.predictions import predictions_by_row
from sklstm._utils.sklearn_private import _num_samples
from sklstm._utils.text import percent, shortened
from sklstm._utils.unwrap import name_of
from sklstm.exceptions import ConstraintWarning

# Maximum number of training rows to predict, to estimate the order of unknown levels.
_N_SAMPLED = 1000

# Below this p-value, outputs in the wrong order are not explained by chance.
_P_VALUE = 0.05


def name_targets(levels, y, names, n_outputs):
    """Return the names of several targets of which the outputs are quantiles.

    Parameters
    ----------
    levels : sequence of float or None
        Quantile levels of the regressor.
    y : ndarray of shape (n_samples,) or (n_samples, n_targets), or None
        Target values. None if there are none to tell the number of targets.
    names : tuple of str or None
        Names of the columns of y.
    n_outputs : int
        Number of outputs of the regressor.

    Returns
    -------
    tuple of str or None
        None if the outputs are not several quantiles of several targets.
    """
    n_levels = len(levels or ())
    if n_levels < 2 or n_outputs <= n_levels or n_outputs % n_levels:
        return None
    n_targets = n_outputs // n_levels
    if y is not None and y.shape[1:] != (n_targets,):
        return None
    return tuple(names or (f"y[{target}]" for target in range(n_targets)))


def name_quantiles(targets, levels):
    """Return names of the quantiles of several targets, such as ``GHI@0.9``."""
    return tuple(f"{target}@{level}" for target in targets for level in levels)


def check_levels_agree(levels, constraints, *, source):
    """Raise if the order contradicts the quantile levels.

    Parameters
    ----------
    levels : sequence of float or None
        Quantile level of each output of a target. Ignored if None, or if there is not
        one level for each output.
    constraints : Constraints
        Constraints with the order.
    source : str
        Name of the regressor.
    """
    outputs = constraints.outputs
    n_levels = len(levels or ())
    if not levels or n_levels * outputs.n_targets != outputs.n_outputs:
        return
    pairs = constraints.edges.tolist()
    if outputs.targets:  # chains may connect a target by way of another one
        pairs = [
            (a, b)
            for a, b in _ordered_pairs(constraints)
            if a // n_levels == b // n_levels
        ]
    for a, b in pairs:
        low, high = levels[a % n_levels], levels[b % n_levels]
        if low > high:
            names = [
                outputs.label(i) if outputs.targets else f"output {i}" for i in (a, b)
            ]
            rising = np.array(_rising(levels))
            chains = [
                (rising + first).tolist()
                for first in range(0, outputs.n_outputs, n_levels)
            ]
            raise ValueError(
                f"{outputs.owner}: `order` asks for {names[0]} <= {names[1]}, but "
                f"{source} predicts the quantile {low} in output {a} and "
                f"{high} in output {b}. Set its levels in increasing order, or "
                f"declare their actual order: order={chains}."
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
    owner, source = constraints.outputs.owner, name_of(regressor)
    predicted = predictions_by_row(regressor.predict(X), len(rows), source, owner)
    if predicted.shape[1] != constraints.outputs.n_outputs:
        raise ValueError(
            f"{owner}: {source} predicted an array of shape {predicted.shape} for "
            f"{len(rows)} samples, but {constraints.outputs.n_outputs} outputs for the "
            "first rows. It must predict the same outputs for all rows."
        )
    is_below = y[rows, np.newaxis] < predicted
    shares = is_below.mean(axis=0)
    fall, a, b = max(
        (shares[a] - shares[b], a, b) for a, b in _ordered_pairs(constraints)
    )
    if fall <= 0:
        return
    # Rows whose target lies between both outputs, against and in line with the order.
    against = int((is_below[:, a] & ~is_below[:, b]).sum())
    agreeing = int((is_below[:, b] & ~is_below[:, a]).sum())
    shown = ", ".join(percent(share, 1) for share in shares)
    message = (
        f"{owner}: `order` asks for output {a} <= output {b}, but {source} predicts "
        "them the other way round: the shares of the training targets below its "
        f"outputs are {shortened(shown)[1:-1]}. Sorting would turn one quantile into "
        "another. Declare their actual order, "
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
