"""`LSTMRegressor`: its parameters, and the steps of a fit and of a prediction.

The module is long because more than half of it documents the class. It does not import
Keras: `sklstm._recurrent._keras` is imported when a network is trained.
"""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from sklstm._recurrent.copying import CopyingMixin
from sklstm._recurrent.forking import check_not_forked
from sklstm._recurrent.forward import raw_outputs
from sklstm._recurrent.from_keras import read_model
from sklstm._recurrent.heads import HEADS, apply_head, location, start_of_head
from sklstm._recurrent.network import Architecture, NetworkState, Trained, Training
from sklstm._recurrent.rows import read_rows, read_validation_rows, stops_early
from sklstm._recurrent.scaling import (
    new_scales,
    scale_sequences,
    scales_of,
    scaling_rule,
    to_network,
)
from sklstm._recurrent.steps import check_steps, has_absent
from sklstm._recurrent.validation import (
    check_callbacks,
    check_converged,
    check_instances,
    check_quantiles,
    check_sequences,
    check_units,
    explain_keywords,
    resolve_batch_size,
    resolve_patience,
    split_last,
    warn_of_unreachable,
)
from sklstm._recurrent.warm_start import (
    check_same_network,
    check_same_task,
    refuse_another_network,
)
from sklstm._utils.frames import check_same_names, column_names
from sklstm._utils.numeric import as_numbers
from sklstm._utils.sklearn_private import (
    CallbackSupportMixin,
    EpochTasks,
    HasMethods,
    Interval,
    ShortMessagesMixin,
    StrOptions,
    _fit_context,
)
from sklstm._utils.validation import as_weights

__all__ = ["LSTMRegressor"]

# Smaller networks are assumed to be test-sized.
_FEW_EPOCHS = 50
_FEW_UNITS = 8


