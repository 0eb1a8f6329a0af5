"""Make the CSV files of sklstm/datasets/data from the packages that ship their sources.

    pip install --no-deps pvlib vega_datasets ISLP
    python scripts/make_datasets.py

The sources are found through the metadata of the packages, which are not imported, so
their dependencies are not needed. Another run gives the same files, byte for byte (with
the same version of zlib).
"""

import csv
import gzip
import io
from datetime import datetime, timedelta
from importlib.metadata import files
from pathlib import Path

OUT = Path(__file__).parent.parent / "sklstm" / "datasets" / "data"
WEATHER_CODES = {
    "clear": 1,
    "cloudy/misty": 2,
    "light rain/snow": 3,
    "heavy rain/snow": 4,
}


def read_source(package, path, *, skip_lines=0):
    """Return the rows of a CSV file of an installed package as dicts."""
    found = next((f for f in files(package) or [] if f.as_posix() == path), None)
    if found is None:
        raise FileNotFoundError(f"{package} is installed without {path}.")
    lines = Path(found.locate()).read_text().splitlines()
    return list(csv.DictReader(lines[skip_lines:]))


def calendar(time):
    return {"time": time.isoformat(), "day_of_year": time.timetuple().tm_yday}


def solar():
    # The months come from different years, and the hours run from 01:00 to 24:00. The
    # rows get new times: the ends of the hours in a nominal year of 365 days.
    source = read_source("pvlib", "pvlib/data/723170TYA.CSV", skip_lines=1)
    first = datetime(1990, 1, 1)
    for i, row in enumerate(source):
        hour = int(row["Time (HH:MM)"][:2])
        assert hour == i % 24 + 1, f"row {i} is out of order"
        start = first + timedelta(hours=i)
        assert row["Date (MM/DD/YYYY)"][:5] == f"{start:%m/%d}", f"row {i}: its date"
        out = {
            "time": (start + timedelta(hours=1)).isoformat(),
            "day_of_year": start.timetuple().tm_yday,
            "hour": hour,
            "ETR": float(row["ETR (W/m^2)"]),
            "GHI": float(row["GHI (W/m^2)"]),
            "DHI": float(row["DHI (W/m^2)"]),
            "temperature": float(row["Dry-bulb (C)"]),
            "dew_point": float(row["Dew-point (C)"]),
        }
        assert 0 <= out["DHI"] <= out["GHI"], out
        assert out["dew_point"] <= out["temperature"], out
        yield out


def seattle_weather():
    source = read_source("vega_datasets", "vega_datasets/_data/seattle-weather.csv")
    first = datetime(2012, 1, 1)
    for i, row in enumerate(source):
        time = datetime.strptime(row["date"], "%Y/%m/%d")
        assert time == first + timedelta(days=i), f"a day is missing before {time}"
        out = {
            **calendar(time),
            "temp_min": float(row["temp_min"]),
            "temp_max": float(row["temp_max"]),
            "wind": float(row["wind"]),
            "precipitation": float(row["precipitation"]),
        }
        assert out["precipitation"] >= 0, out
        assert out["temp_min"] <= out["temp_max"], out
        yield out


def bike_sharing():
    # Convert normalised values back to their units, with the formulas of the UCI page.
    previous = datetime.min
    for row in read_source("ISLP", "ISLP/data/Bikeshare.csv"):
        time = datetime(2011, 1, 1) + timedelta(
            days=int(row["day"]) - 1, hours=int(row["hr"])
        )
        assert time > previous, f"rows are out of order at {time}"
        previous = time
        out = {
            **calendar(time),
            "hour": time.hour,
            "weekday": int(row["weekday"]),
            "holiday": int(row["holiday"]),
            "workingday": int(row["workingday"]),
            "weather": WEATHER_CODES[row["weathersit"]],
            "temperature": round(float(row["temp"]) * 47 - 8, 2),
            "feels_like": round(float(row["atemp"]) * 66 - 16, 2),
            "humidity": round(float(row["hum"]) * 100),
            "wind": round(float(row["windspeed"]) * 67),
            "casual": int(row["casual"]),
            "registered": int(row["registered"]),
            "count": int(row["bikers"]),
        }
        assert out["casual"] + out["registered"] == out["count"], out
        yield out


def write(name, rows):
    """Write the rows as a gzip CSV file without a time stamp, so the bytes repeat."""
    rows = list(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({k: f"{v:g}" if k != "time" else v for k, v in row.items()})
    compressed = gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0)
    (OUT / name).write_bytes(compressed)
    print(f"{name}: {len(rows)} rows, {len(compressed) / 1e3:.0f} kB")


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    write("solar.csv.gz", solar())
    write("seattle_weather.csv.gz", seattle_weather())
    write("bike_sharing.csv.gz", bike_sharing())
