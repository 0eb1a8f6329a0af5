"""Absent steps: steps of a sequence that are NaN in every channel."""

import numpy as np

from sklstm._utils.text import shortened

# The inputs of an absent step during training, where scikeras refuses NaN. Those of
# other steps are smaller.
ABSENT = 1e38


def has_absent(sequences):
    """Return whether checked sequences have absent steps.

    Parameters
    ----------
    sequences : ndarray of shape (n_samples, n_timesteps, n_channels)
        After `check_steps`, so that one channel tells about all.
    """
    return bool(np.isnan(sequences[..., 0]).any())


def present(sequences):
    """Return a mask of the steps that are not absent, of all axes but the last."""
    return ~np.isnan(sequences[..., 0])


def check_steps(sequences, owner):
    """Raise if a step is NaN in some channels only, or if a row has no step at all.

    Parameters
    ----------
    sequences : ndarray of shape (n_samples, n_timesteps, n_channels)
        Sequences.
    owner : str
        Name of the caller, for error messages.
    """
    missing = np.isnan(sequences)
    if not missing.any():
        return
    absent = missing.all(axis=2)
    partly = missing.any(axis=2) & ~absent
    if partly.any():
        row, step = np.argwhere(partly)[0]
        channels = np.flatnonzero(missing[row, step]).tolist()
        raise ValueError(
            f"{owner}: X is NaN in some of the channels of {partly.sum()} steps; the "
            f"first is step {step} of row {row}, in channels {shortened(channels)}. A "
            "step that is NaN in every channel is absent, but single values must be "
            "imputed: use sklearn.impute.SimpleImputer before the windows are cut, or "
            "SequenceScaler(make_pipeline(StandardScaler(), SimpleImputer()))."
        )
    empty = np.flatnonzero(absent.all(axis=1))
    if empty.size:
        raise ValueError(
            f"{owner}: {empty.size} rows of X have no step that is not NaN; the first "
            f"is row {empty[0]}. Leave these rows out."
        )
