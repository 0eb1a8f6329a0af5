"""Trained Keras models become fitted estimators, exactly, or are refused."""

import copy
import functools
import pickle

import keras
import numpy as np
import pytest
from keras import layers
from recurrent.networks import same_weights, tiny
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator

from sklstm import LSTMRegressor, PositiveOrderedRegressor


@pytest.fixture(scope="module")
def X():
    return np.random.default_rng(0).normal(3, 2, size=(50, 6, 2)).astype(np.float32)


def sequential(*stack, shape=(6, 2)):
    """Return a model with the same weights each time, and biases that are not 0."""
    model = keras.Sequential([keras.Input(shape), *stack])
    rng = np.random.default_rng(0)
    for layer in model.layers:
        if not isinstance(layer, layers.Normalization):
            weights = layer.get_weights()
            layer.set_weights([rng.normal(0.1, 0.4, size=w.shape) for w in weights])
    return model


CHAINS = {
    "plain": lambda: [layers.LSTM(4), layers.Dense(1)],
    "outputs": lambda: [layers.LSTM(4), layers.Dense(3, use_bias=False)],
    "stacked": lambda: [
        layers.LSTM(4, return_sequences=True),
        layers.Dropout(0.2),
        layers.LSTM(3, dropout=0.1, recurrent_dropout=0.1),
        layers.Dropout(0.2),
        layers.Dense(2),
    ],
    "bidirectional": lambda: [
        layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
        layers.Bidirectional(layers.LSTM(3)),
        layers.Dense(2),
    ],
    "softplus": lambda: [layers.LSTM(4), layers.Dense(2, activation="softplus")],
    "softplus layer": lambda: [
        layers.LSTM(4),
        layers.Dense(2),
        layers.Activation("softplus"),
        layers.Rescaling(100.0),
    ],
    "rescaling": lambda: [
        layers.Rescaling([0.5, 2.0], [1.0, -1.0]),
        layers.LSTM(4),
        layers.Dense(2),
        layers.Rescaling([3.0, -4.0], [5.0, 6.0]),
    ],
    "dense layers": lambda: [
        layers.LSTM(4),
        layers.Dropout(0.2),
        layers.Dense(5, activation="relu"),
        layers.Dropout(0.2),
        layers.Dense(4, activation="tanh"),
        layers.Dense(3, activation="sigmoid", use_bias=False),
        layers.Dense(3),
        layers.Activation("softplus"),
        layers.Dense(2),
        layers.Dropout(0.2),
    ],
    "relu": lambda: [
        layers.LSTM(4),
        layers.Dense(3, activation="relu"),
        layers.Dense(2),
        layers.ReLU(),
        layers.Rescaling([100.0, -2.0], [1.0, 5.0]),
    ],
    "sigmoid": lambda: [layers.LSTM(4), layers.Dense(2, activation="sigmoid")],
    "tanh": lambda: [layers.LSTM(4), layers.Dense(2, activation="tanh")],
    "normalization": lambda: [
        layers.Normalization(mean=[3.0, 2.0], variance=[4.0, 2.0]),
        layers.LSTM(4),
        layers.Dense(1),
    ],
}


@pytest.mark.parametrize("name", CHAINS)
def test_the_predictions_are_those_of_the_model(name, X):
    model = sequential(*CHAINS[name]())
    expected = model.predict(X, verbose=0)

    regressor = LSTMRegressor.from_keras(model)

    predicted = regressor.predict(X)
    assert predicted.shape == ((50,) if expected.shape[1] == 1 else expected.shape)
    np.testing.assert_allclose(
        predicted.reshape(expected.shape), expected, rtol=1e-5, atol=1e-5
    )
    loaded = pickle.loads(pickle.dumps(regressor))
    np.testing.assert_array_equal(loaded.predict(X), predicted)
    assert regressor.head == ("positive" if "softplus" in name else "linear")


@pytest.mark.parametrize("function", ["relu", "sigmoid", "softplus", "tanh"])
def test_functional_models_are_taken_over(function, X):
    inputs = keras.Input((6, 2))
    outputs = layers.Dense(1)(layers.LSTM(4)(inputs))
    model = keras.Model(inputs, getattr(keras.ops, function)(outputs))

    predicted = LSTMRegressor.from_keras(model).predict(X)

    np.testing.assert_allclose(predicted, model.predict(X, verbose=0)[:, 0], atol=1e-6)


