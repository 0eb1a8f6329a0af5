"""pad_sequences: sequences of different length as one array."""

from collections.abc import Iterable, Mapping
from numbers import Integral
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import check_scalar

from sklstm._utils.frames import all_column_names, collected
from sklstm._utils.numeric import as_table
from sklstm._utils.text import shortened
from sklstm._utils.validation import check_choice


def pad_sequences(
    sequences: Any, *, n_timesteps: int | None = None, padding: str = "pre"
) -> np.ndarray:
    """Stack sequences of different length, with NaN for the steps that are missing.

    :class:`~sklstm.LSTMRegressor` skips these steps, and
    :class:`~sklstm.preprocessing.SequenceScaler` keeps them.

    Parameters
    ----------
    sequences : iterable of array-like of shape (n_steps_i, n_channels) or (n_steps_i,)
        Sequences of numbers, as arrays or DataFrames with the same columns. Values may
        be missing.
    n_timesteps : int, default=None
        Number of steps of the result. None takes that of the longest sequence.
    padding : {"pre", "post"}, default="pre"
        Whether the missing steps come before or after those of a sequence.

    Returns
    -------
    X : ndarray of shape (n_samples, n_timesteps, n_channels)
        float32 if all sequences are, otherwise float64.

    Raises
    ------
    TypeError
        If `sequences` is not iterable, or `n_timesteps` is not an int.
    ValueError
        If a sequence is empty, longer than `n_timesteps`, has other channels than the
        first, or is not numeric.

    See Also
    --------
    make_windows : Windows of long series, padded if they have a short history.

    Examples
    --------
    >>> from sklstm.preprocessing import pad_sequences
    >>> pad_sequences([[1.0, 2.0, 3.0], [4.0]])[:, :, 0]
    array([[ 1.,  2.,  3.],
           [nan, nan,  4.]])
    """
    check_choice(padding, "padding", ("pre", "post"), "pad_sequences")
    if n_timesteps is not None:
        if isinstance(n_timesteps, bool):  # an Integral to Python
            raise TypeError(
                f"pad_sequences: `n_timesteps` must be an int; got {n_timesteps}."
            )
        check_scalar(n_timesteps, "pad_sequences: `n_timesteps`", Integral, min_val=1)
        n_timesteps = int(n_timesteps)  # small integers would overflow
    if (
        not _has_rows(sequences)
        or not isinstance(sequences, Iterable)
        or isinstance(sequences, str | Mapping)
    ):
        raise TypeError(
            "pad_sequences: `sequences` must be a list of arrays or DataFrames, one "
            f"for each sample; got {shortened(sequences)}."
        )
    read = [_read(sequence, i) for i, sequence in enumerate(sequences)]
    if not read:
        raise ValueError("pad_sequences: `sequences` is empty.")
    for i, one in enumerate(read):
        _check_channels(i, *one, *read[0])
    found = [values for values, _ in read]
    lengths = [len(values) for values in found]
    longest = int(np.argmax(lengths))
    if n_timesteps is None:
        n_timesteps = lengths[longest]
    elif lengths[longest] > n_timesteps:
        raise ValueError(
            f"pad_sequences: sequence {longest} has {lengths[longest]} steps, but "
            f"n_timesteps={n_timesteps}. Cut it, for example to its last steps: "
            f"sequence[-{n_timesteps}:]."
        )
    is_float32 = all(values.dtype == np.float32 for values in found)
    dtype = np.float32 if is_float32 else np.float64
    X = np.full((len(found), n_timesteps, found[0].shape[1]), np.nan, dtype=dtype)
    for row, values in zip(X, found, strict=True):
        first = n_timesteps - len(values) if padding == "pre" else 0
        row[first : first + len(values)] = values
    return X


def _has_rows(values):
    """Return whether values may have rows: sparse ones and scalars have no length."""
    return not issparse(values) and getattr(values, "shape", None) != ()


def _read(sequence, i):
    """Return a sequence as a 2-D array of floats, and the names of its columns."""
    sequence = collected(sequence)
    what = f"sequence {i}"
    if _has_rows(sequence) and hasattr(sequence, "__len__") and len(sequence) == 0:
        raise ValueError(f"pad_sequences: {what} has no steps. Leave it out.")
    values = as_table(sequence, what, "pad_sequences", missing=True, infinite=True)
    return values, list(all_column_names(sequence))


def _check_channels(i, values, columns, first, names):
    if values.shape[1] != first.shape[1]:
        raise ValueError(
            f"pad_sequences: sequence {i} has {values.shape[1]} channels, but sequence "
            f"0 has {first.shape[1]}."
        )
    if columns and names and columns != names:
        raise ValueError(
            f"pad_sequences: sequence {i} has the columns {shortened(columns)}, but "
            f"sequence 0 has {shortened(names)}."
        )
