"""Quantiles of one target."""

import numpy as np
import pytest
from recurrent.networks import tiny


def test_quantiles_are_learnt():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3, 1))
    y = 10 + rng.normal(size=400)
    regressor = tiny(quantiles=(0.1, 0.5, 0.9), epochs=30, learning_rate=0.01)

    predicted = regressor.fit(X, y).predict(X)

    below = np.mean(y[:, None] <= predicted, axis=0)
    np.testing.assert_allclose(below, [0.1, 0.5, 0.9], atol=0.06)
    assert regressor.n_outputs_ == 3


def test_quantiles_are_scored_by_the_pinball_loss(sequences):
    from sklearn.metrics import d2_pinball_score

    X, y = sequences
    regressor = tiny(quantiles=[0.2, 0.7]).fit(X, y)
    predicted = regressor.predict(X)
    scores = [
        d2_pinball_score(y, predicted[:, 0], alpha=0.2),
        d2_pinball_score(y, predicted[:, 1], alpha=0.7),
    ]

    assert regressor.score(X, y) == pytest.approx(np.mean(scores))
    regressor.set_params(quantiles=[0.4, 0.5])  # acts at the next fit
    assert regressor.score(X, y) == pytest.approx(np.mean(scores))


@pytest.mark.parametrize(
    "levels", [(0.5, 0.1), (0.0, 0.5), (0.5, 1.0), (), (0.5, 0.5), "0.5", (np.nan,)]
)
def test_levels_out_of_order_or_range_are_refused(sequences, levels):
    with pytest.raises(
        ValueError,
        match=r"LSTMRegressor.* `quantiles` must be|'quantiles' parameter of L",
    ):
        tiny(quantiles=levels).fit(*sequences)


def test_the_levels_of_the_training_are_known_after_it(sequences):
    regressor = tiny(quantiles=[0.2, 0.7])
    with pytest.raises(AttributeError, match="no `quantiles_` before it is fitted"):
        _ = regressor.quantiles_
    regressor.fit(*sequences).set_params(quantiles=None)
    assert regressor.quantiles_ == (0.2, 0.7)
    assert tiny().fit(*sequences).quantiles_ is None
