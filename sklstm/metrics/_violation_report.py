"""violation_report: how often and by how much predictions violate constraints."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from sklstm._constraints.bounds import array_of
from sklstm._constraints.resolve import resolve_constraints
from sklstm._constraints.samples import resolve_sample_order
from sklstm._utils.annotations import Bound, Keys, Order
from sklstm._utils.frames import check_same_names, column_names
from sklstm._utils.numeric import as_table
from sklstm._utils.optional import import_extra
from sklstm._utils.text import percent
from sklstm._utils.unwrap import find_within

# The default of `lower`; another 0.0 is one that was given.
_ZERO = 0.0


@dataclass(frozen=True, eq=False, repr=False)
class ViolationReport:
    """Result of :func:`~sklstm.metrics.violation_report`, which is printed as a table.

    Attributes
    ----------
    n_samples : int
        Number of rows.
    share_any : float
        Fraction of the rows that violate at least one rule.
    rules : tuple of str
        The rules, such as ``"'DHI' <= 'GHI'"``.
    share : ndarray of shape (n_rules,)
        Fraction of the rows that violate the rule.
    mean_violation, max_violation : ndarray of shape (n_rules,)
        Mean and maximum violation over the rows that violate the rule, in the unit of
        the target; 0 if there are none.
    mean_shift : ndarray of shape (n_rules,) or None
        Mean change by the adjustment over all rows. For a bound, it is the change of
        the output, that is, the bias that the adjustment causes; for an order, it is
        the change of the gap between the two outputs, and for an order down the rows,
        that of the mean of the outputs. None without adjusted predictions.
    bound_mass : ndarray of shape (n_rules,) or None
        Fraction of the rows that the adjustment moved exactly to the boundary of the
        rule: to the bound (or the closest number of their dtype that obeys it), to
        equal outputs, or to an output of the row before. None without adjusted
        predictions.
    """

    n_samples: int
    share_any: float
    rules: tuple[str, ...]
    share: np.ndarray
    mean_violation: np.ndarray
    max_violation: np.ndarray
    mean_shift: np.ndarray | None = None
    bound_mass: np.ndarray | None = None

    def to_frame(self) -> Any:
        """Convert to a DataFrame with one row for each rule.

        Returns
        -------
        frame : pandas.DataFrame
            The index has the rules. Each attribute with a value for each rule is a
            column.
        """
        needed_for = "ViolationReport.to_frame"
        pd = import_extra("pandas", extra="pandas", needed_for=needed_for)
        return pd.DataFrame(self._columns(), index=pd.Index(self.rules, name="rule"))

    def _columns(self):
        columns = {
            "share": self.share,
            "mean_violation": self.mean_violation,
            "max_violation": self.max_violation,
            "mean_shift": self.mean_shift,
            "bound_mass": self.bound_mass,
        }
        return {k: v for k, v in columns.items() if v is not None}

    def plot(self, ax: Any = None) -> Any:
        """Draw the share of rows that violate each rule.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates a figure.

        Returns
        -------
        ax : matplotlib Axes
            The axes drawn on.
        """
        needed_for = "ViolationReport.plot"
        if ax is None:
            plt = import_extra("matplotlib.pyplot", extra="plot", needed_for=needed_for)
            _, ax = plt.subplots(layout="constrained")
        places = np.arange(len(self.rules))
        bars = ax.barh(places, 100 * self.share, color="tab:red")
        ax.bar_label(
            bars, [percent(share, digits=1) for share in self.share], padding=3
        )
        # A dollar sign in a name is not mathematics.
        names = [rule.replace("$", r"\$") for rule in self.rules]
        ax.set_yticks(places, names)
        ax.invert_yaxis()
        ax.set(xlabel="Rows that violate the rule (%)", xlim=(0, 115))
        return ax

    def _repr_html_(self):
        header, *rows = self._table()
        lines = ["<table>", "<thead>", _html_row(header, "th"), "</thead>", "<tbody>"]
        lines += [_html_row(row, "td") for row in rows]
        return "\n".join([*lines, "</tbody>", "</table>"])

    def __repr__(self):
        rows = self._table()
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])])
            for row in rows
        ]
        return "\n".join(line.rstrip() for line in lines)

    def _table(self):
        """Return the rows of the printed table as lists of text, the header first."""
        total = f"any of {len(self.rules)} rules, {self.n_samples} rows"
        table = [["rule", *self.rules, total]]
        for name, values in self._columns().items():
            is_share = name in ("share", "bound_mass")
            cells = [percent(v, digits=1) if is_share else f"{v:.4g}" for v in values]
            last = percent(self.share_any, digits=1) if name == "share" else ""
            table.append([name, *cells, last])
        return list(zip(*table, strict=True))


def _html_row(cells, tag):
    first, *rest = map(escape, cells)
    cells = [f"<th>{first}</th>", *(f"<{tag}>{cell}</{tag}>" for cell in rest)]
    return f"<tr>{''.join(cells)}</tr>"


def violation_report(
    y_pred: Any,
    X: ArrayLike | None = None,
    *,
    lower: Bound = _ZERO,
    upper: Bound = None,
    order: Order = "increasing",
    rules: Sequence[str] | None = None,
    sample_order: str | None = None,
    adjusted: ArrayLike | None = None,
    groups: Keys = None,
    order_by: Keys = None,
) -> ViolationReport:
    """Measure how often and by how much predictions violate bounds and orders.

    Parameters
    ----------
    y_pred : array-like or DataFrame of shape (n_samples, n_outputs) or (n_samples,), \
