"""A compiled network and its training loop."""

import functools

import numpy as np

from sklstm._recurrent._keras.averages import Averages
from sklstm._recurrent._keras.callbacks import EpochObserver
from sklstm._recurrent._keras.compat import (
    keras,
    resume_epoch,
    set_resume_epoch,
    tf,
)
from sklstm._recurrent._keras.layers import (
    assign_values,
    get_values,
    keras_head,
    network_inputs,
    raw_outputs,
)
from sklstm._recurrent._keras.losses import row_losses
from sklstm._recurrent._keras.optimizers import averages_itself, make_optimizer
from sklstm._utils.persistence import checksum_of

# A compiled call trains on this number of minibatches, or on fewer if their inputs
# would need more bytes.
_CALL_BYTES = 8_000_000
_STEPS_PER_CALL = 32


class Program:
    """A compiled network and its training loop, used by one fit at a time.

    It has the attributes of a compiled Keras model that scikeras needs: `loss`,
    `optimizer`, `outputs` and `fit`. Callbacks receive the Keras model.
    """

    compiled = True

    def __init__(self, architecture, training, *, jit, by_step):
        inputs = network_inputs(architecture)
        raw = raw_outputs(architecture, inputs)
        outputs = keras_head(raw, architecture)
        self.model = keras.Model(inputs, outputs, name="sklstm")
        self._n_targets = architecture.n_outputs
        if training.quantiles is not None:
            self._n_targets = architecture.n_groups
        self.loss = row_losses(training, self._n_targets)
        self.optimizer = make_optimizer(training)
        self.model.compile(self.optimizer, self.loss, jit_compile=jit)
        self.optimizer.build(self.model.trainable_variables)
        self.outputs = self.model.outputs
        self._batch_size = training.batch_size
        step_bytes = 4 * self._batch_size * int(np.prod(self.model.input_shape[1:]))
        most = 1 if by_step else _STEPS_PER_CALL
        self._steps_per_call = pieces_per_call(step_bytes, most)
        self._first_weights = get_values(self.model.trainable_variables)
        self._first_optimizer = get_values(self.optimizer.variables)
        self._is_averaging = training.average_epochs > 0 and not averages_itself(
            self.optimizer
        )
        self._averages = Averages(
            self.model.trainable_variables if self._is_averaging else []
        )
        self._drops_out = architecture.dropout > 0
        self._by_step = by_step
        self._jit = jit

    def load(self, state, learning_rate, start, window):
        """Set the state that a fit starts from.

        Parameters
        ----------
        state : NetworkState
            With `weights` None, weights are drawn from the seed.
        learning_rate : float or None
            None if a schedule determines it.
        start : ndarray of shape (n_outputs,)
            Biases of the last layer, if weights are drawn.
        window : float
            Number of steps over which weights are averaged.
        """
        weights, optimizer = state.weights, state.optimizer
        if weights is None:
            weights = self._new_weights(state.seed, start)
        if optimizer is None or optimizer["name"] != self.optimizer_name:
            # No state was kept, or it belongs to another optimizer.
            optimizer = {"values": self._first_optimizer, "learning_rate": None}
        last_weights = weights
        # Not if others were set in their place since.
        if optimizer.get("averages") == checksum_of(weights):
            last_weights = optimizer["last_weights"] or weights
        if not self._is_averaging:
            weights = last_weights
        assign_values(self.model.trainable_variables, weights)
        assign_values(self.optimizer.variables, optimizer["values"])
        self._averages.load(last_weights, optimizer.get("n_steps", 0), window)
        # A rate that a callback changed stays, unless the parameter has changed, too.
        if learning_rate not in (None, optimizer["learning_rate"]):
            self.optimizer.learning_rate = learning_rate

    def weights(self):
        """Return the weights that the network has between the epochs."""
        self._averages.show_averages()
        return get_values(self.model.trainable_variables)

    def optimizer_state(self):
        """Return what training needs to go on, besides the weights."""
        return {
            "values": get_values(self.optimizer.variables),
            "name": self.optimizer_name,
            "last_weights": self._averages.last_weights(),
            "averages": checksum_of(get_values(self.model.trainable_variables)),
            "n_steps": self._averages.n_steps,
        }

    @property
    def optimizer_name(self):
        """Identifies the variables of the optimizer: its class and their shapes."""
        shapes = [variable.shape for variable in self.optimizer.variables]
        return f"{type(self.optimizer).__name__} {shapes}"

    def _new_weights(self, seed, start):
        """Draw initial weights as Keras' layers do."""
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
        """Train on minibatches, as ``keras.Model.fit`` does.

        `seed` and the number of an epoch determine all its random numbers.
        """
        del unused  # passed by scikeras
        # scikeras converts weights to Keras' default dtype, which may not be float32.
        data = tuple(
            np.asarray(part, dtype=np.float32) for part in (x, y, sample_weight)
        )
        # An observer asks for the weights if it needs them.
        is_seen = validation_data is not None or any(
            not isinstance(callback, EpochObserver) for callback in callbacks
        )
        callbacks = keras.callbacks.CallbackList(
            callbacks,
            add_history=True,
            add_progbar=verbose != 0,
            verbose=verbose,
            epochs=epochs,
            steps=-(-len(x) // self._batch_size),
            model=self.model,
        )
        self.model.stop_training = False
        set_resume_epoch(self.model, None)
        logs = {}
        callbacks.on_train_begin()
        # BackupAndRestore has also restored the weights.
        resumed = resume_epoch(self.model)
        self.first_epoch = initial_epoch if resumed is None else resumed
        for epoch in range(self.first_epoch, epochs):
            callbacks.on_epoch_begin(epoch)
            rng = np.random.default_rng([seed, epoch])
            self._seed_layers(rng)
            order = rng.permutation(len(x)) if shuffle else np.arange(len(x))
            self._averages.show_last_weights()
            logs = {"loss": self._train_epoch(data, order, callbacks)}
            if is_seen:
                self._averages.show_averages()
            if validation_data is not None:
                logs["val_loss"] = self._validate(validation_data, callbacks)
            callbacks.on_epoch_end(epoch, logs)
            if self.model.stop_training or not np.isfinite(logs["loss"]):
                break
        self._averages.show_averages()
        self.optimizer.finalize_variable_values(self.model.trainable_variables)
        callbacks.on_train_end(logs)
        return self.model.history

    def _train_epoch(self, data, order, callbacks):
        """Train for one epoch, and return the mean loss of its minibatches."""
        total = 0.0
        for first, last, batches in self._calls(data, order):
            callbacks.on_train_batch_begin(first)
            total += float(self._train_steps(*batches))
            mean = total / min((last + 1) * self._batch_size, len(order))
            callbacks.on_train_batch_end(last, {"loss": mean})
            if self._by_step:  # averaged as the callbacks leave them
                self._averages.update()
            if self.model.stop_training:
                break
        return mean

    def _validate(self, data, callbacks):
        """Return the mean loss of the validation rows."""
        order = np.arange(len(data[0]))
        total = 0.0
        callbacks.on_test_begin()
        for first, last, batches in self._calls(data, order):
            callbacks.on_test_batch_begin(first)
            total += float(self._loss_of_steps(*batches))
            mean = total / min((last + 1) * self._batch_size, len(order))
            callbacks.on_test_batch_end(last, {"loss": mean})
        callbacks.on_test_end({"loss": mean})
        return mean

    def _seed_layers(self, rng):
        # Drawn even if no layer needs them: the order of the rows is drawn after them.
        for variable in self.model.non_trainable_variables:
            seed = rng.integers(2**32, size=2, dtype=np.uint32)
            if self._drops_out:
                variable.assign(seed)

    def _calls(self, arrays, order):
        """Yield the minibatches of each compiled call, with rows in `order`.

        The last minibatch is padded with rows of weight 0, since another shape would
        have to be compiled again.

        Yields
        ------
        first, last : int
            Numbers of the first and last minibatch.
        arguments : tuple of tf.Tensor
            Arguments of the compiled functions.
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

    def _weighted_loss(self, x, y, weight, training):
        losses = tf.convert_to_tensor(self.loss(y, self.model(x, training=training)))
        # The length may be unknown at compile time.
        if losses.shape.rank != 1 or not losses.shape.is_compatible_with(weight.shape):
            raise ValueError(
                "LSTMRegressor: `loss` must return one value for each row, of shape "
                f"(batch_size,); got shape {tuple(losses.shape)}."
            )
        return tf.reduce_sum(losses * weight)

    def _compile(self, step):
        """Compile a loop over minibatches that sums the results of `step`."""

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
            if not self._by_step:
                self._averages.update()
            return loss_sum

        return self._compile(step)

    @functools.cached_property
    def _loss_of_steps(self):
        def step(x, y, weight, n_rows):
            return self._weighted_loss(x, y, weight, training=False)

        return self._compile(step)


def pieces_per_call(n_bytes, most):
    """Return the number of pieces of `n_bytes` in a call, `most` if they are small."""
    return int(np.clip(_CALL_BYTES // n_bytes, 1, most))
