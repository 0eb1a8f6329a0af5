"""LSTMRegressor learns what it should."""

import numpy as np
import pytest
from recurrent.networks import same_weights, tiny


def test_it_learns_unscaled_data(sequences):
    X, y = sequences

    regressor = tiny(units=8, epochs=40, learning_rate=0.02)
    regressor.fit(1e3 * X - 7e3, 1e-4 * y + 5)

    assert regressor.score(1e3 * X - 7e3, 1e-4 * y + 5) > 0.9


def test_all_outputs_are_learnt_whatever_their_units(two_outputs):
    X, y = two_outputs

    regressor = tiny(units=8, epochs=40, learning_rate=0.02).fit(X, y)

    errors = np.sqrt(np.mean((regressor.predict(X) - y) ** 2, axis=0)) / y.std(axis=0)
    assert np.all(errors < 0.3)


def test_minibatches_are_those_of_keras(sequences):
    """Against Keras' own `fit`: same start, no shuffling, a partial last batch."""
    import keras

    X, y = sequences
    X, y = X[:50].astype(np.float32), y[:50].astype(np.float32)
    weight = np.linspace(0.5, 1.5, 50)
    ours = tiny(
        epochs=1,
        batch_size=32,
        shuffle=False,
        normalize=False,
        learning_rate=1e-9,
        average_epochs=0,
    )
    model = ours.fit(X, y, weight).model_  # hardly trained
    untrained = ours.predict(X)
    model.compile(keras.optimizers.Adam(0.01), "mse")

    history = model.fit(
        X, y, batch_size=32, epochs=3, shuffle=False, verbose=0, sample_weight=weight
    ).history
    ours.set_params(learning_rate=0.01, epochs=3).fit(X, y, weight)

    expected = model.predict(X, verbose=0)[:, 0]
    np.testing.assert_allclose(ours.predict(X), expected, atol=1e-6)
    np.testing.assert_allclose(ours.history_["loss"], history["loss"], rtol=1e-5)
    assert np.abs(expected - untrained).max() > 0.01


@pytest.mark.parametrize(
    ("params", "layers"),
    [
        ({"units": (4, 3)}, ["lstm_0", "lstm_1"]),
        ({"units": [2]}, ["lstm_0"]),
        ({"bidirectional": True}, ["bidirectional_0"]),
        (
            {"units": (2, 2), "bidirectional": True, "dropout": 0.3},
            ["bidirectional_0", "dropout_0", "bidirectional_1", "dropout_1"],
        ),
    ],
)
def test_networks_may_be_stacked_bidirectional_and_with_dropout(
    params, layers, sequences
):
    X, _ = sequences

    regressor = tiny(**params).fit(*sequences)

    model = regressor.model_
    names = [layer.name for layer in model.layers]
    assert names[names.index("scale") + 1 : names.index("output")] == layers
    expected = model.predict(X, verbose=0)[:, 0]
    np.testing.assert_allclose(regressor.predict(X), expected, atol=1e-6)


def test_dropout_acts_in_training(sequences):
    plain = tiny(dropout=0.0).fit(*sequences)

    assert not same_weights(plain, tiny(dropout=0.5).fit(*sequences))
