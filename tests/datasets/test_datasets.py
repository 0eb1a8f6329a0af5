"""The shipped data sets: shapes, names, and the rules that they obey."""

import sys

import numpy as np
import pandas as pd
import pytest

from sklstm.datasets import load_bike_sharing, load_seattle_weather, load_solar

LOADERS = pytest.mark.parametrize(
    "loader", [load_solar, load_seattle_weather, load_bike_sharing]
)


def test_solar_keeps_its_physics_in_every_row():
    solar = load_solar()
    GHI, DHI, temperature, dew_point = solar.target.T
    assert solar.target.shape == (8760, 4)
    assert (DHI >= 0).all()
    assert (DHI <= GHI).all()
    assert (dew_point <= temperature).all()


def test_solar_has_the_extremes_of_its_source():
    target = load_solar().target
    np.testing.assert_array_equal(target.max(axis=0), [1013, 511, 35.6, 25.0])
    np.testing.assert_array_equal(target.min(axis=0), [0, 0, -16.7, -23.9])


def test_solar_hours_follow_each_other_and_night_is_dark():
    frame = load_solar(as_frame=True).frame
    assert (np.diff(frame.index) == np.timedelta64(1, "h")).all()
    assert frame.index[0] == pd.Timestamp("1990-01-01 01:00")
    assert (frame["hour"] % 24 == frame.index.hour).all()
    assert frame.loc[frame["hour"].isin([23, 24, 1, 2, 3]), "GHI"].max() == 0


def test_seattle_weather_is_dry_on_57_percent_of_days():
    rain = load_seattle_weather().target
    assert rain.shape == (1461,)
    assert rain.min() == 0
    assert np.mean(rain == 0) == pytest.approx(0.5736, abs=1e-4)
    assert rain.max() == 55.9


def test_seattle_weather_has_every_day_and_ordered_temperatures():
    X = load_seattle_weather(as_frame=True).data
    assert (X.index == pd.date_range("2012-01-01", "2015-12-31")).all()
    assert (X["temp_min"] <= X["temp_max"]).all()
    assert (X["day_of_year"] == X.index.day_of_year).all()


def test_bike_sharing_counts_add_up():
    y = load_bike_sharing(as_frame=True).target
    assert len(y) == 8645
    assert (y >= 0).all(axis=None)
    assert (y["casual"] + y["registered"] == y["count"]).all()
    assert y["count"].max() == 651


def test_bike_sharing_rows_rise_in_time_and_weather_has_units():
    X = load_bike_sharing(as_frame=True).data
    assert X.index.is_monotonic_increasing
    assert X.index.is_unique
    assert (X["weekday"] == (X.index.day_of_week + 1) % 7).all()
    assert X["temperature"].between(-10, 40).all()
    assert X["humidity"].between(0, 100).all()


@LOADERS
def test_arrays_and_frames_hold_the_same_numbers(loader):
    bunch, framed = loader(), loader(as_frame=True)
    np.testing.assert_array_equal(bunch.data, framed.data)
    np.testing.assert_array_equal(bunch.target, framed.target)
    np.testing.assert_array_equal(
        framed.frame, np.column_stack([bunch.data, bunch.target])
    )
    assert bunch.frame is None
    assert list(framed.data.columns) == bunch.feature_names == framed.feature_names
    assert list(framed.frame.columns) == bunch.feature_names + bunch.target_names
    assert framed.frame.index.name == "time"


@LOADERS
@pytest.mark.parametrize("as_frame", [False, True])
def test_return_X_y_returns_what_the_bunch_holds(loader, as_frame):
    bunch = loader(as_frame=as_frame)
    X, y = loader(return_X_y=True, as_frame=as_frame)
    assert type(X) is type(bunch.data)
    assert type(y) is type(bunch.target)
    np.testing.assert_array_equal(X, bunch.data)
    np.testing.assert_array_equal(y, bunch.target)


@LOADERS
def test_there_are_no_missing_values(loader):
    assert np.isfinite(loader(as_frame=True).frame).all(axis=None)


@LOADERS
def test_description_names_every_column_the_source_and_the_license(loader):
    bunch = loader()
    for word in [*bunch.feature_names, *bunch.target_names]:
        assert f"``{word}``" in bunch.DESCR
    assert ":Source:" in bunch.DESCR
    assert ":License:" in bunch.DESCR


@LOADERS
def test_missing_pandas_raises_with_the_cure(loader, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"pip install \"sklstm\[pandas\]\""):
        loader(as_frame=True)
    assert loader().frame is None


@LOADERS
def test_each_call_returns_new_arrays(loader):
    loader().target[:] = -1
    assert loader().target.max() > 0
