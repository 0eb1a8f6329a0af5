"""MLflow: models that are saved, registered and served."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.linear_model import Ridge

from sklstm import LSTMRegressor, PositiveOrderedRegressor

# Its own warnings, of which there are many between releases.
pytestmark = pytest.mark.filterwarnings("default")


def loaded_twice(mlflow, model, folder, **how):
    """Save a model; return it as it is loaded by scikit-learn's flavour and pyfunc."""
    mlflow.sklearn.save_model(model, folder, pip_requirements=["sklstm"], **how)
    return mlflow.sklearn.load_model(folder), mlflow.pyfunc.load_model(folder)


def trusted(model):
    """Return the types that skops must be told, all of which are of sklstm."""
    io = pytest.importorskip("skops.io")
    types = io.get_untrusted_types(data=io.dumps(model))
    assert all(name.startswith("sklstm.") for name in types)
    return types


@pytest.mark.interop("around", "mlflow-skinny")
@pytest.mark.parametrize("how", ["skops", "cloudpickle"])
def test_logged_models_predict_the_same(daily_range, tmp_path, how):
    mlflow = pytest.importorskip("mlflow")
    X, y = daily_range
    model = PositiveOrderedRegressor(Ridge(), upper=2.0, target_check="ignore")
    model.fit(X, y)
    options = {
        "skops": {"skops_trusted_types": trusted(model)},
        "cloudpickle": {"serialization_format": "cloudpickle"},
    }
    for loaded in loaded_twice(mlflow, model, tmp_path / "model", **options[how]):
        assert_array_equal(loaded.predict(3 * X), model.predict(3 * X))
    assert model.predict(3 * X).max() == 2.0


@pytest.mark.interop("around", "mlflow-skinny", "sequences through pyfunc")
def test_a_logged_network_takes_sequences(rng, tmp_path):
    mlflow = pytest.importorskip("mlflow")
    X, y = rng.normal(size=(30, 5, 2)), rng.uniform(size=30)
    network = LSTMRegressor(units=2, epochs=1, random_state=0)
    model = PositiveOrderedRegressor(network).fit(X, y)
    how = {"skops_trusted_types": trusted(model)}
    for loaded in loaded_twice(mlflow, model, tmp_path / "model", **how):
        assert_array_equal(loaded.predict(X), model.predict(X))


@pytest.mark.interop("around", "mlflow-skinny", "runs and registered models")
def test_a_registered_model_is_found_by_its_name(daily_range, tmp_path):
    mlflow = pytest.importorskip("mlflow")
    X, y = daily_range
    model = PositiveOrderedRegressor(Ridge()).fit(X, y)
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'runs.sqlite'}")
    try:
        mlflow.create_experiment("rain", artifact_location=(tmp_path / "a").as_uri())
        mlflow.set_experiment("rain")
        with mlflow.start_run() as run:
            mlflow.log_params({"order": model.order, "lower": model.lower})
            mlflow.sklearn.log_model(
                model,
                name="model",
                registered_model_name="rain",
                skops_trusted_types=trusted(model),
                pip_requirements=["sklstm"],
            )
        loaded = mlflow.sklearn.load_model("models:/rain/1")
        logged = mlflow.get_run(run.info.run_id).data.params
    finally:
        mlflow.set_tracking_uri(before)
    assert_array_equal(loaded.predict(3 * X), model.predict(3 * X))
    assert logged == {"order": "increasing", "lower": "0.0"}
    assert np.isfinite(loaded.predict(X)).all()