def with_scales_around(model):
    """Return a trained model between the scalers that it was trained with."""
    return keras.Sequential(
        [
            keras.Input((6, 2)),
            layers.Normalization(mean=[3.0, 2.0], variance=[4.0, 2.0]),
            *model.layers,
            layers.Rescaling([3.0, 4.0, 5.0], [5.0, 6.0, 7.0]),
        ]
    )


def with_one_more_layer(model):
    model.add(layers.Rescaling(2.0, 1.0))
    return model


def inside_another(model):
    inputs = keras.Input((6, 2))
    return keras.Model(inputs, layers.Rescaling(2.0, 1.0)(model(inputs)))


def functional_inside_another(model):
    inputs = keras.Input((6, 2))
    x = inputs
    for layer in model.layers:
        x = layer(x)
    return inside_another(keras.Model(inputs, x))


@pytest.mark.parametrize(
    "extend",
    [
        with_scales_around,
        with_one_more_layer,
        inside_another,
        functional_inside_another,
    ],
)
def test_models_around_a_trained_one_are_taken_over(extend, X):
    model = sequential(*CHAINS["outputs"]())
    model.predict(X, verbose=0)
    model = extend(model)

    predicted = LSTMRegressor.from_keras(model).predict(X)

    expected = model(X).numpy()  # `predict` would leave out a layer that was added
    np.testing.assert_allclose(predicted, expected, rtol=1e-5, atol=1e-5)


@pytest.fixture(scope="module", params=["dense layers", "relu"])
def beyond_parameters(request):
    """An estimator whose network no parameters describe."""
    return LSTMRegressor.from_keras(sequential(*CHAINS[request.param]()))


def test_dense_layers_come_back_from_the_model(beyond_parameters, X):
    back = LSTMRegressor.from_keras(beyond_parameters.model_)

    assert same_weights(back, beyond_parameters)
    np.testing.assert_allclose(
        back.predict(X), beyond_parameters.predict(X), rtol=1e-5, atol=1e-5
    )


def test_a_row_of_dense_layers_has_the_bits_that_it_has_alone(beyond_parameters, X):
    X = np.tile(X, (40, 1, 1))  # several blocks of rows
    predicted = beyond_parameters.predict(X)

    for row in (0, 15, 16, 1999):
        alone = beyond_parameters.predict(X[row : row + 1])
        np.testing.assert_array_equal(alone[0], predicted[row])


def test_another_network_is_not_trained_in_place_of_the_one_taken_over(
    beyond_parameters, X
):
    y = X[:, -1]
    message = r"LSTMRegressor: it was taken over .* Dense\(.*partial_fit.*FrozenEstim"

    for regressor in (beyond_parameters, clone(beyond_parameters)):
        with pytest.raises(ValueError, match=message):
            regressor.fit(X, y)
    with pytest.raises(ValueError, match=message):
        PositiveOrderedRegressor(beyond_parameters, target_check="ignore").fit(X, y)
    relu = LSTMRegressor.from_keras(sequential(*CHAINS["relu"]()))
    relu.set_params(head="positive")
    message = r"continues with head='relu'; .* become 'positive'"
    with pytest.raises(ValueError, match=message):
        relu.partial_fit(X, y)


def test_all_layers_are_trained_further(beyond_parameters, X):
    regressor = copy.deepcopy(beyond_parameters)
    before = [weight.copy() for weight in regressor.weights_]

    regressor.set_params(warm_start=True, epochs=1).fit(X, X[:, -1])

    pairs = zip(before, regressor.weights_, strict=True)
    assert not any(np.array_equal(old, new) for old, new in pairs)
    keys = "hidden", "head", "units"
    architecture = regressor._architecture
    assert [architecture[k] for k in keys] == [
        beyond_parameters._architecture[k] for k in keys
    ]
    expected = regressor.model_.predict(X, verbose=0)
    np.testing.assert_allclose(regressor.predict(X), expected, rtol=1e-5, atol=1e-5)


def test_model_and_from_keras_are_inverse(two_outputs):
    X, y = two_outputs
    X = 100 * X + 1e4
    regressor = tiny(units=(3, 2), dropout=0.2).fit(X, y)

    back = LSTMRegressor.from_keras(regressor.model_)

    assert same_weights(back, regressor)
    assert (back.units, back.dropout) == ((3, 2), 0.2)
    np.testing.assert_allclose(back.predict(X), regressor.predict(X), rtol=1e-5)


