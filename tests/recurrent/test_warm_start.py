"""Training that goes on: warm_start and partial_fit."""

import numpy as np
import pytest
from recurrent.networks import same_weights, tiny


def test_training_in_two_goes_equals_training_in_one(sequences):
    once = tiny(epochs=4, dropout=0.2).fit(*sequences)
    twice = tiny(epochs=2, dropout=0.2, warm_start=True)

    twice.fit(*sequences).fit(*sequences)

    assert same_weights(once, twice)
    assert once.history_ == twice.history_
    assert twice.n_epochs_ == 4


@pytest.mark.parametrize("held_out_first", [True, False])
def test_histories_of_a_warm_start_stay_in_step(held_out_first, sequences):
    regressor = tiny(epochs=2, warm_start=True, early_stopping=held_out_first)
    regressor.fit(*sequences)
    regressor.set_params(early_stopping=not held_out_first).fit(*sequences)

    assert np.isfinite(regressor.history_["loss"]).all()
    is_held_out = np.isfinite(regressor.history_["val_loss"])
    assert is_held_out.tolist() == [held_out_first] * 2 + [not held_out_first] * 2


def test_partial_fit_goes_on_by_one_epoch(sequences):
    X, y = sequences
    fitted = tiny(epochs=3).fit(X, y)
    in_parts = tiny()

    for _ in range(3):
        in_parts.partial_fit(X, y)

    assert same_weights(fitted, in_parts)
    assert in_parts.n_epochs_ == 3
    in_parts.partial_fit(X[:1], y[:1])
    assert in_parts.n_epochs_ == 4


def test_a_new_fit_starts_anew(sequences):
    regressor = tiny()

    first = [w.copy() for w in regressor.fit(*sequences).weights_]

    assert all(map(np.array_equal, first, regressor.fit(*sequences).weights_))


def test_warm_start_refuses_another_network(sequences):
    regressor = tiny(warm_start=True).fit(*sequences)

    with pytest.raises(ValueError, match=r"units=\(4,\), which cannot become \(5,\)"):
        regressor.set_params(units=5).fit(*sequences)


def test_warm_start_may_change_the_optimizer(sequences):
    regressor = tiny(warm_start=True).fit(*sequences)

    regressor.set_params(optimizer="sgd", learning_rate=0.1).fit(*sequences)

    assert regressor.n_epochs_ == 6
