"""LSTMRegressor learns what it should."""

import numpy as np
import pytest
from recurrent.networks import tiny


def test_it_learns_unscaled_data(sequences):
    X, y = sequences

    regressor = tiny(units=8, epochs=40, learning_rate=0.02)
    regressor.fit(1e3 * X - 7e3, 1e-4 * y + 5)

    assert regressor.score(1e3 * X - 7e3, 1e-4 * y + 5) > 0.9


def test_outputs_of_different_units_are_all_learnt(two_outputs):
    X, y = two_outputs

    regressor = tiny(units=8, epochs=40, learning_rate=0.02).fit(X, y)

    errors = np.sqrt(np.mean((regressor.predict(X) - y) ** 2, axis=0)) / y.std(axis=0)
    assert np.all(errors < 0.3)


def test_minibatches_are_those_of_keras(sequences):
    """Against Keras' own `fit`: same start, no shuffling, a partial last batch."""
    keras = pytest.importorskip("keras")
    X, y = sequences
    X, y = X[:50].astype(np.float32), y[:50].astype(np.float32)
    weight = np.linspace(0.5, 1.5, 50)
    ours = tiny(
        epochs=1, batch_size=32, shuffle=False, normalize=False, learning_rate=1e-9
    )
    ours.fit(X, y, weight)
    model = ours.model_  # all but untrained
    model.compile(keras.optimizers.Adam(0.01), "mse")

    history = model.fit(
        X, y, batch_size=32, epochs=2, shuffle=False, verbose=0, sample_weight=weight
    ).history
    ours.set_params(learning_rate=0.01, epochs=2).fit(X, y, weight)

    np.testing.assert_allclose(
        ours.predict(X), model.predict(X, verbose=0)[:, 0], atol=1e-4
    )
    assert len(history["loss"]) == ours.n_epochs_


@pytest.mark.parametrize(
    "params",
    [{"units": (4, 3)}, {"bidirectional": True}, {"dropout": 0.3}, {"units": [2]}],
)
def test_networks_may_be_stacked_bidirectional_and_with_dropout(sequences, params):
    X, _ = sequences
    regressor = tiny(**params).fit(*sequences)

    n_layers = len(np.atleast_1d(regressor.units))
    layers = [layer.name for layer in regressor.model_.layers]
    assert sum("lstm" in name or "bidirectional" in name for name in layers) == n_layers
    np.testing.assert_array_equal(regressor.predict(X), regressor.predict(X))
