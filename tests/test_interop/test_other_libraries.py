"""Regressors of other libraries, where they are installed; stand-ins are elsewhere."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import MultiQuantileRegressor, PositiveOrderedRegressor
from sklstm.metrics import d2_pinball_score

FALLING = (0.9, 0.5, 0.1)

# Their own warnings, of which there are many between releases.
pytestmark = pytest.mark.filterwarnings("default")


def used_as(make, package, use):
    """Return a parameter that is a cell of the matrix."""
    return pytest.param(make, marks=pytest.mark.interop("inside", package, use))


@pytest.fixture
def skewed(rng):
    """A target that is never negative, and features that tell something of it."""
    X = rng.normal(size=(100, 3)).astype(np.float32)
    return X, rng.exponential(np.exp(X[:, 0])).astype(np.float32)


@pytest.fixture(
    params=["catboost loss_function", "catboost objective", "quantile_forest"]
)
def falling_quantiles(request):
    """A regressor of another library that predicts its largest quantile first."""
    library, *name = request.param.split()
    module = pytest.importorskip(library)
    if library == "quantile_forest":
        return module.RandomForestQuantileRegressor(
            10, default_quantiles=list(FALLING), random_state=0
        )
    loss = {name[0]: "MultiQuantile:alpha=0.9,0.5,0.1"}
    return module.CatBoostRegressor(
        iterations=5, verbose=0, allow_writing_files=False, **loss
    )


def test_an_order_against_the_levels_is_refused_and_the_other_scored(
    skewed, falling_quantiles
):
    X, y = skewed
    with pytest.raises(ValueError, match=r"quantile 0.9 .*order=\[\[2, 1, 0\]\]"):
        PositiveOrderedRegressor(falling_quantiles).fit(X, y)
    model = PositiveOrderedRegressor(falling_quantiles, order="decreasing")
    for target in (y, y[:, np.newaxis]):
        predictions = model.fit(X, target).predict(X)
        assert (np.diff(predictions) <= 0).all()
        assert model.score(X, target) == d2_pinball_score(
            y, predictions, quantiles=FALLING
        )


def test_levels_given_to_a_quantile_forest_are_held_against_the_order(skewed):
    forests = pytest.importorskip("quantile_forest")
    X, y = skewed
    forest = forests.RandomForestQuantileRegressor(10, default_quantiles=[0.1, 0.9])
    model = PositiveOrderedRegressor(forest).fit(X, y)
    assert (np.diff(model.predict(X, quantiles=[0.2, 0.8])) >= 0).all()
    with pytest.raises(ValueError, match=r"predicts the quantile 0\.8 in output 0"):
        model.predict(X, quantiles=[0.8, 0.2])


def lightgbm_quantile():
    lightgbm = pytest.importorskip("lightgbm")
    return lightgbm.LGBMRegressor(objective="quantile", n_estimators=40, verbose=-1)


def xgboost_quantile():
    xgboost = pytest.importorskip("xgboost")
    return xgboost.XGBRegressor(objective="reg:quantileerror", n_estimators=40)


def catboost_quantile():
    catboost = pytest.importorskip("catboost")
    return catboost.CatBoostRegressor(
        loss_function="Quantile", iterations=9, verbose=0, allow_writing_files=False
    )


@pytest.mark.parametrize(
    "make",
    [
        used_as(lightgbm_quantile, "lightgbm", "LGBMRegressor by quantile"),
        used_as(xgboost_quantile, "xgboost-cpu", "XGBRegressor by quantile"),
        used_as(catboost_quantile, "catboost", "CatBoostRegressor by quantile"),
    ],
)
def test_several_quantiles_of_a_regressor_of_one(skewed, make):
    X, y = skewed
    for regressor in (make(), make_pipeline(StandardScaler(), make())):
        fan = MultiQuantileRegressor(regressor, (0.1, 0.5, 0.9))
        model = PositiveOrderedRegressor(fan).fit(X, y)
        predictions = model.predict(X)
        assert (predictions >= 0).all()
        assert (np.diff(predictions) >= 0).all()
        assert 0.1 < model.score(X, y) < 1
        assert (predictions[:, 2] - predictions[:, 0]).mean() > 0.1


def trained_booster(X, y):
    lightgbm = pytest.importorskip("lightgbm")
    return lightgbm.train({"verbose": -1}, lightgbm.Dataset(X, y), 5)


def trained_net(X, y):
    skorch, torch = pytest.importorskip("skorch"), pytest.importorskip("torch")
    net = skorch.NeuralNetRegressor(
        torch.nn.Linear(3, 1), max_epochs=2, verbose=0, train_split=None
    )
    return net.fit(X, y[:, np.newaxis])


@pytest.mark.parametrize(
    "train",
    [
        used_as(trained_booster, "lightgbm", "Booster in FrozenEstimator"),
        used_as(trained_net, "skorch", "NeuralNetRegressor in FrozenEstimator"),
    ],
)
def test_trained_models_are_used_as_they_are(skewed, train):
    X, y = skewed
    trained = train(X, y)
    model = PositiveOrderedRegressor(FrozenEstimator(trained))
    for fitted in (model.fit(X), model.fit(X, y)):
        expected = np.maximum(trained.predict(X), 0)
        assert_array_equal(fitted.predict(X).ravel(), expected.ravel())
        assert type(trained).__name__ in fitted._repr_html_()
    pipeline = make_pipeline(StandardScaler(), model).fit(X)
    twin = pickle.loads(pickle.dumps(pipeline))
    assert_array_equal(twin.predict(X), pipeline.predict(X))
