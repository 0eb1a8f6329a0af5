"""Continued training: warm_start and partial_fit."""

import copy

import keras
import numpy as np
import pytest
from recurrent.networks import same_weights, tiny


def test_training_in_two_parts_equals_training_in_one(sequences):
    once = tiny(epochs=4, dropout=0.2).fit(*sequences)
    twice = tiny(epochs=2, dropout=0.2, warm_start=True)

    twice.fit(*sequences).fit(*sequences)

    assert same_weights(once, twice)
    assert once.history_ == twice.history_
    assert twice.n_epochs_ == 4


@pytest.mark.parametrize("held_out_first", [True, False])
def test_a_warm_start_fills_missing_validation_losses_with_nan(
    held_out_first, sequences
):
    regressor = tiny(epochs=2, warm_start=True, early_stopping=held_out_first)
    regressor.fit(*sequences)
    regressor.set_params(early_stopping=not held_out_first).fit(*sequences)

    assert np.isfinite(regressor.history_["loss"]).all()
    is_held_out = np.isfinite(regressor.history_["val_loss"])
    assert is_held_out.tolist() == [held_out_first] * 2 + [not held_out_first] * 2


def test_partial_fit_trains_for_one_more_epoch(sequences):
    X, y = sequences
    fitted = tiny(epochs=3).fit(X, y)
    in_parts = tiny()

    for _ in range(3):
        in_parts.partial_fit(X, y)

    assert same_weights(fitted, in_parts)
    assert in_parts.n_epochs_ == 3
    in_parts.partial_fit(X[:1], y[:1])
    assert in_parts.n_epochs_ == 4


def test_fit_without_warm_start_forgets_the_last_fit(sequences):
    regressor = tiny()

    first = [w.copy() for w in regressor.fit(*sequences).weights_]

    assert all(map(np.array_equal, first, regressor.fit(*sequences).weights_))


def test_warm_start_refuses_another_network(sequences):
    regressor = tiny(warm_start=True).fit(*sequences)

    with pytest.raises(ValueError, match=r"units=\(4,\); it cannot become \(5,\)"):
        regressor.set_params(units=5).fit(*sequences)


def test_warm_start_may_change_the_optimizer(sequences):
    regressor = tiny(warm_start=True).fit(*sequences)

    regressor.set_params(optimizer="sgd", learning_rate=0.1).fit(*sequences)

    assert regressor.n_epochs_ == 6


CANNOT_CONTINUE = [
    (
        {},
        {"loss": "poisson"},
        r"y shifted and scaled, but loss='poisson' needs y scaled",
    ),
    ({"loss": "mape"}, {"loss": "mse"}, r"loss='mse' needs y shifted"),
    ({}, {"loss": "bce"}, r"loss='bce' needs y unscaled"),
    ({}, {"normalize": False}, r"normalize=True; it cannot become False"),
    (
        {"normalize": False},
        {"normalize": True},
        r"normalize=False; it cannot become True",
    ),
    ({}, {"quantiles": [0.5]}, r"quantiles=None; they cannot become \(0\.5,\)"),
    (
        {"quantiles": [0.1, 0.9]},
        {"quantiles": [0.2, 0.8]},
        r"quantiles=\(0\.1, 0\.9\); they cannot become \(0\.2, 0\.8\)",
    ),
    ({"quantiles": [0.5]}, {"quantiles": None}, r"quantiles=\(0\.5,\)"),
    ({}, {"head": "positive"}, r"head='linear'; it cannot become 'positive'"),
    ({}, {"bidirectional": True}, r"bidirectional=False"),
    ({}, {"units": (4, 3)}, r"units=\(4,\)"),
]


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize(("before", "after", "message"), CANNOT_CONTINUE)
def test_what_cannot_be_continued_is_refused(method, before, after, message, sequences):
    X, y = sequences
    y = 1 / (1 + np.exp(-y))
    regressor = tiny(epochs=1, warm_start=True, **before).fit(X, y)
    expected = regressor.predict(X)

    with pytest.raises(
        ValueError,
        match=rf"LSTMRegressor: .*{message}.* Call `fit` with warm_start=False",
    ):
        getattr(regressor.set_params(**after), method)(X, y)

    np.testing.assert_array_equal(regressor.predict(X), expected)


