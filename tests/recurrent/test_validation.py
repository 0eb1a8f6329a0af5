"""Validation, early stopping, history."""

import numpy as np
import pytest
from recurrent.networks import same_weights, tiny
from sklearn.base import clone


def test_the_last_rows_are_held_out(sequences):
    X, y = sequences
    spoilt = y.copy()
    spoilt[-20:] = 1e6  # rows that training must not see

    held_out = tiny(early_stopping=True, normalize=False, patience=99).fit(X, spoilt)
    without = tiny(normalize=False).fit(X[:-20], y[:-20])

    assert held_out.history_["loss"] == without.history_["loss"]
    assert min(held_out.history_["val_loss"]) > 1e11


def test_early_stopping_keeps_the_best_weights(sequences):
    X, _ = sequences
    noise = np.random.default_rng(0).normal(size=len(X))  # nothing to learn
    regressor = tiny(
        units=16, epochs=60, learning_rate=0.05, early_stopping=True, patience=3
    )

    regressor.fit(X, noise)

    losses = regressor.history_["val_loss"]
    best = int(np.argmin(losses))
    assert regressor.n_epochs_ == len(losses) == best + 1 + 3
    errors = (regressor.predict(X[-20:]) - noise[-20:]) / noise[:-20].std()
    assert np.mean(errors**2) == pytest.approx(losses[best], rel=1e-4)


def test_the_best_weights_are_kept_when_the_epochs_run_out(sequences):
    X, _ = sequences
    noise = np.random.default_rng(0).normal(size=len(X))
    regressor = tiny(
        units=16, epochs=8, learning_rate=0.05, early_stopping=True, patience=99
    )

    regressor.fit(X, noise)

    losses = regressor.history_["val_loss"]
    assert np.argmin(losses) < 7, "the last epoch must not be the best in this test"
    shortened = clone(regressor).set_params(epochs=int(np.argmin(losses)) + 1)
    assert same_weights(regressor, shortened.fit(X, noise))


def test_a_diverging_fit_names_the_learning_rate(sequences):
    X, y = sequences

    with pytest.raises(ValueError, match=r"diverged.*epoch.*`learning_rate` \(now 1e"):
        tiny(optimizer="sgd", learning_rate=1e30, normalize=False).fit(X, 1e9 * y)


def test_verbose_shows_the_bar_of_keras(sequences, capsys):
    tiny(verbose=2).fit(*sequences)

    assert "Epoch 3/3" in capsys.readouterr().out


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_new_rows_are_checked_whatever_their_sum(dtype, sequences):
    X, y = sequences
    regressor = tiny(epochs=1).fit(X, y)
    new = X[:3].astype(dtype)
    expected = regressor.predict(new.tolist())

    np.testing.assert_allclose(regressor.predict(new), expected, rtol=1e-5)
    for value in (np.nan, np.inf, -np.inf):
        new[1, 2, 0] = value
        with pytest.raises(ValueError, match=r"X (is NaN in some|contains infinity)"):
            regressor.predict(new)
    new[:] = np.finfo(dtype).max  # finite, but their sum is not
    assert np.isfinite(regressor.predict(new)).all()
    with pytest.raises(ValueError, match="0 sample"):
        regressor.predict(new[:0])


@pytest.mark.parametrize(
    ("n_rows", "batch_size", "patience"),
    [(100, "auto", 59), (100, 50, 350), (3000, 16, 10)],
)
def test_patience_lasts_for_many_minibatches(n_rows, batch_size, patience, rng):
    X = rng.normal(size=(n_rows, 1, 1))
    # Too low a rate to change any weight: only the first epoch lowers the loss.
    regressor = tiny(units=1, learning_rate=1e-30, early_stopping=True, epochs=500)

    regressor.set_params(batch_size=batch_size).fit(X, X[:, 0, 0])

    assert regressor.n_epochs_ == 1 + patience
    assert regressor.set_params(patience=3).fit(X, X[:, 0, 0]).n_epochs_ == 4
