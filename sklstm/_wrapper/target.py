"""The training target: its form, its names, and whether it obeys the constraints."""

import warnings

import numpy as np
from sklearn.utils import check_array

from sklstm._constraints.apply import apply_constraints
from sklstm._constraints.resolve import Constraints
from sklstm._constraints.violations import find_target_violations
from sklstm._utils.text import percent
from sklstm.exceptions import ConstraintWarning

_KINDS = {"lower": "below `lower`", "upper": "above `upper`", "order": "out of `order`"}


def check_target(y, *, owner):
    """Return `y` as a finite, numeric array of one or two dimensions."""
    if y is None:
        raise ValueError(f"{owner} requires y to be passed, but the target y is None.")
    y = check_array(y, input_name="y", estimator=owner, ensure_2d=False, allow_nd=True)
    if y.ndim > 2:
        raise ValueError(
            f"{owner}: y must have shape (n_samples,) or (n_samples, n_outputs); "
            f"got {y.shape}."
        )
    return y


def check_target_obeys(
    y,
    constraints,
    *,
    action,
    owner,
    stacklevel,
    sample_order=None,
    groups=None,
    order_by=None,
):
    """Warn or raise if the training target itself breaks the constraints.

    A one-dimensional target of a regressor that predicts several outputs (quantiles) is
    compared with the widest bounds only: it has no order to check.

    Parameters
    ----------
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        The target.
    constraints : Constraints
        What was declared.
    action : {"warn", "raise", "ignore"}
        What to do where rows break the constraints.
    owner : str
        The name that opens the message.
    stacklevel : int
        How far up the caller is whom a warning is for, past our helpers and
        scikit-learn's wrapper.
    sample_order : {"increasing", "decreasing"}, default=None
        The order down the rows.
    groups, order_by : ndarray of shape (n_samples,), default=None
        Labels within which, and keys by which, the rows are ordered.

    Raises
    ------
    ValueError
        If `action` is "raise" and a row breaks a constraint.
    """
    if action == "ignore":
        return
    if y.ndim == 1 and constraints.n_outputs > 1:
        constraints = _unordered(constraints.lower.min(), constraints.upper.max())
    found = _describe_rules(find_target_violations(y, constraints))
    if sample_order is not None:
        found += _describe_samples(y, sample_order, groups, order_by, owner)
    if not found:
        return
    message = (
        f"{owner}: the training target breaks the constraints declared for it, so no "
        f"prediction can reach it: {'; '.join(found)}. Was y normalised? Then wrap the "
        f"scaler inside: {owner}(TransformedTargetRegressor(regressor, "
        "transformer=scaler)). Otherwise declare only what holds (order=None for "
        "outputs without an order), or silence this with target_check='ignore'."
    )
    if action == "raise":
        raise ValueError(message)
    warnings.warn(message, ConstraintWarning, stacklevel=stacklevel)


def _unordered(lower, upper):
    return Constraints(
        lower=np.atleast_1d(lower),
        upper=np.atleast_1d(upper),
        edges=np.empty((0, 2), dtype=np.intp),
    )


def _describe_samples(y, sample_order, groups, order_by, owner):
    """Return a phrase, in a list, if rows fall behind an earlier row."""
    y = y.astype(np.float64).reshape(len(y), -1)
    unbounded = np.full(y.shape[1], np.inf)
    in_order = apply_constraints(
        y,
        _unordered(-unbounded, unbounded),
        method="cummax",  # moves the rows that fall behind, and no other
        sample_order=sample_order,
        groups=groups,
        order_by=order_by,
        owner=owner,
    )
    share = (in_order != y).any(axis=1).mean()
    side = "below" if sample_order == "increasing" else "above"
    words = f"of its rows are {side} an earlier one (sample_order={sample_order!r})"
    return [f"{percent(share)} {words}"] if share else []


def _describe_rules(violations):
    """Return one phrase for each kind of rule, with the rule broken most often."""
    phrases = []
    for kind, words in _KINDS.items():
        broken = [(v.amount > 0, v.rule) for v in violations if v.kind == kind]
        rows = np.any([rows for rows, _ in broken], axis=0) if broken else np.False_
        if not rows.any():
            continue
        worst = max(broken, key=lambda rows_and_rule: rows_and_rule[0].sum())[1]
        phrases.append(f"{percent(rows.mean())} of its rows are {words} ({worst})")
    return phrases
