"""A pool of compiled programs that fits of one architecture share."""

import json
import threading
from collections import OrderedDict
from contextlib import contextmanager

from sklstm._recurrent._keras.compat import (
    is_from_keras,
    keras,
    learning_rate_of,
    weight_decay_exclusions,
)
from sklstm._recurrent._keras.optimizers import initial_learning_rate

_MAX_IDLE_PROGRAMS = 8


def program_key(architecture, training, **compiled):
    """Return the key of a program in the pool, or None if it cannot be shared."""
    if not _is_shareable(training):
        return None
    return (
        architecture,
        training.quantiles,
        _loss_key(training.loss),
        _config_key(training.optimizer, ignored=("learning_rate",)),
        initial_learning_rate(training) is None and _config_key(training.optimizer),
        training.batch_size,
        training.average_epochs > 0,
        *sorted(compiled.items()),
    )


def _is_shareable(training):
    """Return whether configurations describe the loss and the optimizer fully.

    Custom ones may behave differently in each fit, which a compiled program would
    ignore.
    """
    optimizer = training.optimizer
    if isinstance(optimizer, str):
        return is_from_keras(training.loss)
    rate = learning_rate_of(optimizer)
    if rate is None or weight_decay_exclusions(optimizer):
        return False
    return all(map(is_from_keras, (training.loss, optimizer, rate)))


def _config_key(thing, ignored=()):
    """Return a key for a loss or optimizer: its name, or class and configuration."""
    if not hasattr(thing, "get_config") or not is_from_keras(thing):
        return thing
    config = {k: v for k, v in thing.get_config().items() if k not in ignored}
    return type(thing), json.dumps(config, sort_keys=True, default=repr)


def _loss_key(loss):
    """Return a key for a loss; Keras leaves parameters out of some configurations."""
    if isinstance(loss, keras.losses.Loss) and is_from_keras(loss):
        state = {k: v for k, v in vars(loss).items() if k != "name"}
        return type(loss), json.dumps(state, sort_keys=True, default=repr)
    return loss


class ProgramPool:
    """Idle programs; the least recently used is removed first.

    A program is taken out during a fit, so that concurrent fits never share one.
    """

    def __init__(self, max_idle=_MAX_IDLE_PROGRAMS):
        self._max_idle = max_idle
        self._idle = OrderedDict()
        self._lock = threading.Lock()
        self._counter = 0

    @contextmanager
    def program(self, key, make):
        """Lend the program for `key`; after a failed fit it is not returned.

        With `key` None a new program is created, and not kept.
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
        """Remove all programs."""
        with self._lock:
            self._idle.clear()
