"""Pickles with the version of sklstm that wrote them."""

import warnings

from sklearn.base import BaseEstimator
from sklearn.exceptions import InconsistentVersionWarning

from sklstm._version import __version__


class VersionedStateMixin(BaseEstimator):
    """Warn if an estimator is unpickled with another version of sklstm.

    scikit-learn does this only for its own estimators.
    """

    def __getstate__(self):
        return {**super().__getstate__(), "_sklstm_version": __version__}

    def __setstate__(self, state):
        state = dict(state)
        written_by = state.pop("_sklstm_version", "unknown")
        if written_by != __version__:
            warnings.warn(
                InconsistentVersionWarning(
                    estimator_name=type(self).__name__,
                    current_sklearn_version=f"{__version__} of sklstm",
                    original_sklearn_version=f"{written_by} of sklstm",
                ),
                stacklevel=2,
            )
        super().__setstate__(state)