class LSTMRegressor(
    CallbackSupportMixin,
    ShortMessagesMixin,
    CopyingMixin,
    RegressorMixin,
    BaseEstimator,
):
    """Recurrent (LSTM) neural network regressor.

    The network has one or several stacked LSTM layers [1]_, a dense output layer, and a
    `head` that can make the outputs non-negative or ordered by construction. It is
    trained with Keras through scikeras, which are imported, together with TensorFlow,
    when the first network is trained. Prediction needs none of them.

    Parameters
    ----------
    units : int or tuple of int, default=32
        Number of units of the LSTM layer, or of each of several stacked layers.
    n_timesteps : int, default=None
        Number of steps of a 2-D X: rows of length ``n_timesteps * k`` are sequences of
        `n_timesteps` steps of `k` channels, step by step. None takes each column as one
        step of a single channel. Must be None for a 3-D X.
    bidirectional : bool, default=False
        Whether each layer also reads the sequence backwards.
    dropout : float, default=0.0
        Fraction of each LSTM layer's outputs that is set to 0 during training, in
        [0, 1).
    head : {"linear", "positive", "ordered", "positive_ordered"}, default="linear"
        Constraints that the outputs obey by construction, in the units of the target:
        none ("linear"), not below 0 ("positive"), not below the previous output
        ("ordered"), or both.
    quantiles : array-like of float, default=None
        Increasing levels in (0, 1). The network then predicts these quantiles of y,
        with one output for each level, trained on the pinball loss [2]_. For a 2-D y,
        there is one output for each target and level, the levels of the first target
        first, and an ordered head orders the quantiles of each target.
    loss : str or callable, default="mse"
        A Keras loss, by name or as an instance, or a function of targets and
        predictions that returns one value for each row. It is computed on y as scaled
        by `normalize`; the `delta` of a Huber loss has the same unit. For "poisson",
        "mape" and "msle", which need positive values, y is scaled but not shifted; for
        cross-entropies it is not changed. Ignored if `quantiles` are given. In the grid
        of a search, give ``functools.partial(keras.losses.huber, delta=0.1)`` instead
        of an instance, since copies of an instance of Keras lose their parameters.
    optimizer : str or keras.optimizers.Optimizer, default="adam"
        A Keras optimizer, by name or as an instance. An instance is copied.
    learning_rate : float, default=5e-3
        Learning rate of an `optimizer` given by name; an instance has its own. A warm
        start continues with the last learning rate, unless this parameter is changed.
    average_epochs : float, default=1.0
        Number of epochs over which the weights are averaged [3]_, exponentially, though
        never over more than the last quarter of the training. The averages are what is
        validated, kept, and seen by callbacks between epochs; training itself goes on
        with the last weights, or with those that a callback sets or restores. An epoch
        of `partial_fit` is one call. With 0, the last weights are kept. Ignored if the
        `optimizer` is an instance with ``use_ema=True``, which averages by itself.
    epochs : int, default=100
        Number of passes over the training rows; with `early_stopping`, at most.
    batch_size : int or "auto", default="auto"
        Number of rows in a minibatch. "auto" uses 32, or 16 or 8 if an epoch would
        otherwise have fewer than 20 minibatches.
    shuffle : bool, default=True
        Whether to shuffle the training rows before each epoch.
    early_stopping : bool or "auto", default="auto"
        Whether to hold out the last rows for validation, stop when the loss on them has
        not improved for `patience` epochs, and keep the best weights. "auto" does so if
        there are 100 rows or more, or if `fit` is given validation rows.
    validation_fraction : float, default=0.1
        Fraction of the rows that `early_stopping` holds out. These are the *last* rows,
        since random rows of overlapping windows would overlap with training rows.
    patience : int or "auto", default="auto"
        Number of epochs without a lower validation loss after which training stops.
        "auto" is 10 epochs, or as many as take 700 minibatches if these are more.
    normalize : bool, default=True
        Whether to scale X and y with the statistics of the training rows. Each channel
        of X (each column of a 2-D X with a single channel) is scaled to mean 0 and
        variance 1. y is scaled as the head allows: for a positive head it is not
        shifted, for an ordered head all outputs share one scale.
    callbacks : keras.callbacks.Callback or list of them, default=None
        Callbacks of the training. They are copied, so that the originals do not change.
        Their ``self.model`` is the network for normalised X and y; to save a model, use
        `model_`. A callback that acts on each minibatch makes training slower.
    warm_start : bool, default=False
        Whether `fit` continues from the state of the last fit, including the optimizer.
        The scales of X and y remain those of the first fit, so parameters that affect
        the scales, the outputs or the architecture must not change.
    random_state : int, RandomState instance or None, default=None
        Determines the initial weights, the order of the rows and dropout. Pass an int
        for the same trained weights in every fit and process, with the same versions
        and on the same kind of processor and number of cores.
    verbose : int, default=0
        0 is silent, 1 shows Keras' progress bar, 2 prints one line for each epoch.

    Attributes
    ----------
    weights_ : list of ndarray
        Trained weights, float32, in the order of Keras' variables.
    history_ : dict of str to list
        Loss of each epoch on the training rows (``"loss"``), with the weights of each
        step, and, with `early_stopping`, on the held-out rows (``"val_loss"``), with
        the averages. Both are in normalised units. It also has the values that
        callbacks logged. NaN marks epochs without a value: those before a warm start
        without held-out rows, or those restored by a callback.
    callbacks_ : list of keras.callbacks.Callback
        The copies of `callbacks` that were used in the last training, with what they
        recorded.
    n_epochs_ : int
        Total number of epochs trained.
    n_outputs_ : int
        Number of outputs: of targets, or with `quantiles`, of targets times levels.
    quantiles_ : tuple of float or None
        The levels that the network was trained for.
    n_features_in_ : int
        Number of columns of a 2-D X, or of steps of a 3-D X.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of X. Defined only if they are all strings.
    model_ : keras.Model
        A Keras model from X to predictions, in the original units and in float64, as
        in `predict`. It is built on access.

    See Also
    --------
    sklstm.PositiveOrderedRegressor : Bounds and orders for the predictions of any
        regressor.
    sklstm.preprocessing.make_windows : Create X and y from a long series.

    Notes
    -----
    The fitted state consists of NumPy arrays and plain Python objects, which pickle,
    joblib, cloudpickle, copy and skops preserve exactly. The state of the optimizer is
    saved only with ``warm_start=True`` or after `partial_fit`. Parameters are saved as
    they are, including Keras objects. Callbacks, losses and optimizers that cannot be
    pickled (such as a lambda or an open file) are left out with a warning.

    `predict` computes the network in NumPy, in float32. The prediction of a row is
    exactly the same alone, in a batch, and with any number of cores or threads. It uses
    as many threads as scikit-learn does, which the environment variable
    ``OMP_NUM_THREADS`` limits.

    All fits of one architecture share one compiled program, so that further fits need
    no further memory. TensorFlow keeps about ten megabytes for each architecture, and
    for each fit with a custom loss, optimizer or schedule. A wide search over `units`
    is best run in separate processes (``n_jobs=2``).

    A step of a 3-D X, or of a 2-D X with `n_timesteps`, that is NaN in every channel is
    absent: the network skips it, as Keras does behind a Masking layer, and it does not
    count for the scales. So sequences may differ in length;
    :func:`~sklstm.preprocessing.pad_sequences` stacks them. A step that is NaN in some
    channels is an error. `model_` skips absent steps if the training rows had some.

    Sample weights multiply the loss of each row, as in Keras, after they are scaled to
    a mean of 1. Rows with weight 0 are left out.

    References
    ----------
    .. [1] Hochreiter, S. and Schmidhuber, J. (1997). "Long short-term memory". Neural
       Computation 9(8). :doi:`10.1162/neco.1997.9.8.1735`
    .. [2] Koenker, R. and Bassett, G. (1978). "Regression quantiles". Econometrica
       46(1). :doi:`10.2307/1913643`
    .. [3] Polyak, B. T. and Juditsky, A. B. (1992). "Acceleration of stochastic
       approximation by averaging". SIAM Journal on Control and Optimization 30(4).
       :doi:`10.1137/0330046`

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm import LSTMRegressor
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 12, 1))  # 200 sequences of 12 steps, one channel
    >>> y = X[:, -3:, 0].mean(axis=1)
    >>> regressor = LSTMRegressor(units=8, learning_rate=0.01, random_state=0)
    >>> regressor.fit(X, y).predict(X).shape
    (200,)
    >>> bool(regressor.score(X, y) > 0.8)
    True

    Quantiles of two targets, with the levels of the first target first:

    >>> y = np.column_stack([y, X[:, -1, 0]])
    >>> regressor = LSTMRegressor(units=8, quantiles=[0.1, 0.5, 0.9], random_state=0)
    >>> quantiles = regressor.set_params(epochs=5).fit(X, y).predict(X)
    >>> quantiles.shape
    (200, 6)
    >>> of_second_target = quantiles.reshape(200, 2, 3)[:, 1]
    """

    _later_parameters = {"average_epochs": 0.0}
    _parameter_constraints: dict = {
        "units": [Interval(Integral, 1, None, closed="left"), tuple, list],
        "n_timesteps": [Interval(Integral, 1, None, closed="left"), None],
        "bidirectional": ["boolean"],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "head": [StrOptions(set(HEADS))],
        "quantiles": ["array-like", None],
        "loss": [str, callable],
        "optimizer": [str, HasMethods(["apply", "get_config"])],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "average_epochs": [Interval(Real, 0, None, closed="left")],
        "epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
        ],
        "shuffle": ["boolean"],
        "early_stopping": [StrOptions({"auto"}), "boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "patience": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
        ],
        "normalize": ["boolean"],
        "callbacks": [list, tuple, HasMethods(["set_model"]), None],
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        units: int | Sequence[int] = 32,
        *,
        n_timesteps: int | None = None,
        bidirectional: bool = False,
        dropout: float = 0.0,
        head: str = "linear",
        quantiles: Sequence[float] | None = None,
        loss: Any = "mse",
        optimizer: Any = "adam",
        learning_rate: float = 5e-3,
        average_epochs: float = 1.0,
        epochs: int = 100,
        batch_size: int | str = "auto",
        shuffle: bool = True,
        early_stopping: bool | str = "auto",
        validation_fraction: float = 0.1,
        patience: int | str = "auto",
        normalize: bool = True,
        callbacks: Sequence[Any] | None = None,
        warm_start: bool = False,
        random_state: int | np.random.RandomState | None = None,
        verbose: int | str = 0,
    ) -> None:
        self.units = units
        self.n_timesteps = n_timesteps
        self.bidirectional = bidirectional
        self.dropout = dropout
        self.head = head
        self.quantiles = quantiles
        self.loss = loss
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.average_epochs = average_epochs
        self.epochs = epochs
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.normalize = normalize
        self.callbacks = callbacks
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    @explain_keywords
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: ArrayLike | None = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> Self:
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_channels) or \
                (n_samples, n_features)
            Sequences. For 2-D X see `n_timesteps`. Steps that are NaN in every channel
            are absent.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Target values.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative sample weights.
        X_val, y_val : array-like, default=None
            Validation rows for `early_stopping`, of the shapes of X and y. They replace
            the rows that would be held out, so that all of X is trained on. In a
            Pipeline, ``transform_input=["X_val"]`` transforms X_val as X is.
        sample_weight_val : array-like of shape (n_val,), default=None
            Non-negative weights of the validation rows.

        Returns
        -------
        self : LSTMRegressor
            The fitted estimator.

        Raises
        ------
        ValueError
            If the training diverges, so that the loss is not finite.
        """
        continuing = self.warm_start and hasattr(self, "weights_")
        return self._fit_or_restore(
            X,
            y,
            sample_weight,
            continuing=continuing,
            epochs=self.epochs,
            validation={
                "X_val": X_val,
                "y_val": y_val,
                "sample_weight_val": sample_weight_val,
            },
        )

    @explain_keywords
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Train for one more epoch on the given rows.

        The scales of X and y are determined by the rows of the first call.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_channels) or \
                (n_samples, n_features)
            Sequences.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Target values.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative sample weights.

        Returns
        -------
        self : LSTMRegressor
            The fitted estimator.

        Raises
        ------
        ValueError
            If parameters have changed that the network or the scales of the first call
            do not allow, or if the training diverges.
        """
        self._fit_or_restore(
            X,
            y,
            sample_weight,
            continuing=hasattr(self, "weights_"),
            epochs=1,
            validation=None,
        )
        self._fitted_in_parts = True
        return self

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Predict the targets of sequences.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_channels) or \
                (n_samples, n_features)
            Sequences, with rows of the shape seen during `fit`.

        Returns
        -------
        y_pred : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predictions in float64. With `quantiles`, one column for each level, or for
            each target and level, the levels of the first target first.

        Raises
        ------
        NotFittedError
            If it is not fitted.
        ValueError
            If X has another number of steps or channels, or other names, than in `fit`,
            or if values are infinite, or missing in part of a step.
        """
        if not hasattr(self, "weights_"):  # asked first, since it takes no time
            check_is_fitted(self)
        X = check_sequences(self, X, fitted_shape=self._row_shape, absent_steps=True)
        architecture = Architecture(**self._architecture)
        sequences = X.reshape(len(X), architecture.n_timesteps, -1)
        check_steps(sequences, type(self).__name__)
        raw = raw_outputs(
            architecture,
            self.weights_,
            sequences,
            partial(scale_sequences, offset=self._x_offset, scale=self._x_scale),
        )
        outputs = apply_head(
            raw.astype(np.float64), architecture.head, architecture.n_groups
        )
        predictions = outputs * self._y_scale + self._y_offset
        return predictions[:, 0] if self._flat else predictions

    def score(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """Return the R2 score, or with `quantiles` the mean D2 pinball score.

        With `quantiles`, it is the mean over levels and targets.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_channels) or \
                (n_samples, n_features)
            Sequences.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            True target values.
        sample_weight : array-like of shape (n_samples,), default=None
            Sample weights.

        Returns
        -------
        score : float
            The best score is 1. Constant predictions of the mean, or of the empirical
            quantiles, score 0.
        """
        owner = type(self).__name__
        y, sample_weight = as_numbers(y, "y", owner), as_weights(sample_weight, owner)
        check_is_fitted(self)
        if self._levels is None:
            return super().score(X, y, sample_weight)
        from sklstm.metrics import d2_pinball_score

        return d2_pinball_score(
            y, self.predict(X), quantiles=self._levels, sample_weight=sample_weight
        )

    @property
    def quantiles_(self) -> Any:
        """The levels that the network was trained for, or None."""
        if not hasattr(self, "weights_"):
            raise AttributeError(
                f"This {type(self).__name__} has no `quantiles_` before it is fitted."
            )
        return self._levels

    @property
    def model_(self) -> Any:
        """A Keras model from X to predictions, built on each access."""
        if not hasattr(self, "weights_"):
            raise AttributeError(
                f"This {type(self).__name__} has no `model_` before it is fitted."
            )
        architecture = Architecture(**self._architecture)
        return _keras_room(type(self).__name__).build_model(
            architecture, self.weights_, **scales_of(self)
        )

    def __dir__(self):
        # scikit-learn asks whether there is each of them, and displays their values in
        # HTML. The model takes seconds to build, and needs Keras.
        return [name for name in object.__dir__(self) if _is_at_hand(self, name)]

    @classmethod
    def from_keras(cls, model: Any) -> Self:
        """Take over a trained Keras model as a fitted estimator.

        The predictions equal those of `model` up to rounding in float32. No data are
        needed, and the estimator predicts in the units of the model.

        Parameters
        ----------
        model : keras.Sequential or functional keras.Model
            A chain of LSTM layers (all or none of them Bidirectional) and Dense layers,
            with Dropout. Dense layers may have the activations "relu", "sigmoid",
            "softplus" and "tanh", or be linear. Rescaling and Normalization layers may
            come first, and after the output layer. The number of steps must be fixed.

        Returns
        -------
        regressor : LSTMRegressor
            A fitted estimator with ``normalize=False`` and with the `units`,
            `bidirectional`, `dropout` and `head` of the model. To use it as it is in a
            :class:`~sklstm.PositiveOrderedRegressor`, which would fit a clone, pass
            ``FrozenEstimator(regressor)``.

            `partial_fit`, and `fit` with ``warm_start=True``, train all of its layers
            further. Dropout then acts after each LSTM layer if all Dropout layers of
            the model have one rate, and else not at all. No parameter describes several
            Dense layers, or another last activation than softplus; an estimator with
            them, and each clone of it, refuses to `fit` another network in its place.

        Raises
        ------
        ValueError
            If the model has other layers or options; the message names the layer. Any
            Keras model can be used as ``FrozenEstimator(model)``.
        """
        architecture, weights, scales = read_model(model, cls.__name__)
        units = architecture.units
        regressor = cls(
            units[0] if len(units) == 1 else units,
            bidirectional=architecture.bidirectional,
            dropout=architecture.dropout,
            head=architecture.head if architecture.head in HEADS else "linear",
            # That of Keras' optimizers: a higher one may undo what was learnt.
            learning_rate=1e-3,
            normalize=False,
        )
        frame = {
            **scales,
            "_scaling_rule": scaling_rule(False, "mse", None, per_timestep=False),
            "_levels": None,
            "n_outputs_": architecture.n_outputs,
            "n_features_in_": architecture.n_timesteps,
            "_architecture": asdict(architecture),
            "_row_shape": (architecture.n_timesteps, architecture.n_channels),
            "_flat": architecture.n_outputs == 1,
        }
        state = NetworkState(
            weights=weights, optimizer=None, history={}, seed=regressor._new_seed()
        )
        regressor._keep(frame, Trained(state, first_epoch=0, callbacks=[]))
        is_declared = architecture.head in HEADS
        if architecture.hidden or not is_declared:
            head = {} if is_declared else {"head": architecture.head}
            regressor._taken_over = {"hidden": architecture.hidden, **head}
        return regressor

    @staticmethod
    def clear_programs() -> None:
        """Remove the compiled programs that the fits of this process share.

        A small number of programs is kept, so that later fits need not compile them
        again. Results do not depend on them. TensorFlow does not release all memory of
        a program.
        """
        from sklstm._recurrent import _keras

        _keras.clear_programs()

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        # Only where a step cannot be taken for a feature.
        tags.input_tags.allow_nan = self.n_timesteps is not None
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = True
        tags.regressor_tags.poor_score = self._is_tiny()
        return tags

    def _is_tiny(self):
        try:
            return bool(self.epochs < _FEW_EPOCHS or np.max(self.units) < _FEW_UNITS)
        except (TypeError, ValueError):  # invalid, which `fit` reports
            return False

    def _fit_or_restore(self, X, y, sample_weight, **how):
        """Fit, and restore the previous state if that fails or is interrupted."""
        tasks = EpochTasks(self, how["epochs"])
        before = dict(vars(self))
        try:
            return self._fit(X, y, sample_weight, tasks=tasks, **how)
        except BaseException:
            self.__dict__ = before
            raise

    def _fit(self, X, y, sample_weight, *, tasks, continuing, epochs, validation):
        owner = type(self).__name__
        quantiles = check_quantiles(self.quantiles, owner)
        check_instances(self.loss, self.optimizer, owner)
        rows = read_rows(
            self,
            X,
            y,
            sample_weight,
            quantiles,
            fitted_shape=self._row_shape if continuing else None,
            min_samples=1 if continuing else 2,
        )
        if not continuing:
            refuse_another_network(self, owner)
        architecture = self._architecture_for(rows, quantiles, continuing)
        rule = scaling_rule(
            self.normalize, self.loss, quantiles, per_timestep=rows.per_timestep
        )
        if continuing:
            check_same_task(self, quantiles, rule)
            check_same_network(architecture, self._architecture, owner)
        else:
            warn_of_unreachable(rows.data[1], self.head, quantiles, owner)
        data, held_out, stopping = rows.data, None, False
        if validation is not None:
            check_same_names(column_names(y), validation["y_val"], "y_val", owner)
            data, held_out, stopping = self._split(rows, quantiles, validation)
        if continuing:
            scales = scales_of(self)
        else:
            scales = new_scales(data, rule, self.head, quantiles, owner)
        frame = {
            **scales,
            "_scaling_rule": rule,
            "_levels": quantiles,
            "n_outputs_": architecture.n_outputs,
            "_architecture": asdict(architecture),
            "_row_shape": rows.shape,
            "_flat": rows.flat,
        }
        tasks.begin_fit(
            X,
            y,
            as_weights(sample_weight, owner),
            lambda weights: {**frame, "weights_": weights},
        )

        _keras = _keras_room(owner)
        before = self._state() if continuing else self._new_state()
        data = to_network(data, **scales)
        trained = _keras.train(
            architecture,
            self._training(quantiles, epochs, stopping, len(data[0])),
            data,
            validation_data=held_out and to_network(held_out, **scales),
            state=before,
            start=start_of_head(
                location(data[1], quantiles), self.head, architecture.n_groups
            ),
            observer=tasks,
        )
        losses = ("loss", "val_loss") if stopping else ("loss",)
        check_converged(trained, losses, owner, self.learning_rate)
        self._keep(frame, trained)
        tasks.end_fit()
        return self

    def _split(self, rows, quantiles, validation):
        """Return the rows to train on, those to validate on, and whether to stop."""
        owner = type(self).__name__
        held_out = read_validation_rows(self, rows, quantiles, **validation)
        n_rows = len(rows.data[0])
        if not stops_early(self.early_stopping, n_rows, held_out):
            return rows.data, None, False
        if held_out is None:
            return *split_last(rows.data, self.validation_fraction, owner), True
        return rows.data, held_out, True

    def _architecture_for(self, rows, quantiles, continuing):
        sequences, y, _ = rows.data
        n_targets = y.shape[1]
        declared = {
            "n_timesteps": sequences.shape[1],
            "n_channels": sequences.shape[2],
            "n_outputs": n_targets * (1 if quantiles is None else len(quantiles)),
            "units": check_units(self.units, type(self).__name__),
            "bidirectional": bool(self.bidirectional),
            "dropout": float(self.dropout),
            "head": self.head,
            "masked": has_absent(sequences)
            or (continuing and self._architecture.get("masked", False)),
            "n_groups": 1 if quantiles is None else n_targets,
        }
        taken_over = dict(getattr(self, "_taken_over", {})) if continuing else {}
        if self.head != "linear":  # was set since
            taken_over.pop("head", None)
        return Architecture(**declared | taken_over)

    def _keep(self, frame, trained):
        state = trained.state
        for attribute, value in frame.items():
            setattr(self, attribute, value)
        self.weights_ = state.weights
        self.history_ = state.history
        self.n_epochs_ = state.n_epochs
        self._optimizer_state = state.optimizer
        self._seed = state.seed
        self.callbacks_ = trained.callbacks

    def _training(self, quantiles, epochs, early_stopping, n_rows):
        batch_size = resolve_batch_size(self.batch_size, n_rows)
        patience = resolve_patience(self.patience, n_rows, batch_size)
        return Training(
            loss=self.loss,
            quantiles=quantiles,
            optimizer=self.optimizer,
            learning_rate=float(self.learning_rate),
            average_epochs=float(self.average_epochs),
            batch_size=batch_size,
            epochs=int(epochs),
            shuffle=bool(self.shuffle),
            patience=patience if early_stopping else None,
            verbose=int(self.verbose),
            callbacks=check_callbacks(
                self.callbacks, self.normalize, type(self).__name__
            ),
        )

    def _new_state(self):
        return NetworkState(
            weights=None, optimizer=None, history={}, seed=self._new_seed()
        )

    def _state(self):
        # An int that has not changed gives the same seed again.
        is_int = isinstance(self.random_state, Integral)
        return NetworkState(
            weights=self.weights_,
            optimizer=getattr(self, "_optimizer_state", None),
            history=self.history_,
            seed=self._new_seed() if is_int else self._seed,
        )

    def _new_seed(self):
        if self.random_state is None:
            # Does not draw from NumPy's global generator.
            return int(np.random.SeedSequence().generate_state(1)[0])
        return int(check_random_state(self.random_state).randint(2**31 - 1))


def _is_at_hand(estimator, name):
    return name != "model_" and hasattr(estimator, name)


def _keras_room(owner):
    """Import the modules that need Keras, which takes seconds."""
    check_not_forked(owner)
    from sklstm._recurrent import _keras

    return _keras
