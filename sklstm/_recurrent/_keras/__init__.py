"""The only package that imports Keras, TensorFlow and scikeras.

That takes seconds, so it is imported only to train a network or to build a Keras model.
The rest of the library calls:

- `train`, which passes a program to scikeras' ``KerasRegressor``. A program is a Keras
  model whose `fit` runs many minibatches in one compiled call. Fits of one architecture
  share one program: weights, optimizer variables, random seeds and the learning rate
  are set before each fit and read after it.
- `build_model`, which returns an ordinary Keras model to inspect, save or export.

Global random state is neither used nor changed: each initializer and each random layer
has its own seed.
"""

from sklstm._recurrent._keras.model import build_model
from sklstm._recurrent._keras.training import programs, train

__all__ = ["build_model", "clear_programs", "train"]


def clear_programs():
    """Remove all compiled programs. TensorFlow does not release all of their memory."""
    programs.clear()
