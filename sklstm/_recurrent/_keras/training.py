"""Training of a network through scikeras."""

import numpy as np

from sklstm._recurrent._keras.callbacks import (
    EpochObserver,
    copy_callback,
    release_network,
    wants_batches,
)
from sklstm._recurrent._keras.compat import ScikerasRegressor, is_from_keras, keras
from sklstm._recurrent._keras.optimizers import initial_learning_rate
from sklstm._recurrent._keras.pool import ProgramPool, program_key
from sklstm._recurrent._keras.program import Program
from sklstm._recurrent._keras.threads import limit_threads
from sklstm._recurrent.network import NetworkState, Trained

# Compiling with XLA takes some seconds and makes each minibatch about three times
# faster. It is used if minibatches times time steps are at least this number. See
# docs/performance for the measurement.
_JIT_FROM_TIMESTEPS = 4_000

programs = ProgramPool()


def train(
    architecture,
    training,
    data,
    *,
    validation_data=None,
    state,
    start=None,
    observer=None,
):
    """Train a network from `state`.

    Parameters
    ----------
    architecture : Architecture
        The layers.
    training : Training
        Loss, optimizer, number of epochs, batch size, callbacks.
    data, validation_data : tuple of three float32 ndarrays
        X of shape (n_samples, n_timesteps, n_channels), y of shape (n_samples, k) and
        sample weights, in the units of the network.
    state : NetworkState
        The initial state; with `weights` None, weights are drawn. Not changed.
    start : ndarray of shape (n_outputs,)
        Biases of the last layer of a new network.
    observer : object, default=None
        Its `begin` and `end` are called around each epoch.

    Returns
    -------
    Trained
    """
    limit_threads(architecture, training.batch_size)
    jit = _jit_pays(architecture, training, len(data[0]))
    by_step = any(map(wants_batches, training.callbacks))
    rate = initial_learning_rate(training)

    def make():
        return Program(architecture, training, jit=jit, by_step=by_step)

    callbacks = [copy_callback(callback) for callback in training.callbacks]
    key = program_key(architecture, training, jit=jit, by_step=by_step)
    with programs.program(key, make) as program:
        n_steps = -(-len(data[0]) // training.batch_size)
        program.load(state, rate, start, max(training.average_epochs * n_steps, 1.0))
        trainer = ScikerasRegressor(
            model=lambda: program,
            batch_size=training.batch_size,
            epochs=training.epochs,
            shuffle=training.shuffle,
            verbose=training.verbose,
            callbacks=[*callbacks, *_own_callbacks(training, observer, program)],
        )
        x, y, sample_weight = data
        trainer.fit(
            x,
            y,
            sample_weight=sample_weight,
            initial_epoch=state.n_epochs,
            seed=state.seed,
            validation_data=validation_data,
        )
        reached = NetworkState(
            weights=program.weights(),
            optimizer={**program.optimizer_state(), "learning_rate": rate},
            history=_joined(state.history, trainer.history_, program.first_epoch),
            seed=state.seed,
        )
        return Trained(
            reached,
            program.first_epoch,
            [release_network(callback, program.model) for callback in callbacks],
        )


def _jit_pays(architecture, training, n_rows):
    # XLA may be unable to compile custom code.
    if not (is_from_keras(training.loss) and is_from_keras(training.optimizer)):
        return False
    steps = training.epochs * -(-n_rows // training.batch_size)
    return steps * architecture.n_timesteps >= _JIT_FROM_TIMESTEPS


def _own_callbacks(training, observer, program):
    """Return the callbacks of sklstm itself."""
    callbacks = []
    if training.patience is not None:
        callbacks.append(
            keras.callbacks.EarlyStopping(
                patience=training.patience, restore_best_weights=True
            )
        )
    if observer is not None:
        callbacks.append(EpochObserver(observer, program.weights))
    return callbacks


def _joined(earlier, later, first_epoch):
    """Return one history of two fits, the second of which began at `first_epoch`.

    NaN marks values that only the other fit has, and epochs that are in neither, whose
    weights a callback restored from a file.
    """
    joined = {}
    for name in {"loss": None, **earlier, **later}:
        before = earlier.get(name, [])[:first_epoch]
        before += [np.nan] * (first_epoch - len(before))
        missing = [np.nan] * len(later.get("loss", ()))
        joined[name] = before + [_as_plain(v) for v in later.get(name, missing)]
    return joined


def _as_plain(value):
    """Return a value that a callback logged as a float or as text."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return str(value)
