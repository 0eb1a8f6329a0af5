"""Real data sets that obey simple rules, shipped with the package.

As in scikit-learn, each loader returns a :class:`~sklearn.utils.Bunch` or ``(X, y)``,
with NumPy arrays or pandas objects.
"""

from sklstm.datasets._loaders import (
    load_bike_sharing,
    load_seattle_weather,
    load_solar,
)

__all__ = ["load_solar", "load_seattle_weather", "load_bike_sharing"]
