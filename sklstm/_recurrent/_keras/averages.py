"""Averages of the weights over the last steps of the training."""

import functools

import numpy as np

from sklstm._recurrent._keras.compat import tf
from sklstm._recurrent._keras.layers import assign_values, get_values

# While training is young, the average covers the last quarter of its steps, since the
# initial weights, and those soon after, are far from good ones.
_YOUNG_SHARE = 4


class Averages:
    """Exponential averages of weights, which change places with the last weights.

    A minibatch changes the last weights, and the averages follow. Validation and
    callbacks find the averages in the network. If a callback sets other weights there,
    training goes on with those.

    Parameters
    ----------
    variables : list of keras.Variable
        Weights; an empty list if none are averaged.
    """

    def __init__(self, variables):
        self._variables = [variable.value for variable in variables]
        # While the network has the last weights, the averages; else, the last weights.
        self._others = [
            tf.Variable(value, trainable=False) for value in self._variables
        ]
        self._n_steps = tf.Variable(0.0, trainable=False)
        self._window = tf.Variable(1.0, trainable=False)

    def load(self, last_weights, n_steps, window):
        """Set the last weights, the steps so far, and the steps of the average."""
        assign_values(self._others, last_weights[: len(self._others)])
        self._n_steps.assign(n_steps)
        self._window.assign(window)
        self._shown = get_values(self._variables)
        self._shows_last = False

    @property
    def n_steps(self):
        """Number of steps since the training began."""
        return float(self._n_steps.numpy())

    def last_weights(self):
        """Return the weights from which training goes on."""
        values = get_values(self._variables)
        if _are_equal(values, self._shown):
            return get_values(self._others)
        return values

    def show_last_weights(self):
        """Put the last weights into the network, unless they are there."""
        if self._others and not self._shows_last:
            found, _ = self._swap()
            if not _are_equal(found, self._shown):  # set by a callback
                assign_values(self._variables, found)
        self._shows_last = True

    def show_averages(self):
        """Put the averages into the network, unless they are there."""
        if self._others and self._shows_last:
            _, shown = self._swap()
            self._shown = [value.numpy() for value in shown]
        self._shows_last = False

    def update(self):
        """Let the averages follow the weights, after each step."""
        if not self._others:
            return
        self._n_steps.assign_add(1.0)
        young = tf.maximum(self._n_steps / _YOUNG_SHARE, 1.0)
        share = 1.0 / tf.minimum(young, self._window)
        for variable, average in zip(self._variables, self._others, strict=True):
            average.assign_add(share * (variable - average))

    @functools.cached_property
    def _swap(self):
        def swap():
            """Return the values of the network before and after."""
            before, after = (
                [tf.identity(variable) for variable in variables]
                for variables in (self._variables, self._others)
            )
            for variable, other, old, new in zip(
                self._variables, self._others, before, after, strict=True
            ):
                variable.assign(new)
                other.assign(old)
            return before, after

        # A compiled call takes no longer than a single assignment outside of one.
        return tf.function(swap, autograph=False).get_concrete_function()


def _are_equal(values, others):
    return all(map(functools.partial(np.array_equal, equal_nan=True), values, others))
