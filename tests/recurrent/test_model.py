"""`model_`: the fitted network as an ordinary Keras model."""

import numpy as np
import pytest
from recurrent.networks import tiny
from sklearn.frozen import FrozenEstimator

from sklstm import PositiveOrderedRegressor


@pytest.fixture(scope="module")
def fitted(two_outputs):
    X, y = two_outputs
    return tiny(head="ordered").fit(X, np.sort(y, axis=1))


def test_the_model_predicts_in_the_units_of_the_target(fitted, two_outputs, tmp_path):
    import keras

    X, _ = two_outputs

    fitted.model_.save(tmp_path / "network.keras")
    loaded = keras.models.load_model(tmp_path / "network.keras")

    np.testing.assert_allclose(
        loaded.predict(X, verbose=0), fitted.predict(X), rtol=1e-4, atol=1e-3
    )


@pytest.mark.slow
def test_the_model_exports_to_tensorflow(fitted, two_outputs, tmp_path):
    import tensorflow as tf

    X, _ = two_outputs

    fitted.model_.export(tmp_path / "network", format="tf_saved_model")
    loaded = tf.saved_model.load(tmp_path / "network")

    served = loaded.serve(X[:5])
    np.testing.assert_allclose(served, fitted.predict(X[:5]), rtol=1e-4, atol=1e-3)


# tf2onnx as Keras imports it
@pytest.mark.filterwarnings("ignore:In the future `np.object`:FutureWarning")
def test_the_model_exports_to_onnx(fitted, two_outputs, tmp_path):
    X, _ = two_outputs
    path = tmp_path / "network.onnx"

    pytest.importorskip("tf2onnx", reason="Keras converts with tf2onnx")
    runtime = pytest.importorskip("onnxruntime", reason="runs the network")
    fitted.model_.export(path, format="onnx")
    if path.is_dir():
        pytest.skip("Keras 3.5 ignores `format` and writes a SavedModel")
    (outputs,) = runtime.InferenceSession(path).run(None, {"X": X[:5]})

    np.testing.assert_allclose(outputs, fitted.predict(X[:5]), rtol=1e-4, atol=1e-3)


def test_names_and_html_of_a_fitted_estimator_build_no_model(two_outputs, monkeypatch):
    X, y = two_outputs
    regressor = tiny().fit(X, y)
    bounded = PositiveOrderedRegressor(FrozenEstimator(regressor)).fit(X)

    def refuse(owner):
        raise ImportError(f"{owner} has no Keras")

    monkeypatch.setattr("sklstm._recurrent.lstm._keras_room", refuse)

    assert "weights_" in dir(regressor)
    assert "n_outputs_" in dir(regressor)
    for estimator in (regressor, bounded):
        assert "LSTMRegressor" in estimator._repr_html_()
    with pytest.raises(ImportError, match="no Keras"):
        regressor.model_  # noqa: B018
