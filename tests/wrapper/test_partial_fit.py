"""Training in parts."""

import copy
import pickle

import keras
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from regressors import Echo
from sklearn.linear_model import Ridge, SGDRegressor
from sklearn.multioutput import MultiOutputRegressor
from sklearn.neural_network import MLPRegressor
from wrapper.rows import OBEDIENT, RAW, echo

from sklstm import LSTMRegressor, PositiveOrderedRegressor
from sklstm.exceptions import ConstraintWarning


def test_partial_fit_continues_with_the_constraints_of_the_first_call():
    y = pd.DataFrame(OBEDIENT, columns=["low", "close", "high"])
    model = PositiveOrderedRegressor(Echo(), order=["low <= high"])
    assert model.partial_fit(RAW, y) is model
    model.partial_fit(RAW[:1], y[:1])
    assert model.regressor_.calls_ == 2
    assert model.output_names_ == ("low", "close", "high")
    assert_array_equal(model.predict(RAW), [[1, 2, 3], [0, 2, 3], [2, 1, 3]])


def test_partial_fit_after_fit_continues_it():
    model = echo()
    fitted = model.regressor_
    assert model.partial_fit(RAW, OBEDIENT).regressor_ is fitted
    assert model.fit(RAW, OBEDIENT).regressor_ is not fitted


@pytest.mark.parametrize(
    "y",
    [
        OBEDIENT[:, :2],
        OBEDIENT[:, 0],
        pd.DataFrame(OBEDIENT, columns=["close", "low", "high"]),
    ],
)
def test_partial_fit_with_other_outputs_raises(y):
    first = pd.DataFrame(OBEDIENT, columns=["low", "close", "high"])
    model = PositiveOrderedRegressor(Echo()).partial_fit(RAW, first)
    with pytest.raises(ValueError, match="outputs of the first"):
        model.partial_fit(RAW, y)


def test_a_warning_of_partial_fit_points_at_its_caller():
    model = PositiveOrderedRegressor(Echo())
    for _ in range(2):
        with pytest.warns(ConstraintWarning) as record:
            model.partial_fit(RAW, -OBEDIENT)
        assert record[0].filename == __file__


def test_partial_fit_checks_each_target():
    model = PositiveOrderedRegressor(Echo(), target_check="raise")
    model.partial_fit(RAW, OBEDIENT)
    with pytest.raises(ValueError, match="below `lower`"):
        model.partial_fit(RAW, -OBEDIENT)


def test_partial_fit_is_there_only_where_the_regressor_has_it(daily_range):
    X, y = daily_range
    assert hasattr(PositiveOrderedRegressor(SGDRegressor()), "partial_fit")
    assert hasattr(PositiveOrderedRegressor(), "partial_fit")
    assert not hasattr(PositiveOrderedRegressor(Ridge()), "partial_fit")
    assert not hasattr(PositiveOrderedRegressor(Ridge()).fit(X, y), "partial_fit")


def in_parts(regressor):
    model = PositiveOrderedRegressor(regressor, order=None)
    return model.partial_fit(RAW, OBEDIENT[:, 0])


# Each has another value than by default.
OTHER_VALUES = {
    "loss": "huber",
    "penalty": "l1",
    "alpha": 0.5,
    "l1_ratio": 0.5,
    "fit_intercept": False,
    "max_iter": 5,
    "tol": None,
    "shuffle": False,
    "verbose": 1,
    "epsilon": 0.5,
    "random_state": 1,
    "learning_rate": "constant",
    "eta0": 0.5,
    "power_t": 0.5,
    "early_stopping": True,
    "validation_fraction": 0.5,
    "n_iter_no_change": 2,
    "warm_start": True,
    "average": True,
}


@pytest.mark.parametrize("saved", [False, True])
def test_a_changed_parameter_of_the_regressor_is_refused_by_name(saved):
    for name in SGDRegressor().get_params():
        model = in_parts(SGDRegressor(random_state=0))
        model = pickle.loads(pickle.dumps(model)) if saved else model
        before = model.regressor_.coef_.copy()
        value = OTHER_VALUES.get(name, 7)
        model.set_params(**{f"regressor__{name}": value})

        message = rf"continues with regressor__{name}=.*cannot become {value!r}"
        with pytest.raises(ValueError, match=message):
            model.partial_fit(RAW, OBEDIENT[:, 0])
        assert_array_equal(model.regressor_.coef_, before)

        model.regressor_.set_params(**{name: value})
        if name not in ("early_stopping", "average"):  # which it cannot change itself
            model.partial_fit(RAW, OBEDIENT[:, 0])


@pytest.mark.parametrize(
    ("regressor", "changed", "named"),
    [
        (
            MultiOutputRegressor(SGDRegressor(random_state=0)),
            {"estimator__loss": "huber"},
            "regressor__estimator__loss='squared_error'",
        ),
        (
            MultiOutputRegressor(SGDRegressor(random_state=0)),
            {"estimator": MLPRegressor()},
            r"regressor__estimator=SGDRegressor\(",
        ),
        (
            MLPRegressor(max_iter=1, random_state=0),
            {"hidden_layer_sizes": (3,)},
            r"regressor__hidden_layer_sizes=\(100,\)",
        ),
        (
            SGDRegressor(random_state=np.random.RandomState(0)),
            {"random_state": np.random.RandomState(0)},
            "regressor__random_state=RandomState",
        ),
        (Echo(answer=lambda X: X), {"answer": lambda X: X}, "regressor__answer=<func"),
        (Echo(answer=np.negative), {"answer": np.positive}, "regressor__answer=<ufunc"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_changes_are_found_in_values_of_every_kind(regressor, changed, named):
    y = OBEDIENT if isinstance(regressor, MultiOutputRegressor | Echo) else RAW[:, 0]
    model = PositiveOrderedRegressor(regressor, order=None, target_check="ignore")
    model.partial_fit(RAW, y).partial_fit(RAW, y)
    for name, value in changed.items():
        model.set_params(**{f"regressor__{name}": value})

    with pytest.raises(ValueError, match=f"training continues with {named}"):
        model.partial_fit(RAW, y)


def test_another_regressor_cannot_continue():
    model = in_parts(SGDRegressor()).set_params(regressor=MLPRegressor())
    with pytest.raises(ValueError, match="with SGDRegressor; it cannot become MLPReg"):
        model.partial_fit(RAW, OBEDIENT[:, 0])


@pytest.mark.parametrize("duplicate", [lambda model: model, copy.deepcopy])
def test_what_has_not_changed_is_trained_further(duplicate):
    for regressor in (
        SGDRegressor(random_state=np.random.RandomState(0)),
        Echo(answer=lambda X: X[:, 0]),
        LSTMRegressor(
            1,
            epochs=1,
            random_state=0,
            optimizer=keras.optimizers.Adam(0.01),
            loss=keras.losses.Huber(0.5),
        ),
        MultiOutputRegressor(SGDRegressor(random_state=0)),
    ):
        is_multiple = isinstance(regressor, MultiOutputRegressor)
        y = OBEDIENT if is_multiple else OBEDIENT[:, 0]
        model = PositiveOrderedRegressor(regressor, order=None).partial_fit(RAW, y)
        model = duplicate(model)
        model.partial_fit(RAW, y).partial_fit(RAW, y)
