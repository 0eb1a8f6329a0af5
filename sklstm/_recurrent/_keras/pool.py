"""Programs that wait for their next fit, and what tells them apart."""

import json
import threading
from collections import OrderedDict
from contextlib import contextmanager

from sklstm._recurrent._keras.compat import (
    is_from_keras,
    learning_rate_of,
    weight_decay_exclusions,
)
from sklstm._recurrent._keras.optimizers import initial_learning_rate

_MAX_IDLE_PROGRAMS = 8


def program_key(architecture, training, **compiled):
    """Return what tells one program from another; None for one that nobody shares."""
    if not _is_shareable(training):
        return None
    return (
        architecture,
        training.quantiles,
        _config_key(training.loss),
        _config_key(training.optimizer, ignored=("learning_rate",)),
        initial_learning_rate(training) is None and _config_key(training.optimizer),
        training.batch_size,
        *sorted(compiled.items()),
    )


def _is_shareable(training):
    """Return whether names and configurations say all of the loss and the optimizer.

    What a user wrote may do something else in each fit, and a compiled program would
    not know of it.
    """
    optimizer = training.optimizer
    if isinstance(optimizer, str):
        return is_from_keras(training.loss)
    rate = learning_rate_of(optimizer)
    if rate is None or weight_decay_exclusions(optimizer):
        return False
    return all(map(is_from_keras, (training.loss, optimizer, rate)))


def _config_key(thing, ignored=()):
    """Return what tells apart two losses or optimizers: their name or configuration."""
    if not hasattr(thing, "get_config") or not is_from_keras(thing):
        return thing
    config = {k: v for k, v in thing.get_config().items() if k not in ignored}
    return type(thing), json.dumps(config, sort_keys=True, default=repr)


class ProgramPool:
    """Programs that no fit is using, the least recently used thrown away first.

    A fit takes its program out, so that fits in several threads never share one.
    """

    def __init__(self, max_idle=_MAX_IDLE_PROGRAMS):
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
        """Forget all of them."""
        with self._lock:
            self._idle.clear()
