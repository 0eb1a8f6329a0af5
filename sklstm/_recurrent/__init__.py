"""The LSTM: its estimator, what it checks and scales, and its network.

Only `_keras` imports Keras, TensorFlow and scikeras, when a network is trained.
"""
