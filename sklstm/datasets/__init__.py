"""Real data whose truths no plain network keeps; shipped, so they load offline.

Each loader follows scikit-learn's: a :class:`~sklearn.utils.Bunch`, or ``(X, y)``, as
NumPy arrays or as pandas objects.
"""

from sklstm.datasets._loaders import (
    load_bike_sharing,
    load_seattle_weather,
    load_solar,
)

__all__ = ["load_solar", "load_seattle_weather", "load_bike_sharing"]
