"""Files that are damaged, cut off or not written to the end."""

import io
import pickle
from contextlib import suppress
from pathlib import Path

import joblib
import numpy as np
import pytest
import skops.io
from numpy.testing import assert_array_equal
from recurrent.networks import tiny
from regressors import Echo
from sklearn.preprocessing import FunctionTransformer
from test_bad_days.outcomes import BY_HAND

from sklstm import CalibratedQuantileRegressor, PositiveOrderedRegressor
from sklstm.preprocessing import SequenceScaler, SmearingTargetRegressor

X = np.abs(np.random.default_rng(0).normal(size=(40, 2)))
Y = np.sort(X, axis=1)


def first(X):
    return X[:, 0].copy()


@pytest.fixture(scope="module")
def fitted():
    echo = Echo(first)
    calibrated = CalibratedQuantileRegressor(echo, (0.3, 0.6), calibration_fraction=0.5)
    bounded = PositiveOrderedRegressor(
        Echo(np.array), lower=0.25, upper=[9.0, 9.0], order="y[0] + 0.125 <= y[1]"
    ).set_params(target_check="ignore")
    return {
        "network": tiny(units=1, epochs=1).fit(X, Y),
        "bounds": bounded.fit(X, Y),
        "calibration": calibrated.fit(X, Y[:, 0]),
        "residuals": SmearingTargetRegressor(echo).fit(X, Y[:, 0]),
        "scaler": SequenceScaler(FunctionTransformer(), n_timesteps=2).fit(X),
    }


NAMES = ["network", "bounds", "calibration", "residuals", "scaler"]


def save_joblib(estimator):
    file = io.BytesIO()
    joblib.dump(estimator, file)
    return file.getvalue()


def load_skops(content):
    trusted = skops.io.get_untrusted_types(data=content)
    return skops.io.loads(content, trusted=trusted)


FORMATS = {
    "pickle": (pickle.dumps, pickle.loads),
    "joblib": (save_joblib, lambda content: joblib.load(io.BytesIO(content))),
    "skops": (skops.io.dumps, load_skops),
}


def loads(load, content):
    """Return whether an estimator can be loaded."""
    try:
        load(content)
    except Exception:
        return False
    return True


def answer(estimator):
    method = "predict" if hasattr(estimator, "predict") else "transform"
    return getattr(estimator, method)(X)


@pytest.mark.filterwarnings("ignore::UserWarning")  # of other versions
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("format", FORMATS)
def test_a_file_with_a_flipped_byte_is_refused_or_loads_as_saved(fitted, name, format):
    save, load = FORMATS[format]
    content, expected = save(fitted[name]), answer(fitted[name])
    # In archives, most bytes are those of other files than that of the estimator.
    n_flips = BY_HAND or (30 if format == "skops" else 300)
    n_refused = 0
    for place in range(0, len(content), -(-len(content) // n_flips)):
        flipped = bytearray(content)
        flipped[place] ^= 1 + place % 255
        try:
            loaded = load(bytes(flipped))
        except Exception:
            n_refused += 1
            continue
        with suppress(AttributeError, TypeError, RuntimeError):  # has lost a part
            assert_array_equal(answer(loaded), expected)
    assert n_refused > 10


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("format", FORMATS)
def test_a_file_that_is_cut_off_is_refused(fitted, name, format):
    save, load = FORMATS[format]
    content = save(fitted[name])
    for length in range(0, len(content), -(-len(content) // 25)):
        assert not loads(load, content[:length])


class FullDisk(io.RawIOBase):
    """A file on a disk with room for some bytes."""

    def __init__(self, room):
        self.room = room

    def writable(self):
        return True

    def seekable(self):
        return False

    def write(self, content):
        self.room -= len(content)
        if self.room < 0:
            raise OSError(28, "No space left on device")
        return len(content)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dump", [pickle.dump, joblib.dump])
def test_a_full_disk_is_reported_and_leaves_the_estimator(fitted, name, dump):
    expected = answer(fitted[name])
    for room in (0, 100, 400):
        with pytest.raises(OSError, match="No space left"):
            dump(fitted[name], FullDisk(room))
    assert_array_equal(answer(fitted[name]), expected)
    assert_array_equal(answer(pickle.loads(pickle.dumps(fitted[name]))), expected)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("dump", [pickle.dump, joblib.dump])
def test_a_device_that_is_full_is_reported(fitted, dump):
    estimator = next(iter(fitted.values()))
    with pytest.raises(OSError, match="No space left"), open("/dev/full", "wb") as file:
        dump(estimator, file)
