"""Sequences of different length: steps that are NaN in every channel are absent."""

import numpy as np
import pytest
from recurrent.networks import same_weights, tiny
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags

from sklstm.preprocessing import SequenceScaler, SlidingWindow, pad_sequences

NETWORKS = [
    {},
    {"units": (4, 3)},
    {"bidirectional": True, "units": (4, 3)},
    {"dropout": 0.2, "epochs": 12},  # compiled with XLA
]
N_ROWS, N_STEPS = 250, 7


@pytest.fixture
def lengths(rng):
    return rng.integers(1, N_STEPS + 1, size=N_ROWS)


@pytest.fixture
def gappy(rng, lengths):
    """X and y: steps are absent at the ends and in the middle."""
    X = rng.normal(size=(N_ROWS, N_STEPS, 2))
    y = X[:, -2:].mean(axis=(1, 2))
    for row, length in zip(X, lengths, strict=True):
        row[rng.permutation(N_STEPS)[length:]] = np.nan
    return X, y


def in_keras(architecture_of, X):
    """Predict with Keras' own Masking layer and the weights of a fitted regressor."""
    import keras

    regressor = architecture_of
    units = np.atleast_1d(regressor.units).tolist()
    layers = [keras.layers.Masking(-99.0)]
    for k, n_units in enumerate(units):
        layer = keras.layers.LSTM(n_units, return_sequences=k < len(units) - 1)
        if regressor.bidirectional:
            layer = keras.layers.Bidirectional(layer)
        layers.append(layer)
    model = keras.Sequential([keras.Input(X.shape[1:]), *layers, keras.layers.Dense(1)])
    model.set_weights(regressor.weights_)
    scaled = (X - regressor._x_offset) / regressor._x_scale
    raw = model.predict(np.nan_to_num(scaled, nan=-99.0), verbose=0)[:, 0]
    return raw * regressor._y_scale + regressor._y_offset


@pytest.mark.parametrize("params", NETWORKS)
def test_absent_steps_are_skipped_as_by_the_masking_layer_of_keras(params, gappy):
    X, y = gappy
    regressor = tiny(**params).fit(X, y)

    predictions = regressor.predict(X)

    np.testing.assert_allclose(predictions, in_keras(regressor, X), atol=2e-6)
    np.testing.assert_allclose(
        predictions, regressor.model_.predict(X, verbose=0)[:, 0], atol=2e-6
    )


def test_the_place_of_absent_steps_does_not_matter(gappy):
    X, y = gappy
    steps = [row[~np.isnan(row[:, 0])] for row in X]
    regressor = tiny(units=(4, 3), bidirectional=True).fit(X, y)

    for padding in ("pre", "post"):
        padded = pad_sequences(steps, n_timesteps=N_STEPS, padding=padding)

        assert np.array_equal(regressor.predict(padded), regressor.predict(X))
        again = tiny(units=(4, 3), bidirectional=True).fit(padded, y)
        assert np.allclose(again.predict(X), regressor.predict(X), atol=1e-5)


def test_a_row_predicted_alone_equals_its_row_among_rows_with_gaps(gappy):
    X, y = gappy
    regressor = tiny(epochs=1).fit(X, y)
    batch = regressor.predict(X)

    assert np.array_equal(
        batch[:40], np.concatenate([regressor.predict(X[i : i + 1]) for i in range(40)])
    )
    complete = ~np.isnan(X).any(axis=(1, 2))
    assert np.array_equal(regressor.predict(X[complete]), batch[complete])


def test_absent_steps_do_not_count_for_the_scales(gappy, lengths):
    X, y = gappy
    regressor = tiny(epochs=1).fit(X, y, sample_weight=lengths)
    steps = X[~np.isnan(X[:, :, 0])]
    weights = np.repeat(lengths, lengths)

    mean = np.average(steps, axis=0, weights=weights)
    np.testing.assert_allclose(regressor._x_offset[0], mean)
    spread = np.average((steps - mean) ** 2, axis=0, weights=weights)
    np.testing.assert_allclose(regressor._x_scale[0], np.sqrt(spread))


def test_a_network_of_complete_sequences_skips_absent_steps_too(gappy):
    X, y = gappy
    complete = np.nan_to_num(X, nan=0.5)
    regressor = tiny(epochs=1).fit(complete, y)
    shortened = complete[:9].copy()
    shortened[:, :3] = np.nan

    assert np.array_equal(
        regressor.predict(shortened),
        regressor.predict(pad_sequences(list(complete[:9, 3:]), n_timesteps=N_STEPS)),
    )
    np.testing.assert_allclose(
        regressor.predict(shortened), in_keras(regressor, shortened), atol=2e-6
    )


def test_training_continues_with_and_without_absent_steps(gappy):
    X, y = gappy
    complete = np.nan_to_num(X, nan=0.5)

    regressor = tiny(epochs=1, warm_start=True).fit(complete, y).fit(X, y)
    assert np.isfinite(regressor.fit(complete, y).predict(X)).all()
    in_parts = tiny(epochs=1, warm_start=True).fit(X, y).fit(X, y)
    assert same_weights(in_parts, tiny(epochs=2).fit(X, y))


def test_columns_are_steps_that_may_be_absent_with_n_timesteps(gappy):
    X, y = gappy
    flat = X.reshape(N_ROWS, -1)
    regressor = tiny(epochs=1, n_timesteps=N_STEPS).fit(flat, y)

    assert np.array_equal(regressor.predict(flat), tiny(epochs=1).fit(X, y).predict(X))
    assert get_tags(regressor).input_tags.allow_nan
    assert not get_tags(tiny()).input_tags.allow_nan
    with pytest.raises(ValueError, match="X contains NaN"):
        tiny().fit(flat, y)


@pytest.mark.parametrize("method", ["fit", "predict"])
def test_a_step_that_is_partly_missing_is_refused_with_the_cure(method, gappy):
    X, y = gappy
    X = np.nan_to_num(X)
    regressor = tiny(epochs=1).fit(X, y)
    X[5, 3, 1] = X[9, 2, 0] = np.nan

    with pytest.raises(
        ValueError,
        match=r"channels of 2 steps; .* step 3 of row 5, in channels \[1\].*Imputer",
    ):
        getattr(regressor, method)(*((X, y) if method == "fit" else (X,)))


def test_the_cure_works(gappy):
    X, y = gappy
    X[5, 3] = [1.0, np.nan]
    scaler = SequenceScaler(make_pipeline(StandardScaler(), SimpleImputer()))

    assert np.isfinite(make_pipeline(scaler, tiny()).fit(X, y).predict(X)).all()


@pytest.mark.parametrize("method", ["fit", "predict"])
def test_a_row_without_any_step_is_refused(method, gappy):
    X, y = gappy
    regressor = tiny(epochs=1).fit(X, y)
    X[[4, 8]] = np.nan

    with pytest.raises(ValueError, match=r"2 rows of X have no step .* row 4"):
        getattr(regressor, method)(*((X, y) if method == "fit" else (X,)))


def test_windows_of_a_pipeline_may_begin_before_the_first_row(rng):
    X = rng.normal(size=(80, 2))
    y = X[:, 0]
    network = tiny(epochs=2)
    model = make_pipeline(SlidingWindow(5, pad=np.nan), SequenceScaler(), network)

    model.fit(X, y)

    assert np.isnan(model[:-1].transform(X)[0, :4]).all()
    assert np.array_equal(model.predict(X[:3]), model.predict(X)[:3])
