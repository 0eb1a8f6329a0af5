"""Callbacks, losses and optimizers that cannot be pickled are left out."""

import io
import pickle

import cloudpickle
import joblib
import keras
import numpy as np
import pytest
from recurrent.networks import tiny
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sklstm import PositiveOrderedRegressor


def unregistered_schedule():
    """Return a schedule that Keras saves, but cannot find when it loads.

    Keras 3.5 finds any class that can be imported, so that this one cannot be.
    """

    class Schedule(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return 0.01

        def get_config(self):
            return {}

    return Schedule()


def lambda_callback():
    return keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: None)


def with_joblib(estimator):
    file = io.BytesIO()
    joblib.dump(estimator, file)
    file.seek(0)
    return joblib.load(file)


def with_pickle(estimator):
    return pickle.loads(pickle.dumps(estimator))


@pytest.fixture(scope="module")
def fitted(sequences):
    return tiny(epochs=1).fit(*sequences)


@pytest.mark.parametrize("save_and_load", [with_pickle, with_joblib])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("callbacks", lambda_callback()),
        ("callbacks", [lambda_callback()]),
        ("loss", lambda y, p: keras.ops.mean((y - p) ** 2, axis=-1)),
        ("optimizer", keras.optimizers.Adam(unregistered_schedule())),
    ],
    ids=["callback", "callbacks", "loss", "optimizer"],
)
def test_what_cannot_be_pickled_is_left_out_with_a_warning(
    save_and_load, name, value, fitted, sequences
):
    X, y = sequences
    regressor = clone(fitted).set_params(**{name: value}).fit(X, y)
    expected = regressor.predict(X)

    with pytest.warns(UserWarning, match=f"LSTMRegressor: `{name}`.* cannot be pick"):
        loaded = save_and_load(regressor)

    assert getattr(loaded, name) is None
    assert getattr(regressor, name) is value
    np.testing.assert_array_equal(loaded.predict(X), expected)


@pytest.mark.parametrize("save_and_load", [with_pickle, with_joblib])
def test_an_unfitted_estimator_is_saved_as_a_fitted_one(save_and_load):
    callbacks = [lambda_callback()]
    regressor = tiny(callbacks=callbacks)

    message = r"`callbacks` cannot be pickled .* Set them again before training\. cloud"
    with pytest.warns(UserWarning, match=message):
        loaded = save_and_load(regressor)

    assert loaded.callbacks is None
    assert regressor.callbacks is callbacks
    assert clone(regressor).callbacks is callbacks
    assert pickle.loads(cloudpickle.dumps(regressor)).callbacks is not None


@pytest.mark.parametrize(
    "around",
    [
        lambda inner: PositiveOrderedRegressor(inner, lower=None),
        lambda inner: GridSearchCV(inner, {"epochs": [1]}, cv=2),
    ],
)
def test_estimators_around_it_are_saved(around, sequences):
    X, y = sequences
    model = around(tiny(epochs=1, callbacks=[lambda_callback()])).fit(X, y)

    with pytest.warns(UserWarning, match="`callbacks`.* cannot be pickled") as record:
        loaded = with_pickle(model)

    assert len(record) == 2  # of the fitted network, and of the one that was given
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


def test_progress_bars_are_left_out(sequences):
    tqdm_keras = pytest.importorskip("tqdm.keras")
    X, y = sequences
    bar = tqdm_keras.TqdmCallback(verbose=0)
    regressor = tiny(epochs=1, callbacks=[bar]).fit(X, y)

    for save in (pickle.dumps, cloudpickle.dumps):
        with pytest.warns(UserWarning, match="`callbacks`, `callbacks_` cannot be"):
            loaded = pickle.loads(save(regressor))
        assert loaded.callbacks is None


def test_cloudpickle_keeps_what_it_can_save(sequences):
    regressor = tiny(
        epochs=1,
        callbacks=[lambda_callback()],
        loss=lambda y, p: keras.ops.mean((y - p) ** 2, axis=-1),
    ).fit(*sequences)

    loaded = pickle.loads(cloudpickle.dumps(regressor))

    assert isinstance(loaded.callbacks[0], keras.callbacks.LambdaCallback)
    assert isinstance(loaded.callbacks_[0], keras.callbacks.LambdaCallback)
    loaded.fit(*sequences)


def test_a_loss_that_was_left_out_is_asked_for_again(fitted, sequences):
    loss = lambda y, p: keras.ops.mean((y - p) ** 2, axis=-1)  # noqa: E731
    regressor = clone(fitted).set_params(loss=loss).fit(*sequences)
    with pytest.warns(UserWarning, match="cannot be pickled"):
        loaded = pickle.loads(pickle.dumps(regressor))

    with pytest.raises(ValueError, match=r"'loss' parameter .* Got None"):
        loaded.fit(*sequences)


def test_what_can_be_pickled_is_saved(sequences):
    regressor = tiny(
        callbacks=[keras.callbacks.EarlyStopping("loss", patience=7)],
        loss=keras.losses.Huber(0.5),
        optimizer=keras.optimizers.Adam(0.01),
    ).fit(*sequences)

    loaded = pickle.loads(pickle.dumps(regressor))

    assert loaded.callbacks[0].patience == 7
    assert loaded.callbacks_[0].best == regressor.callbacks_[0].best
    assert loaded.loss.get_config() == regressor.loss.get_config()
    assert isinstance(loaded.optimizer, keras.optimizers.Adam)
