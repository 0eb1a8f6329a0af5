"""Copies of every kind predict the same."""

import copy
import io
import pickle

import cloudpickle
import joblib
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.linear_model import Ridge

from sklstm import PositiveOrderedRegressor


def column_zero(X):
    return X[:, 0]


def through_joblib(model):
    file = io.BytesIO()
    joblib.dump(model, file)
    return joblib.load(file)


def through_skops(model):
    sio = pytest.importorskip("skops.io")
    data = sio.dumps(model)
    trusted = sio.get_untrusted_types(data=data)
    assert all(name.startswith("sklstm.") for name in trusted)
    return sio.loads(data, trusted=trusted)


COPIES = {
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "cloudpickle": lambda model: pickle.loads(cloudpickle.dumps(model)),
    "joblib": through_joblib,
    "skops": through_skops,
    "deepcopy": copy.deepcopy,
    "clone": lambda model: clone(model),
}


@pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES)
def test_a_copy_predicts_the_same(daily_range, duplicate):
    X, y = daily_range
    y = pd.DataFrame(y, columns=["low", "high"])
    model = PositiveOrderedRegressor(
        Ridge(), order=["low <= high"], upper={"high": 3.0}, target_check="ignore"
    )
    model.fit(X, y)
    twin = duplicate(model)
    if not hasattr(twin, "regressor_"):
        twin.fit(X, y)
    assert_array_equal(twin.predict(3 * X), model.predict(3 * X))
    assert_array_equal(twin.predict_raw(3 * X), model.predict_raw(3 * X))
    assert twin.output_names_ == ("low", "high")
    assert repr(twin) == repr(model)


@pytest.mark.parametrize("key", [column_zero, lambda X: X[:, 0]])
def test_callables_survive_a_clone_and_the_pickle_that_can_hold_them(daily_range, key):
    X, y = daily_range[0], daily_range[1][:, 0]
    model = PositiveOrderedRegressor(
        Ridge(), sample_order="increasing", order_by=key, target_check="ignore"
    )
    assert clone(model).order_by is key
    model.fit(X, y)
    twin = pickle.loads(cloudpickle.dumps(model))
    assert_array_equal(twin.predict(X), model.predict(X))
    assert (np.diff(model.predict(X)[X[:, 0].argsort()]) >= 0).all()