or estimator
        Predictions, for example before they are adjusted. The columns of a DataFrame
        name the outputs. Or a fitted :class:`~sklstm.PositiveOrderedRegressor`, or a
        Pipeline or search with one as its last step, whose raw and adjusted predictions
        for `X` are compared by the rules that it was fitted with.
    X : array-like, default=None
        Samples, for an estimator.
    lower, upper, order, rules : object
        The rules, as in :func:`~sklstm.adjust_predictions`. With an estimator, `lower`
        and `upper` are further bounds of these samples. Bounds also apply along the
        order: with ``lower={"low": 0}`` and ``order="low <= high"``, the
        output ``high`` must not be negative, either.
    sample_order : {"increasing", "decreasing"}, default=None
        Whether values must not fall or must not rise down the rows. A row violates
        this if it falls behind an earlier one in some output, by the largest amount
        over the outputs; its `mean_shift` is that of the mean of the outputs. With an
        estimator, its own `sample_order` is used.
    adjusted : array-like of the shape of `y_pred`, default=None
        The same predictions after the adjustment, to measure its effect. A DataFrame
        must have the same columns as `y_pred`.
    groups, order_by : array-like of shape (n_samples,), default=None
        The group of each row, and the keys by which the rows of a group are ordered,
        for `sample_order`; with an estimator, as for its ``predict``.

    Returns
    -------
    report : ViolationReport
        It is printed as a table, and ``to_frame()`` converts it to a DataFrame. `share`
        is the fraction of rows that violate a rule, `mean_violation` and
        `max_violation` are the size of these violations, and `mean_shift` and
        `bound_mass` are the effect of the adjustment on all rows.

    Raises
    ------
    TypeError, ValueError
        If the rules contradict each other or do not fit `y_pred`.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.metrics import violation_report
    >>> raw = np.array([[-1.0, 2.0], [3.0, 1.0], [2.0, 5.0], [4.0, 4.0]])
    >>> adjusted = np.array([[0.0, 2.0], [2.0, 2.0], [2.0, 5.0], [4.0, 4.0]])
    >>> violation_report(raw, adjusted=adjusted)
    rule                    share  mean_violation  max_violation  mean_shift  bound_mass
    output 0 >= 0.0         25.0%               1              1           0       25.0%
    output 1 >= 0.0          0.0%               0              0        0.25        0.0%
    output 0 <= output 1    25.0%               2              2        0.25       25.0%
    any of 3 rules, 4 rows  50.0%
    """
    if hasattr(y_pred, "predict"):
        is_default = isinstance(order, str) and order == "increasing"
        others = (rules, sample_order, adjusted)
        if not is_default or any(value is not None for value in others):
            raise TypeError(
                "violation_report: an estimator knows its rules and adjusts its own "
                "predictions; leave out `order`, `rules`, `sample_order` and "
                "`adjusted`."
            )
        given = {"lower": None if lower is _ZERO else lower, "upper": upper}
        given |= {"groups": groups, "order_by": order_by}
        return _measure(*_of_estimator(y_pred, X, given))
    if X is not None:
        raise TypeError("violation_report: `X` goes with an estimator only.")
    owner, names = "violation_report", column_names(y_pred)
    values = as_table(y_pred, "y_pred", owner)
    constraints = resolve_constraints(
        lower=lower,
        upper=upper,
        order=order,
        rules=rules,
        n_outputs=values.shape[1],
        output_names=names,
        n_samples=len(values),
        owner=owner,
    )
    bounds = [(b, array_of(b, constraints.outputs)) for b in constraints.row_bounds]
    constraints = constraints.for_rows(len(values), bounds)
    samples = resolve_sample_order(len(values), sample_order, groups, order_by, owner)
    after = None
    if adjusted is not None:
        check_same_names(names, adjusted, "adjusted", owner)
        after = as_table(adjusted, "adjusted", owner)
        if after.shape != values.shape:
            raise ValueError(
                f"{owner}: `adjusted` must have the shape of `y_pred`, "
                f"{values.shape}; got {after.shape}."
            )
    return _measure(values, after, constraints, samples)


def _of_estimator(estimator, X, given):
    """Return raw and adjusted predictions, their constraints, and the order of rows."""
    check_is_fitted(estimator)
    if X is None:
        raise TypeError(
            "violation_report: give the samples after the estimator, as in "
            "violation_report(model, X)."
        )
    found, X = find_within(estimator, "predict_raw", X)
    if found is None:
        raise TypeError(
            f"violation_report: {type(estimator).__name__} has no `predict_raw`. Give "
            "a PositiveOrderedRegressor, or predictions and the rules."
        )
    raw, adjusted, constraints, samples = found._predict_both(X, given)
    shape = -1, constraints.n_outputs
    return raw.reshape(shape), adjusted.reshape(shape), constraints, samples


def _measure(values, after, constraints, samples):
    """Return the report of values, and of the same values after the adjustment."""
    rules = [*constraints.rules, *filter(None, [samples])]
    # Differences of small floats lose digits, and their sums overflow.
    exact = values.astype(np.float64)
    amounts = np.empty((len(rules), len(values)))
    # Differences of huge values, and sums of them, overflow to infinity.
    with np.errstate(over="ignore", invalid="ignore"):
        for rule, amount in zip(rules, amounts, strict=True):
            amount[:] = rule.amount(values)
        totals = amounts.sum(axis=1)
    counts = np.count_nonzero(amounts, axis=1)
    mean_shift = bound_mass = None
    if after is not None:
        exact_after = after.astype(np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            before = np.array([rule.quantity(exact) for rule in rules])
            shift = np.array([rule.quantity(exact_after) for rule in rules]) - before
            mean_shift = shift.mean(axis=1) if len(rules) else np.empty(0)
        is_new = [rule.is_on_edge(after) & ~rule.is_on_edge(values) for rule in rules]
        bound_mass = np.array([new.mean() for new in is_new])
    return ViolationReport(
        n_samples=len(values),
        share_any=float((amounts > 0).any(axis=0).mean()),
        rules=tuple(rule.statement for rule in rules),
        share=counts / len(values),
        mean_violation=totals / np.maximum(counts, 1),
        max_violation=amounts.max(axis=1, initial=0),
        mean_shift=mean_shift,
        bound_mass=bound_mass,
    )
