"""The wrapped regressor: what it may be, how many outputs it has, what it predicts.

Messages open with `owner`, the name of the estimator that wraps it.
"""

from numbers import Real

import numpy as np

from sklstm._utils.numeric import as_numbers
from sklstm._utils.quantile_levels import quantile_levels
from sklstm._utils.sklearn_private import _num_samples, _safe_indexing, tags_of


def check_regressor(regressor, *, owner):
    """Raise unless `regressor` is an instance, and not of a classifier or the like.

    Whether it says that it is a regressor is not asked: those of other libraries
    (scikeras) often do not, and work.
    """
    if isinstance(regressor, type):
        raise TypeError(
            f"{owner}: `regressor` must be an instance; got the class "
            f"{regressor.__name__}. Write {regressor.__name__}() instead."
        )
    estimator_type = tags_of(regressor).estimator_type
    if estimator_type not in (None, "regressor"):
        raise ValueError(
            f"{owner}: `regressor` must be a regressor; got a {estimator_type}, "
            f"{type(regressor).__name__}."
        )


def expected_outputs(regressor, y, *, declared):
    """Return how many outputs there will be, or None where only training can tell.

    Parameters
    ----------
    regressor : object
        Not fitted.
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        The target.
    declared : iterable
        What the user declared about the outputs. If anything of it speaks of single
        outputs, a 1-D y may be that of a quantile regressor that we do not know.
    """
    if y.ndim == 2:
        return y.shape[1]
    levels = quantile_levels(regressor)
    if levels is not None:
        return len(levels) or 1
    return 1 if all(map(_is_one_for_all, declared)) else None


def _is_one_for_all(declared):
    if isinstance(declared, str):
        return declared in ("increasing", "decreasing")
    return declared is None or isinstance(declared, Real)


def check_levels_agree(regressor, constraints, *, owner):
    """Raise if the order would make one quantile of another.

    Parameters
    ----------
    regressor : object
        Its quantile levels are looked at, if it has one for each output.
    constraints : Constraints
        The order in question.
    owner : str
        The name that opens the message.
    """
    levels = quantile_levels(regressor)
    if not levels or len(levels) != constraints.n_outputs:
        return
    for a, b in constraints.edges.tolist():
        if levels[a] > levels[b]:
            raise ValueError(
                f"{owner}: `order` asks for output {a} <= output {b}, but "
                f"{type(regressor).__name__} predicts the quantile {levels[a]} in "
                f"output {a} and {levels[b]} in output {b}. Give it its levels in "
                f"increasing order, or declare the order that they have: "
                f"order=[{np.argsort(levels, kind='stable').tolist()}]."
            )


def count_outputs(regressor, X, y):
    """Return how many outputs there are, after training.

    For a 1-D y it is seen in a prediction of the first sample, made without any further
    parameters.
    """
    if y.ndim == 2:
        return y.shape[1]
    rows = X.tocsr() if hasattr(X, "tocsr") else X  # some sparse forms have no rows
    try:
        first = regressor.predict(_safe_indexing(rows, [0]))
    except TypeError:  # `predict` needs more than X: it has one output, until it shows
        return 1
    return np.asarray(first).size or 1


def check_predictions(raw, X, *, n_outputs, flat, source, owner):
    """Return what a regressor predicted for `X` as floats, one row for each sample.

    Parameters
    ----------
    raw : object
        What ``predict`` returned. A DataFrame or Series becomes an array, integers
        become float64, any other float dtype stays.
    X : object
        The samples, of any kind that has a length.
    n_outputs : int
        The number of outputs expected.
    flat : bool
        Whether y was one-dimensional, so that a single column is squeezed.
    source : str
        The name of the regressor that predicted.
    owner : str
        The name of the estimator that was asked.

    Returns
    -------
    ndarray of shape (n_samples,) or (n_samples, n_outputs)
    """
    n_samples = _num_samples(X)
    if isinstance(raw, tuple):
        raise ValueError(
            f"{owner}: {source} predicted a tuple of {len(raw)} values. Ask it for the "
            "predictions alone (no return_std, return_cov or the like)."
        )
    # Missing and infinite values have a message of their own below.
    predicted = f"the prediction of {source}"
    values = as_numbers(raw, predicted, owner, missing=True, infinite=True)
    if n_samples == 1 and values.ndim < 2 and values.size == n_outputs:
        # scikeras squeezes all that it can out of the prediction of one sample.
        values = values.reshape((1, n_outputs) if n_outputs > 1 else 1)
    expected = (n_samples, n_outputs)
    if values.shape != expected and (n_outputs > 1 or values.shape != expected[:1]):
        raise ValueError(
            f"{owner}: {source} predicted an array of shape {values.shape} for "
            f"{n_samples} samples; expected {expected}, as {n_outputs} output(s) were "
            "seen in fit."
        )
    if flat and n_outputs == 1:
        values = values.reshape(n_samples)
    is_bad = ~np.isfinite(values if values.ndim == 2 else values[:, None]).all(axis=1)
    if is_bad.any():
        raise ValueError(
            f"{owner}: {source} predicted NaN or infinity in {is_bad.sum()} of "
            f"{n_samples} rows, the first of them row {is_bad.argmax()}. No constraint "
            "can mend that; look at its input and its training."
        )
    return values
