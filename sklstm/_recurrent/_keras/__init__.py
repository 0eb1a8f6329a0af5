"""The only door to Keras, TensorFlow and scikeras.

Importing them takes seconds, so this room is entered only when a network is trained or
a Keras model is asked for. What the rest of the library calls:

- `train` hands a program to scikeras' ``KerasRegressor``: a Keras model whose `fit`
  runs many minibatches in one compiled call. Fits of one architecture share one
  program: weights, optimizer variables, random seeds and the learning rate go in
  before a fit and out after it.
- `predict_raw` calls a compiled, stateless function of weights and inputs.
- `build_model` makes an ordinary Keras model to look at, save or export.

Global state stays as it was: each initializer and each random layer has its own seed,
so that no global generator is drawn from or set.
"""

from sklstm._recurrent._keras.model import build_model
from sklstm._recurrent._keras.prediction import clear_predictors, predict_raw
from sklstm._recurrent._keras.training import programs, train

__all__ = ["build_model", "clear_programs", "predict_raw", "train"]


def clear_programs():
    """Forget every compiled program. TensorFlow keeps some memory of each."""
    programs.clear()
    clear_predictors()
