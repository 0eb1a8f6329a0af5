"""All that sklstm does with TensorFlow, Keras and scikeras.

No other module imports them, and this one is imported only when a network is trained
or used, for it costs seconds. Three things happen here:

- `train` hands a program to scikeras' ``KerasRegressor``: a Keras model whose `fit`
  runs many minibatches in one compiled call. Fits of one architecture share one
  program: weights, optimizer variables, random seeds and the learning rate go in
  before a fit and out after it.
- `predict_raw` calls a compiled, stateless function of weights and inputs.
- `build_model` makes an ordinary Keras model to look at, save or export.

Global state stays as it was: each initializer and each random layer has a seed of its
own, so that neither Keras' nor anyone else's global generator is drawn from or set.
"""

import copy
import functools
import json
import os
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

# Before TensorFlow starts: its notes on CPU features are of no use to our users.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import joblib

try:
    import keras
except ImportError as error:
    raise ImportError(
        "LSTMRegressor needs Keras with its TensorFlow backend, but KERAS_BACKEND is "
        f"{os.environ.get('KERAS_BACKEND')!r}: unset it, or install what is missing "
        f"({error})."
    ) from error
if keras.backend.backend() != "tensorflow":
    raise ImportError(
        "LSTMRegressor needs Keras with its TensorFlow backend, but it runs on "
        f"{keras.backend.backend()!r}: unset KERAS_BACKEND before Keras is imported."
    )
import tensorflow as tf
from scikeras.wrappers import KerasRegressor

from sklstm._recurrent.heads import apply_head
from sklstm._recurrent.network import NetworkState

# Minibatches of one compiled training call, and rows of one prediction call, are held
# to this many bytes of input; the counts below are for small rows.
_CALL_BYTES = 8_000_000
_STEPS_PER_CALL = 32
# Matrix products take rows 4, 6 or 8 at a time, as the processor has it, and may round
# those of a remainder otherwise: a tile must leave none.
_TILE_ROWS = 24
_TILES_PER_CALL = 21
_CALLS_WORTH_THREADS = 4

# Compiling a training program with XLA costs some seconds and makes each minibatch
# about three times faster, so it is for fits that take at least this many steps along
# time in all. See docs/performance for the measurement.
_JIT_FROM_TIMESTEPS = 4_000

# Programs that wait for their next fit.
_MAX_IDLE_PROGRAMS = 8


def _hidden_layers(architecture, x):
    last = len(architecture.units) - 1
    for k, units in enumerate(architecture.units):
        layer = keras.layers.LSTM(
            units,
            return_sequences=k < last,
            kernel_initializer=keras.initializers.GlorotUniform(seed=0),
            recurrent_initializer=keras.initializers.Orthogonal(seed=0),
            seed=0,
            dtype="float32",
            name=f"lstm_{k}",
        )
        if architecture.bidirectional:
            layer = keras.layers.Bidirectional(
                layer, dtype="float32", name=f"bidirectional_{k}"
            )
        x = layer(x)
        if architecture.dropout > 0:
            x = keras.layers.Dropout(
                architecture.dropout, seed=0, dtype="float32", name=f"dropout_{k}"
            )(x)
    return x


def _raw_outputs(architecture, x):
    """The last layer's outputs, before the head."""
    return keras.layers.Dense(
        architecture.n_outputs,
        kernel_initializer=keras.initializers.GlorotUniform(seed=0),
        dtype="float32",
        name="output",
    )(_hidden_layers(architecture, x))


def _inputs(architecture):
    return keras.Input(
        (architecture.n_timesteps, architecture.n_channels), dtype="float32", name="X"
    )


def _keras_head(raw, head):
    return apply_head(raw, head, xp=keras.ops, softplus=keras.ops.softplus)


