"""Which parameters have changed: what decides in `partial_fit`."""

import functools

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

from sklstm._utils.changes import changed_names


class Scale:
    def times(self, value):
        return value


SCALE = Scale()


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (1.0, 1),
        (np.nan, float("nan")),
        (np.array([1.0, 2.0]), np.array([1.0, 2.0])),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1]})),
        ([1, (2, np.array([3]))], [1, (2, np.array([3]))]),
        ({"a": np.array([3])}, {"a": np.array([3])}),
        (functools.partial(max, 1, key=abs), functools.partial(max, 1, key=abs)),
        (SCALE.times, SCALE.times),
        (Ridge(2.0), Ridge(2.0)),
        (keras.losses.Huber(2.0), keras.losses.Huber(2.0)),
        (keras.optimizers.Adam(0.1), keras.optimizers.Adam(0.1)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_equal_values_have_not_changed(now, before):
    assert changed_names({"a": now, "b": 1}, {"a": before, "c": 2}) == []


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (1.0, 2.0),
        (1.0, "1.0"),
        (np.array([1.0, 2.0]), np.array([1.0, 3.0])),
        (np.array([1.0, 2.0]), np.array([1.0])),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]})),
        ([1, (2, np.array([3]))], [1, (2, np.array([4]))]),
        ([1], [1, 2]),
        ({"a": np.array([3])}, {"a": np.array([4])}),
        ({"a": 1}, {"b": 1}),
        (functools.partial(max, 1), functools.partial(max, 2)),
        (functools.partial(max, key=abs), functools.partial(max, key=len)),
        (SCALE.times, Scale().times),
        (Ridge(2.0), Ridge(3.0)),
        (keras.losses.Huber(2.0), keras.losses.Huber(3.0)),
        (keras.optimizers.Adam(0.1), keras.optimizers.Adam(0.2)),
        (len, max),
        (np.random.default_rng(0), np.random.default_rng(0)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_other_values_have_changed(now, before):
    assert changed_names({"a": now}, {"a": before}) == ["a"]


def test_copies_of_what_cannot_be_compared_count_as_equal():
    now, before = np.random.default_rng(0), np.random.default_rng(0)
    assert changed_names({"a": now}, {"a": before}, are_copies=True) == []
    now, before = (lambda y: y), (lambda y: y)
    assert changed_names({"a": now}, {"a": before}, are_copies=True) == ["a"]


def test_a_comparison_leaves_configurations_as_they_are():
    class Schedule:
        def __init__(self):
            self.config = {"name": "schedule", "rate": 0.1}

        def get_config(self):
            return self.config

    now, before = Schedule(), Schedule()
    assert changed_names({"a": now}, {"a": before}) == []
    assert now.config == before.config == {"name": "schedule", "rate": 0.1}
