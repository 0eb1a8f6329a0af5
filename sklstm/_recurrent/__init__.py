"""The LSTM: `LSTMRegressor`, its validation and scaling, its heads and its network.

Only `_keras` imports Keras, TensorFlow and scikeras, and only to train a network or to
build a Keras model.
"""