class _Program:
    """A compiled network and the loop that trains it, for one fit at a time.

    To scikeras it is a compiled Keras model: it has `loss`, `optimizer`, `outputs` and
    `fit`. Callbacks are given the Keras model itself.
    """

    compiled = True

    def __init__(self, architecture, training, *, jit, by_step):
        inputs = _inputs(architecture)
        raw = _raw_outputs(architecture, inputs)
        outputs = _keras_head(raw, architecture.head)
        self.model = keras.Model(inputs, outputs, name="sklstm")
        self.loss = _row_losses(training)
        self.optimizer = _make_optimizer(training)
        self.model.compile(self.optimizer, self.loss, jit_compile=jit)
        self.optimizer.build(self.model.trainable_variables)
        self.outputs = self.model.outputs
        self._batch_size = training.batch_size
        self._n_targets = architecture.n_outputs if training.quantiles is None else 1
        step_bytes = 4 * self._batch_size * int(np.prod(self.model.input_shape[1:]))
        most = 1 if by_step else _STEPS_PER_CALL
        self._steps_per_call = _at_a_time(step_bytes, most)
        self._first_weights = _values(self.model.trainable_variables)
        self._first_optimizer = _values(self.optimizer.variables)
        self._jit = jit

    def load(self, state, learning_rate, start):
        """Set all that a fit depends on; a new network starts near `start`."""
        weights, optimizer = state.weights, state.optimizer
        if weights is None:
            weights = self._new_weights(state.seed, start)
        if optimizer is None or optimizer["name"] != self.optimizer_name:
            # None was kept, or it is that of another kind of optimizer.
            optimizer = {"values": self._first_optimizer, "learning_rate": None}
        _assign(self.model.trainable_variables, weights)
        _assign(self.optimizer.variables, optimizer["values"])
        # What a callback made of it stays, until another one is asked for.
        if learning_rate not in (None, optimizer["learning_rate"]):
            self.optimizer.learning_rate = learning_rate

    @property
    def optimizer_name(self):
        """The kind of the optimizer, which tells what its variables mean."""
        shapes = [variable.shape for variable in self.optimizer.variables]
        return f"{type(self.optimizer).__name__} {shapes}"

    def _new_weights(self, seed, start):
        """Draw the weights of a new network as Keras' own layers would."""
        seeds = iter(np.random.SeedSequence(seed).generate_state(1000).tolist())

        def draw(initializer, variable):
            return initializer(seed=next(seeds))(variable.shape, dtype="float32")

        weights = []
        for variable, first in zip(
            self.model.trainable_variables, self._first_weights, strict=True
        ):
            if variable.name == "kernel":
                first = draw(keras.initializers.GlorotUniform, variable)
            elif variable.name == "recurrent_kernel":
                first = draw(keras.initializers.Orthogonal, variable)
            weights.append(np.asarray(first))
        weights[-1] = start.astype(np.float32)
        return weights

    def fit(
        self,
        x,
        y,
        *,
        sample_weight,
        epochs,
        initial_epoch,
        shuffle,
        verbose,
        callbacks,
        seed,
        validation_data=None,
        **unused,
    ):
        """Train by minibatches, as ``keras.Model.fit`` does.

        The last minibatch of an epoch is filled up with rows of weight zero, since
        another shape would be another program. Every random number of an epoch follows
        from `seed` and the number of the epoch.
        """
        del unused  # what scikeras passes to any model
        n_rows = len(x)
        # scikeras brings weights to Keras' own default dtype, which may be another.
        x, y, sample_weight = (
            np.asarray(part, dtype=np.float32) for part in (x, y, sample_weight)
        )
        callbacks = keras.callbacks.CallbackList(
            callbacks,
            add_history=True,
            add_progbar=verbose != 0,
            verbose=verbose,
            epochs=epochs,
            steps=-(-n_rows // self._batch_size),
            model=self.model,
        )
        self.model.stop_training = False
        logs = {}
        callbacks.on_train_begin()
        for epoch in range(initial_epoch, epochs):
            rng = np.random.default_rng([seed, epoch])
            self._seed_layers(rng)
            order = rng.permutation(n_rows) if shuffle else np.arange(n_rows)
            callbacks.on_epoch_begin(epoch)
            total = 0.0
            for first, last, batches in self._calls((x, y, sample_weight), order):
                callbacks.on_train_batch_begin(first)
                total += float(self._train_steps(*batches))
                logs = {"loss": total / min((last + 1) * self._batch_size, n_rows)}
                callbacks.on_train_batch_end(last, logs)
                if self.model.stop_training:
                    break
            if validation_data is not None:
                logs = logs | {"val_loss": self._mean_loss(validation_data)}
            callbacks.on_epoch_end(epoch, logs)
            if self.model.stop_training or not np.isfinite(logs["loss"]):
                break
        self.optimizer.finalize_variable_values(self.model.trainable_variables)
        callbacks.on_train_end(logs)
        return self.model.history

    def _seed_layers(self, rng):
        for variable in self.model.non_trainable_variables:
            variable.assign(rng.integers(2**32, size=2, dtype=np.uint32))

    def _calls(self, arrays, order):
        """Yield the rows in `order`, as many minibatches as one call takes at a time.

        Yields the numbers of the first and the last minibatch, and the arguments of
        the compiled functions.
        """
        rows_per_call = self._steps_per_call * self._batch_size
        shape = (self._steps_per_call, self._batch_size)
        for start in range(0, len(order), rows_per_call):
            rows = order[start : start + rows_per_call]
            filler = rows_per_call - len(rows)
            x, y, weight = (
                array[np.pad(rows, (0, filler))].reshape(shape + array.shape[1:])
                for array in arrays
            )
            is_row = np.pad(np.ones(len(rows), np.float32), (0, filler)).reshape(shape)
            n_steps = -(-len(rows) // self._batch_size)
            first = start // self._batch_size
            yield (
                first,
                first + n_steps - 1,
                tuple(
                    map(
                        tf.constant,
                        (x, y, weight * is_row, is_row.sum(axis=1), np.int32(n_steps)),
                    )
                ),
            )

    def _mean_loss(self, data):
        order = np.arange(len(data[0]))
        total = sum(
            float(self._loss_of_steps(*batches))
            for _, _, batches in self._calls(data, order)
        )
        return total / len(order)

    def _weighted_loss(self, x, y, weight, training):
        losses = tf.convert_to_tensor(self.loss(y, self.model(x, training=training)))
        # Of rank 1, and as long as the batch, as far as that is known when compiling.
        if losses.shape.rank != 1 or not losses.shape.is_compatible_with(weight.shape):
            raise ValueError(
                "LSTMRegressor: `loss` must return one value for each row, of shape "
                f"(batch_size,); it returned the shape {tuple(losses.shape)}."
            )
        return tf.reduce_sum(losses * weight)

    def _compile(self, step):
        """Return a compiled loop over the minibatches of a call that sums losses."""

        def steps(x, y, weight, n_rows, n_steps):
            def body(i, total):
                return i + 1, total + step(x[i], y[i], weight[i], n_rows[i])

            return tf.while_loop(lambda i, _: i < n_steps, body, (0, 0.0))[1]

        rows = (self._steps_per_call, self._batch_size)
        return tf.function(
            steps, jit_compile=self._jit, autograph=False
        ).get_concrete_function(
            tf.TensorSpec(rows + self.model.input_shape[1:]),
            tf.TensorSpec((*rows, self._n_targets)),
            tf.TensorSpec(rows),
            tf.TensorSpec(rows[:1]),
            tf.TensorSpec((), tf.int32),
        )

    @functools.cached_property
    def _train_steps(self):
        variables = self.model.trainable_variables

        def step(x, y, weight, n_rows):
            with tf.GradientTape() as tape:
                loss_sum = self._weighted_loss(x, y, weight, training=True)
                loss = self.optimizer.scale_loss(loss_sum / n_rows)
            self.optimizer.apply(tape.gradient(loss, variables), variables)
            return loss_sum

        return self._compile(step)

    @functools.cached_property
    def _loss_of_steps(self):
        def step(x, y, weight, n_rows):
            return self._weighted_loss(x, y, weight, training=False)

        return self._compile(step)


def _at_a_time(n_bytes, most):
    """How many pieces of `n_bytes` one call takes: `most`, fewer where they are big."""
    return int(np.clip(_CALL_BYTES // n_bytes, 1, most))


def _values(variables):
    return [variable.numpy().copy() for variable in variables]


def _assign(variables, values):
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _pinball_loss(quantiles):
    levels = np.asarray(quantiles, dtype=np.float32)

    def pinball(y_true, y_pred):
        error = y_true - y_pred
        return keras.ops.mean(
            keras.ops.maximum(levels * error, (levels - 1.0) * error), axis=-1
        )

    return pinball


def _by_name(get, name, what):
    try:
        return get(name)
    except ValueError as error:
        raise ValueError(
            f"LSTMRegressor: `{what}` must be one that Keras knows, such as "
            f"{'mse' if what == 'loss' else 'adam'!r}; got {name!r}."
        ) from error


def _row_losses(training):
    """Return the function from targets and predictions to the loss of each row."""
    if training.quantiles is not None:
        return _pinball_loss(training.quantiles)
    loss = training.loss
    if isinstance(loss, str):
        loss = _by_name(keras.losses.get, loss, "loss")
    # `call` is what a Loss computes before it reduces that to one number.
    return loss.call if isinstance(loss, keras.losses.Loss) else loss


def _make_optimizer(training):
    if isinstance(training.optimizer, str):
        return _by_name(keras.optimizers.get, training.optimizer, "optimizer")
    # A copy: an optimizer comes to hold variables of the network that it trains.
    return _copy_optimizer(training.optimizer)


def _copy_optimizer(optimizer):
    """Return an optimizer like this one, without its variables.

    Keras' own way, by the configuration, loses exclusions from weight decay, and fails
    for a schedule that is not registered with Keras.
    """
    rate = vars(optimizer).get("_learning_rate")
    if _is_variable(rate):
        config = optimizer.get_config()
    else:  # a schedule or a function, which has no state of its own
        bare = object.__new__(type(optimizer))
        bare.__dict__.update(vars(optimizer), _learning_rate=keras.Variable(0.0))
        config = {**bare.get_config(), "learning_rate": rate}
    copied = type(optimizer).from_config(config)
    for name in ("_exclude_from_weight_decay", "_exclude_from_weight_decay_pattern"):
        if name in vars(optimizer):
            setattr(copied, name, vars(optimizer)[name])
    return copied


def _learning_rate(training):
    """Return the rate to start with; None where a schedule decides it."""
    if isinstance(training.optimizer, str):
        return training.learning_rate
    rate = training.optimizer.learning_rate
    return float(rate) if _is_variable(rate) else None


def _is_variable(rate):
    """Tell a fixed learning rate from a schedule, in any release of Keras."""
    return hasattr(rate, "assign")


def _from_keras(thing):
    return isinstance(thing, str) or thing.__module__.split(".")[0] == "keras"


def _is_shareable(training):
    """Tell if names and configurations say all of the loss and the optimizer.

    What a user wrote may do something else in each fit, and a compiled program would
    not know of it.
    """
    optimizer = training.optimizer
    if isinstance(optimizer, str):
        return _from_keras(training.loss)
    rate = getattr(optimizer, "_learning_rate", None)
    # Not in its configuration: what `exclude_from_weight_decay` was called with.
    has_exclusions = any(name.startswith("_exclude_") for name in vars(optimizer))
    parts = (training.loss, optimizer, rate)
    return rate is not None and not has_exclusions and all(map(_from_keras, parts))


# Callbacks of Keras whose hooks at a minibatch do nothing if they act by epoch: which
# attribute tells. (A loss of NaN ends the training here by itself.)
_OFTEN_BY_EPOCH = {
    keras.callbacks.ModelCheckpoint: "save_freq",
    keras.callbacks.BackupAndRestore: "save_freq",
    keras.callbacks.TensorBoard: "update_freq",
    keras.callbacks.TerminateOnNaN: "",
}


def _wants_batches(callback):
    """Tell if a callback has anything to do at each minibatch."""
    for kind, when in _OFTEN_BY_EPOCH.items():
        if type(callback) is kind and getattr(callback, when, "epoch") == "epoch":
            return False
    return any(
        getattr(getattr(callback, f"on_{hook}"), "__func__", None)
        is not getattr(keras.callbacks.Callback, f"on_{hook}")
        for hook in ("batch_begin", "batch_end", "train_batch_begin", "train_batch_end")
    )


def _jit_pays(architecture, training, n_rows):
    # Whether XLA can compile what a user wrote, we cannot know.
    if not (_from_keras(training.loss) and _from_keras(training.optimizer)):
        return False
    steps = training.epochs * -(-n_rows // training.batch_size)
    return steps * architecture.n_timesteps >= _JIT_FROM_TIMESTEPS


def _config_key(thing, ignored=()):
    """Return what tells apart two losses or optimizers: their name or configuration."""
    if not hasattr(thing, "get_config") or not _from_keras(thing):
        return thing
    config = {k: v for k, v in thing.get_config().items() if k not in ignored}
    return type(thing), json.dumps(config, sort_keys=True, default=repr)


class _ProgramPool:
    """Programs that no fit is using, the least recently used thrown away first.

    A fit takes its program out, so that fits in several threads never share one.
    """

    def __init__(self, max_idle):
        self._max_idle = max_idle
        self._idle = OrderedDict()
        self._lock = threading.Lock()
        self._counter = 0

    @contextmanager
    def program(self, key, make):
        """Lend the program for `key`; one whose fit failed does not come back.

        With `key` None a new one is made, which nobody else gets.
        """
        if key is None:
            yield make()
            return
        with self._lock:
            numbers = [n for n, (k, _) in self._idle.items() if k == key]
            program = self._idle.pop(numbers[-1])[1] if numbers else None
        if program is None:
            program = make()
        yield program
        with self._lock:
            self._counter += 1
            self._idle[self._counter] = (key, program)
            while len(self._idle) > self._max_idle:
                self._idle.popitem(last=False)

    def clear(self):
        with self._lock:
            self._idle.clear()


_pool = _ProgramPool(_MAX_IDLE_PROGRAMS)


class _Trainer(KerasRegressor):
    """scikeras' wrapper, told that the target is continuous.

    It would otherwise look for classes, and warn where a target has many whole numbers.
    """

    def _type_of_target(self, y):
        return "continuous" if y.shape[1] == 1 else "continuous-multioutput"


class _EpochObserver(keras.callbacks.Callback):
    """Call `begin(epoch)` and `end(weights)`; where `end` is true, stop training."""

    def __init__(self, observer):
        super().__init__()
        self.observer = observer

    def on_epoch_begin(self, epoch, logs=None):
        self.observer.begin(epoch)

    def on_epoch_end(self, epoch, logs=None):
        variables = self.model.trainable_variables
        if self.observer.end(functools.partial(_values, variables)):
            self.model.stop_training = True


def _copy(callback):
    try:
        return copy.deepcopy(callback)
    except TypeError:  # it holds an open file, as the progress bars of tqdm do
        return copy.copy(callback)


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
    """Train a network from `state` and return the state that it reaches.

    Parameters
    ----------
    architecture : Architecture
        The layers.
    training : Training
        Loss, optimizer, epochs, batch size, callbacks.
    data, validation_data : tuple of three float32 ndarrays
        X of shape (n_samples, n_timesteps, n_channels), y of shape (n_samples, k) and
        the weights of the rows, all in the units that the network works in.
    state : NetworkState
        Where to start; with `weights` None, a new network is drawn.
    start : ndarray of shape (n_outputs,)
        Biases of the last layer of a new network.
    observer : object, default=None
        Its `begin` and `end` are called around each epoch.

    Returns
    -------
    NetworkState
        A new one; `state` is untouched.
    """
    jit = _jit_pays(architecture, training, len(data[0]))
    by_step = any(map(_wants_batches, training.callbacks))
    key = None
    if _is_shareable(training):
        key = (
            architecture,
            training.quantiles,
            _config_key(training.loss),
            _config_key(training.optimizer, ignored=("learning_rate",)),
            _learning_rate(training) is None and _config_key(training.optimizer),
            training.batch_size,
            jit,
            by_step,
        )
    callbacks = [_copy(callback) for callback in training.callbacks]
    if training.patience is not None:
        callbacks.append(
            keras.callbacks.EarlyStopping(
                patience=training.patience, restore_best_weights=True
            )
        )
    if observer is not None:
        callbacks.append(_EpochObserver(observer))
    x, y, sample_weight = data

    def make():
        return _Program(architecture, training, jit=jit, by_step=by_step)

    with _pool.program(key, make) as program:
        rate = _learning_rate(training)
        program.load(state, rate, start)
        trainer = _Trainer(
            model=lambda: program,
            batch_size=training.batch_size,
            epochs=training.epochs,
            shuffle=training.shuffle,
            verbose=training.verbose,
            callbacks=callbacks,
        )
        trainer.fit(
            x,
            y,
            sample_weight=sample_weight,
            initial_epoch=state.n_epochs,
            seed=state.seed,
            validation_data=validation_data,
        )
        return NetworkState(
            weights=_values(program.model.trainable_variables),
            optimizer={
                "values": _values(program.optimizer.variables),
                "name": program.optimizer_name,
                "learning_rate": rate,
            },
            history=_joined(state.history, trainer.history_),
            seed=state.seed,
        )


def _joined(earlier, later):
    """Return one history of two fits; NaN where only the other had a value."""
    n_earlier, n_later = (len(one.get("loss", ())) for one in (earlier, later))
    return {
        name: [
            *earlier.get(name, [np.nan] * n_earlier),
            *map(float, later.get(name, [np.nan] * n_later)),
        ]
        for name in {**earlier, **later}
    }


@functools.lru_cache(maxsize=32)
def _predictor(architecture):
    """Return a compiled function of weights and tiles of rows to raw outputs.

    Rows are predicted in tiles of one fixed size: a row's result is then the same to
    the bit wherever it stands and however many come with it, and no new number of
    rows needs a new program.
    """
    inputs = _inputs(architecture)
    outputs = _raw_outputs(architecture, inputs)
    model = keras.Model(inputs, outputs, name="sklstm")
    unused = [tf.constant(value) for value in _values(model.non_trainable_variables)]

    def predict_tiles(weights, x, n_tiles):
        def predict_tile(i, raw):
            tile, _ = model.stateless_call(weights, unused, x[i], training=False)
            return i + 1, tf.tensor_scatter_nd_update(raw, [[i]], tile[None])

        raw = tf.zeros((*x.shape[:2], architecture.n_outputs))
        return tf.while_loop(lambda i, _: i < n_tiles, predict_tile, (0, raw))[1]

    weights = [tf.TensorSpec(v.shape) for v in model.trainable_variables]
    return tf.function(
        predict_tiles, jit_compile=True, autograph=False
    ).get_concrete_function(
        weights,
        tf.TensorSpec((_tiles_per_call(architecture), _TILE_ROWS, *inputs.shape[1:])),
        tf.TensorSpec((), tf.int32),
    )


def _tiles_per_call(architecture):
    row_bytes = 4 * architecture.n_timesteps * architecture.n_channels
    return _at_a_time(_TILE_ROWS * row_bytes, _TILES_PER_CALL)


def predict_raw(architecture, weights, X):
    """Return the raw outputs of a network, before its head.

    Parameters
    ----------
    architecture : Architecture
        The layers.
    weights : list of ndarray
        Trained weights.
    X : ndarray of shape (n_samples, n_timesteps, n_channels)
        float32, in the units that the network works in.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs)
        float32.
    """
    # What acts in training alone is no reason for another program.
    predict_tiles = _predictor(replace(architecture, dropout=0.0, head="linear"))
    tiles = _tiles_per_call(architecture)
    rows_per_call = tiles * _TILE_ROWS
    weights = [tf.constant(weight) for weight in weights]
    raw = np.empty((len(X), architecture.n_outputs), dtype=np.float32)

    def predict_call(start):
        rows = X[start : start + rows_per_call]
        x = np.zeros((tiles, _TILE_ROWS, *X.shape[1:]), dtype=np.float32)
        x.reshape(-1, *X.shape[1:])[: len(rows)] = rows
        n_tiles = -(-len(rows) // _TILE_ROWS)
        out = predict_tiles(weights, tf.constant(x), tf.constant(n_tiles)).numpy()
        raw[start : start + len(rows)] = out.reshape(-1, out.shape[-1])[: len(rows)]

    starts = range(0, len(X), rows_per_call)
    if len(starts) < _CALLS_WORTH_THREADS:
        for start in starts:
            predict_call(start)
    else:  # a call keeps but one core busy
        with ThreadPoolExecutor(joblib.cpu_count()) as threads:
            for _ in threads.map(predict_call, starts):
                pass  # an error in a thread is raised here
    return raw


def build_model(architecture, weights, *, x_offset, x_scale, y_offset, y_scale):
    """Return a Keras model from X to predictions, both in the user's own units."""
    # In float64, and the offset first: X may lie far from 0.
    shape = (architecture.n_timesteps, architecture.n_channels)
    inputs = keras.Input(shape, dtype="float64", name="X")
    layer = functools.partial(keras.layers.Rescaling, dtype="float64")
    x = layer(1.0, -x_offset, name="shift")(inputs)
    x = layer(1.0 / x_scale, name="scale")(x)
    outputs = _keras_head(_raw_outputs(architecture, x), architecture.head)
    outputs = layer(y_scale, y_offset, name="rescale")(outputs)
    model = keras.Model(inputs, outputs, name="lstm_regressor")
    _assign(model.trainable_variables, weights)
    return model


def clear_programs():
    """Forget every compiled program. TensorFlow keeps some memory of each."""
    _pool.clear()
    _predictor.cache_clear()