def test_it_can_be_wrapped_and_trained_further(X):
    regressor = LSTMRegressor.from_keras(sequential(*CHAINS["outputs"]()))
    y = np.abs(X[:, -1, :1]) + np.arange(3.0)
    before = regressor.predict(X)

    wrapped = PositiveOrderedRegressor(FrozenEstimator(regressor)).fit(X, y)
    raw, predicted = wrapped.predict_raw(X), wrapped.predict(X)
    regressor.set_params(learning_rate=0.01).partial_fit(X, y)

    np.testing.assert_array_equal(raw, before)
    assert np.all(predicted >= 0)
    assert np.all(np.diff(predicted, axis=1) >= 0)
    assert regressor.n_epochs_ == 1
    assert not np.array_equal(regressor.predict(X), before)


REFUSED = {
    "GRU": lambda: [layers.GRU(4), layers.Dense(1)],
    "Conv1D": lambda: [layers.Conv1D(4, 2), layers.LSTM(4), layers.Dense(1)],
    "activation='relu'": lambda: [layers.LSTM(4, activation="relu"), layers.Dense(1)],
    "go_backwards=True": lambda: [layers.LSTM(4, go_backwards=True), layers.Dense(1)],
    "use_bias=False": lambda: [layers.LSTM(4, use_bias=False), layers.Dense(1)],
    "return_sequences=True": lambda: [
        layers.LSTM(4, return_sequences=True),
        layers.Dense(1),
    ],
    "merge_mode='sum'": lambda: [
        layers.Bidirectional(layers.LSTM(4), merge_mode="sum"),
        layers.Dense(1),
    ],
    "all or no LSTM": lambda: [
        layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
        layers.LSTM(4),
        layers.Dense(1),
    ],
    "activation='elu'": lambda: [
        layers.LSTM(4),
        layers.Dense(3, activation="elu"),
        layers.Dense(1),
    ],
    "activation='softmax'": lambda: [
        layers.LSTM(4),
        layers.Dense(2),
        layers.Activation("softmax"),
    ],
    "ReLU() without options": lambda: [
        layers.LSTM(4),
        layers.Dense(1),
        layers.ReLU(max_value=6.0),
    ],
    "after the output layer": lambda: [
        layers.LSTM(4),
        layers.Dense(2),
        layers.LayerNormalization(),
    ],
    "must end with a Dense": lambda: [layers.LSTM(4)],
    "a Dense layer must follow": lambda: [layers.LSTM(4), layers.LayerNormalization()],
    "must come first": lambda: [layers.Flatten(), layers.Dense(1)],
    "holds a GRU layer": lambda: [layers.Bidirectional(layers.GRU(4)), layers.Dense(1)],
    "invert=True": lambda: [
        layers.Normalization(axis=None, mean=1.0, variance=4.0, invert=True),
        layers.LSTM(4),
        layers.Dense(1),
    ],
    "finite and not 0": lambda: [
        layers.Rescaling(0.0),
        layers.LSTM(4),
        layers.Dense(1),
    ],
    "no offset after softplus": lambda: [
        layers.LSTM(4),
        layers.Dense(1, activation="softplus"),
        layers.Rescaling(1.0, -1.0),
    ],
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_taken_over_is_refused(what):
    model = sequential(*REFUSED[what]())

    with pytest.raises(ValueError, match=r"LSTMRegressor: .*FrozenEstimator") as error:
        LSTMRegressor.from_keras(model)

    assert what in str(error.value)


def tanh(x):
    """Be another function than its name says."""
    return 1.7 * keras.ops.tanh(2 / 3 * x)


def quantized():
    model = sequential(layers.LSTM(4), layers.Dense(2, use_bias=False))
    model.layers[-1].quantize("int8")
    return model


def functional(network, **kwargs):
    inputs = keras.Input((6, 2), **kwargs)
    return keras.Model(inputs, network(inputs))


def with_initial_state():
    states = [np.ones((1, 4), np.float32)] * 2
    return functional(
        lambda x: layers.Dense(1)(layers.LSTM(4)(x, initial_state=states))
    )


SILENTLY_OTHER = {
    "own function in LSTM": lambda: sequential(
        layers.LSTM(4, activation=tanh), layers.Dense(1)
    ),
    "own function in Dense": lambda: sequential(
        layers.LSTM(4), layers.Dense(1, activation=tanh)
    ),
    "own function in Activation": lambda: sequential(
        layers.LSTM(4), layers.Dense(1), layers.Activation(tanh)
    ),
    "partial": lambda: sequential(
        layers.LSTM(4), layers.Dense(1, functools.partial(tanh))
    ),
    "Rescaling in bfloat16": lambda: sequential(
        layers.Rescaling(2.0, dtype="bfloat16"), layers.LSTM(4), layers.Dense(1)
    ),
    "Dropout in float16": lambda: sequential(
        layers.LSTM(4), layers.Dropout(0.1, dtype="float16"), layers.Dense(1)
    ),
    "Bidirectional in float16": lambda: sequential(
        layers.Bidirectional(layers.LSTM(4, dtype="float32"), dtype="float16"),
        layers.Dense(1),
    ),
    "cast to int32": lambda: functional(
        lambda x: layers.Dense(1)(layers.LSTM(4)(keras.ops.cast(x, "int32")))
    ),
    "inputs in int32": lambda: functional(
        lambda x: layers.Dense(1)(layers.LSTM(4)(x)), dtype="int32"
    ),
    "int8 weights": quantized,
    "initial states": with_initial_state,
    "dropout in predictions": lambda: functional(
        lambda x: layers.Dense(1)(layers.Dropout(0.5)(layers.LSTM(4)(x), training=True))
    ),
    "ReLU of 0 at most": lambda: sequential(
        layers.LSTM(4), layers.Dense(1), layers.ReLU(max_value=0.0)
    ),
    "more outputs than units": lambda: sequential(
        layers.LSTM(4), layers.Dense(1), layers.Rescaling([1.0, 2.0])
    ),
    "directions of different units": lambda: sequential(
        layers.Bidirectional(
            layers.LSTM(4), backward_layer=layers.LSTM(2, go_backwards=True)
        ),
        layers.Dense(1),
    ),
}


@pytest.mark.parametrize("what", SILENTLY_OTHER)
def test_what_would_predict_something_else_is_refused(what):
    model = SILENTLY_OTHER[what]()

    with pytest.raises(ValueError, match=r"LSTMRegressor: .*FrozenEstimator"):
        LSTMRegressor.from_keras(model)


def test_functions_of_tensorflow_are_those_of_keras(X):
    tf = pytest.importorskip("tensorflow", reason="is the backend")
    model = sequential(layers.LSTM(4), layers.Dense(2, activation=tf.nn.relu))

    predicted = LSTMRegressor.from_keras(model).predict(X)

    np.testing.assert_allclose(predicted, model(X).numpy(), rtol=1e-5, atol=1e-5)


def test_half_precision_is_refused():
    model = sequential(layers.LSTM(4), layers.Dense(1, dtype="float16"))

    # Keras 3.5 inserts a cast that is not part of a chain.
    with pytest.raises(ValueError, match=r"Dense.* (computes in float16|form a chain)"):
        LSTMRegressor.from_keras(model)


def test_branches_unknown_shapes_and_other_objects_are_refused():
    inputs = keras.Input((6, 2))
    lstm = layers.LSTM(4)(inputs)
    branched = keras.Model(
        inputs, layers.Add()([layers.Dense(1)(lstm), layers.Dense(1)(lstm)])
    )
    no_steps = sequential(layers.LSTM(4), layers.Dense(1), shape=(None, 2))
    dense = layers.Dense(4)
    repeated = keras.Model(inputs, dense(dense(lstm)))
    unbuilt = keras.Sequential([layers.LSTM(4), layers.Dense(1)])

    for model, message in [
        (branched, "must form a chain"),
        (repeated, "must form a chain"),
        (no_steps, r"fixed shape of \(n_timesteps, n_channels\), .* got \(None, 2\)"),
        (unbuilt, "must be built"),
    ]:
        with pytest.raises(ValueError, match=message):
            LSTMRegressor.from_keras(model)
    with pytest.raises(TypeError, match=r"must be a keras\.Sequential.* got LSTMRegr"):
        LSTMRegressor.from_keras(LSTMRegressor())
