"""Shapes of X and y, and names of columns."""

import numpy as np
import pandas as pd
import pytest
from recurrent.networks import tiny


def test_2d_rows_are_read_step_by_step(sequences):
    X, y = sequences
    flat = X.reshape(len(X), -1)

    from_3d = tiny().fit(X, y)
    from_2d = tiny(n_timesteps=6).fit(flat, y)

    np.testing.assert_array_equal(from_3d.predict(X), from_2d.predict(flat))


def test_columns_of_a_table_are_scaled_separately():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 3))
    y = X[:, 0]
    units = np.array([1e-3, 1.0, 1e5])

    np.testing.assert_allclose(
        tiny().fit(X, y).predict(X), tiny().fit(X * units, y).predict(X * units)
    )


def test_predictions_have_the_shape_of_y(sequences):
    X, y = sequences

    assert tiny().fit(X, y).predict(X).shape == (200,)
    assert tiny().fit(X, y[:, None]).predict(X).shape == (200, 1)
    assert tiny().fit(X, np.c_[y, y]).predict(X).shape == (200, 2)
    assert tiny().fit(X.astype(np.float32), y).predict(X).dtype == np.float64


def test_names_of_columns_are_kept(sequences):
    X, y = sequences
    frame = pd.DataFrame(X[:, :, 0], columns=list("abcdef"))

    regressor = tiny().fit(frame, y)

    assert list(regressor.feature_names_in_) == list("abcdef")
    with pytest.raises(ValueError, match="feature names should match"):
        regressor.predict(frame.rename(columns={"a": "z"}))


@pytest.mark.parametrize("units", [5, (7, 3), 33])
def test_predict_of_one_row_equals_its_row_in_a_batch(sequences, units):
    X = np.random.default_rng(1).normal(size=(1100, 6, 2))
    regressor = tiny(units=units, epochs=1).fit(*sequences)

    batch = regressor.predict(X)

    alone = [regressor.predict(X[[i]])[0] for i in range(0, len(X), 17)]
    np.testing.assert_array_equal(batch[::17], alone)
    np.testing.assert_array_equal(batch[::-1], regressor.predict(X[::-1]))