@pytest.mark.parametrize(("before", "after"), [(None, 6), (6, None)])
def test_another_reading_of_a_table_is_refused(before, after, sequences):
    X, y = sequences[0][:, :, 0], sequences[1]
    regressor = tiny(epochs=1, warm_start=True, n_timesteps=before).fit(X, y)

    with pytest.raises(ValueError, match=rf"n_timesteps={after} would change"):
        regressor.set_params(n_timesteps=after).fit(X, y)


CAN_CONTINUE = [
    {"loss": "mae"},
    {"optimizer": "sgd"},
    {"learning_rate": 0.05},
    {"average_epochs": 0},
    {"dropout": 0.5},
    {"batch_size": 50},
    {"shuffle": False},
    {"early_stopping": True, "patience": 1},
    {"random_state": 7},
]


@pytest.mark.parametrize("after", CAN_CONTINUE)
def test_what_can_be_continued_acts_on_the_next_epochs(after, sequences):
    regressor = tiny(epochs=2, warm_start=True).fit(*sequences)
    unchanged = copy.deepcopy(regressor).fit(*sequences)

    regressor.set_params(**after).fit(*sequences)

    assert regressor.n_epochs_ == 4
    assert not same_weights(regressor, unchanged)


def test_without_scales_another_loss_can_be_continued(sequences):
    X, y = sequences
    y = np.exp(y)
    regressor = tiny(epochs=1, warm_start=True, head="positive", normalize=False)

    regressor.fit(X, y).set_params(loss="poisson").fit(X, y)

    assert regressor.n_epochs_ == 2


def test_every_parameter_acts_on_a_warm_start_or_is_refused_by_name():
    acts = {name for after in CAN_CONTINUE for name in after}
    refused = {name for _, after, _ in CANNOT_CONTINUE for name in after}
    elsewhere = {
        "n_timesteps": "another reading of a table is refused",
        "epochs": "training in two parts",
        "warm_start": "fit without warm_start",
        "validation_fraction": "with early_stopping",
        "callbacks": "callbacks_ are those of the last fit",
        "verbose": "what is printed",
    }
    assert acts | refused | set(elsewhere) == set(tiny().get_params())


def test_parameters_that_leave_the_weights_alone_act_on_a_warm_start(sequences, capsys):
    regressor = tiny(epochs=1, warm_start=True, early_stopping=True).fit(*sequences)
    held_out = regressor.history_["val_loss"][0]
    again = copy.deepcopy(regressor).fit(*sequences)
    capsys.readouterr()
    stopper = keras.callbacks.EarlyStopping("loss")

    regressor.set_params(validation_fraction=0.5, callbacks=[stopper], verbose=2)
    regressor.set_params(epochs=2).fit(*sequences)

    assert regressor.n_epochs_ == 3
    assert regressor.history_["val_loss"][0] == held_out
    assert regressor.history_["val_loss"][1] != again.history_["val_loss"][1]
    assert isinstance(regressor.callbacks_[0], keras.callbacks.EarlyStopping)
    assert "loss:" in capsys.readouterr().out
    assert (
        regressor.set_params(warm_start=False, epochs=1).fit(*sequences).n_epochs_ == 1
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"optimizer": ("Adam", {})}, {"optimizer": ("Adam", {"learning_rate": 0.1})}),
        ({"optimizer": ("Adam", {})}, {"optimizer": ("Adam", {"beta_1": 0.1})}),
        ({"loss": ("Huber", {"delta": 10.0})}, {"loss": ("Huber", {"delta": 0.01})}),
    ],
    ids=["learning rate", "momentum", "delta"],
)
def test_parameters_of_instances_act_on_a_warm_start(before, after, sequences):
    def made(params):
        rooms = {"optimizer": keras.optimizers, "loss": keras.losses}
        return {
            name: getattr(rooms[name], kind)(**settings)
            for name, (kind, settings) in params.items()
        }

    regressor = tiny(epochs=1, warm_start=True, **made(before)).fit(*sequences)
    unchanged = copy.deepcopy(regressor).fit(*sequences)
    regressor.set_params(**made(after)).fit(*sequences)

    assert regressor.n_epochs_ == 2
    assert not same_weights(regressor, unchanged)
