"""Loaders of the data sets in the folder `data`."""

import csv
import gzip
import io
from importlib import resources
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from sklstm._utils.optional import import_extra


def load_solar(*, return_X_y: bool = False, as_frame: bool = False) -> Any:
    """Load a year of hourly solar radiation and air temperature.

    In every row ``0 <= DHI <= GHI`` and ``dew_point <= temperature``. The data are a
    typical meteorological year, which joins whole months of different years.

    =================   =======================================
    Rows                8760 hours, in order of time
    Features            day of year, hour, ETR (W/m²)
    Targets             GHI, DHI (W/m²),
                        temperature, dew_point (degrees Celsius)
    =================   =======================================

    Parameters
    ----------
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=False
        If True, data and target are pandas objects, indexed by time. This requires
        pandas.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch` or tuple
        A Bunch with `data` (8760, 3), `target` (8760, 4), `feature_names`,
        `target_names`, `frame` (data and target in one DataFrame; None unless
        `as_frame`) and `DESCR` (units, source and license). ``(data, target)`` if
        `return_X_y` is True.

    Examples
    --------
    >>> from sklstm.datasets import load_solar
    >>> solar = load_solar()
    >>> solar.target_names
    ['GHI', 'DHI', 'temperature', 'dew_point']
    >>> GHI, DHI, temperature, dew_point = solar.target.T
    >>> bool((DHI <= GHI).all() and (dew_point <= temperature).all())
    True
    """
    targets = ["GHI", "DHI", "temperature", "dew_point"]
    return _load("solar", targets, return_X_y=return_X_y, as_frame=as_frame)


def load_seattle_weather(*, return_X_y: bool = False, as_frame: bool = False) -> Any:
    """Load four years of daily weather in Seattle, with precipitation as the target.

    Precipitation is never negative, and exactly 0 on 57 % of the days.

    =================   =======================================
    Rows                1461 days, in order of time
    Features            day of year,
                        temp_min, temp_max (degrees Celsius),
                        wind (m/s)
    Target              precipitation (mm)
    =================   =======================================

    Parameters
    ----------
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=False
        If True, data and target are pandas objects, indexed by time. This requires
        pandas.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch` or tuple
        A Bunch with `data` (1461, 4), `target` (1461,), `feature_names`,
        `target_names`, `frame` (data and target in one DataFrame; None unless
        `as_frame`) and `DESCR` (units, source and license). ``(data, target)`` if
        `return_X_y` is True.

    Examples
    --------
    >>> from sklstm.datasets import load_seattle_weather
    >>> X, y = load_seattle_weather(return_X_y=True)
    >>> X.shape, y.shape
    ((1461, 4), (1461,))
    >>> round(float((y == 0).mean()), 2)
    0.57
    """
    return _load(
        "seattle_weather", ["precipitation"], return_X_y=return_X_y, as_frame=as_frame
    )


def load_bike_sharing(*, return_X_y: bool = False, as_frame: bool = False) -> Any:
    """Load a year of hourly bike hires: casual, registered and their sum.

    In every row ``casual + registered == count``, ``0 <= casual <= count`` and
    ``0 <= registered <= count``. 115 hours of the year have no row.

    =================   =======================================
    Rows                8645 hours, in order of time
    Features            day of year, hour, weekday, holiday,
                        workingday, weather (1 to 4),
                        temperature, feels_like (degrees
                        Celsius), humidity (percent), wind
    Targets             casual, registered, count (hires)
    =================   =======================================

    Parameters
    ----------
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=False
        If True, data and target are pandas objects, indexed by time. This requires
        pandas.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch` or tuple
        A Bunch with `data` (8645, 10), `target` (8645, 3), `feature_names`,
        `target_names`, `frame` (data and target in one DataFrame; None unless
        `as_frame`) and `DESCR` (units, source and license). ``(data, target)`` if
        `return_X_y` is True.

    Examples
    --------
    >>> from sklstm.datasets import load_bike_sharing
    >>> X, y = load_bike_sharing(return_X_y=True, as_frame=True)
    >>> y.iloc[8]
    casual        1.0
    registered    7.0
    count         8.0
    Name: 2011-01-01 08:00:00, dtype: float64
    """
    targets = ["casual", "registered", "count"]
    return _load("bike_sharing", targets, return_X_y=return_X_y, as_frame=as_frame)


def _load(name, target_names, *, return_X_y, as_frame):
    """Read ``data/<name>.csv.gz``: a column of times, the features and the targets."""
    folder = resources.files("sklstm.datasets") / "data"
    text = gzip.decompress((folder / f"{name}.csv.gz").read_bytes()).decode()
    header, *rows = csv.reader(io.StringIO(text))
    values = np.array([row[1:] for row in rows], dtype=np.float64)
    names = header[1:]
    n_features = len(names) - len(target_names)
    data, target = values[:, :n_features].copy(), values[:, n_features:].copy()
    if len(target_names) == 1:
        target = target.ravel()

    frame = None
    if as_frame:
        needed_for = f"load_{name} with as_frame=True"
        pd = import_extra("pandas", extra="pandas", needed_for=needed_for)
        times = np.array([row[0] for row in rows], dtype="datetime64[s]")
        index = pd.DatetimeIndex(times, name=header[0])
        frame = pd.DataFrame(values, columns=names, index=index)
        data, target = frame[names[:n_features]], frame[target_names]
        if len(target_names) == 1:
            target = target[target_names[0]]

    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        frame=frame,
        feature_names=names[:n_features],
        target_names=target_names,
        DESCR=(folder / f"{name}.rst").read_text(encoding="utf-8"),
    )
