"""Checks of the training target: its shape, and whether it obeys the constraints."""

import warnings
from itertools import groupby

import numpy as np

from sklstm._utils.numeric import as_numbers
from sklstm._utils.text import percent
from sklstm._wrapper.advice import advise
from sklstm.exceptions import ConstraintWarning


def check_target(y, *, owner):
    """Return `y` as an array of one or two dimensions; see `as_numbers`."""
    if y is None:
        raise ValueError(f"{owner} requires y to be passed, but the target y is None.")
    y = as_numbers(y, "y", owner, keep_integers=True)
    if y.ndim not in (1, 2) or 0 in y.shape:
        raise ValueError(
            f"{owner}: y must have shape (n_samples,) or (n_samples, n_outputs), with "
            f"at least one row and column; got {y.shape}."
        )
    return y


def check_target_obeys(y, constraints, samples, *, action, stacklevel):
    """Warn or raise if the training target itself violates the constraints.

    A target of several quantiles is only compared with the widest of their bounds,
    since it has no order.

    Parameters
    ----------
    y : ndarray of shape (n_samples,), (n_samples, n_outputs) or (n_samples, n_targets)
        Target values.
    constraints : Constraints
        The declared constraints.
    samples : SampleOrder or None
        The order of the rows of `y`.
    action : {"warn", "raise", "ignore"}
        What to do if rows violate the constraints.
    stacklevel : int
        Level of the caller's code, as in ``warnings.warn``.

    Raises
    ------
    ValueError
        If `action` is "raise" and a row violates a constraint.
    """
    if action == "ignore":
        return
    outputs = constraints.outputs
    if outputs.targets or (y.ndim == 1 and outputs.n_outputs > 1):
        constraints = constraints.widest()
    values = y.reshape(len(y), -1).astype(np.float64)  # small dtypes would wrap
    rules = [*constraints.rules, *([samples] if samples else [])]
    # Differences of huge targets overflow to infinity.
    with np.errstate(over="ignore", invalid="ignore"):
        broken = [(rule, rule.amount(values) > 0) for rule in rules]
        broken = [(rule, rows) for rule, rows in broken if rows.any()]
        if not broken:
            return
        message = (
            f"{outputs.owner}: the training target breaks the constraints declared for "
            f"it, so no prediction can reach it: {'; '.join(_describe(broken))}. "
            f"{' '.join(advise(values, constraints, broken))} "
            "target_check='ignore' silences this."
        )
    if action == "raise":
        raise ValueError(message)
    warnings.warn(message, ConstraintWarning, stacklevel=stacklevel)


def _describe(broken):
    """Return one phrase for each kind of rule, with the rule broken most often."""
    phrases = []
    for words, same_kind in groupby(broken, key=lambda pair: pair[0].broken):
        rules, rows = zip(*same_kind, strict=True)
        share = np.any(rows, axis=0).mean()
        worst = rules[int(np.argmax(np.sum(rows, axis=1)))]
        phrases.append(f"{percent(share)} of its rows are {words} ({worst.statement})")
    return phrases
