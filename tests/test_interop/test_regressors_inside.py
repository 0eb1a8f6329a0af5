"""Networks, statistical models and trained objects inside PositiveOrderedRegressor."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.compose import make_column_transformer
from sklearn.cross_decomposition import PLSRegression
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import Ridge
from sklearn.multioutput import MultiOutputRegressor, RegressorChain
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from test_interop.checks import obeys

from sklstm import MultiQuantileRegressor, PositiveOrderedRegressor

# Their own warnings, of which there are many between releases.
pytestmark = pytest.mark.filterwarnings("default")


SMALL = {"n_estimators": 5, "random_state": 0}


def by_hand(raw):
    """What the defaults make of raw predictions."""
    return np.sort(np.maximum(raw, 0), axis=1)


def assert_equals_by_hand(regressor, X, y, **fit_params):
    """Fitted inside, it predicts what it predicts alone, adjusted."""
    expected = clone(regressor).fit(X, y, **fit_params).predict(3 * X)
    model = PositiveOrderedRegressor(regressor, method="sort").fit(X, y, **fit_params)
    assert_array_equal(model.predict_raw(3 * X), expected)
    assert_array_equal(model.predict(3 * X), by_hand(expected))
    assert not obeys(expected)
    assert not hasattr(regressor, "n_features_in_")
    return model


@pytest.mark.interop("inside", "scikit-learn")
@pytest.mark.parametrize(
    "regressor",
    [
        PLSRegression(2),
        GaussianProcessRegressor(alpha=0.1),
        make_pipeline(StandardScaler(), Ridge()),
    ],
    ids=["PLSRegression", "GaussianProcessRegressor", "Pipeline"],
)
def test_regressors_of_several_outputs_are_adjusted(daily_range, regressor):
    assert_equals_by_hand(regressor, *daily_range)


@pytest.mark.interop("inside", "scikit-learn", "GaussianProcessRegressor, return_std")
def test_standard_deviations_are_refused_with_what_to_leave_out(daily_range):
    model = PositiveOrderedRegressor(GaussianProcessRegressor(alpha=0.1))
    with pytest.raises(ValueError, match="Leave out parameters such as return_std"):
        model.fit(*daily_range).predict(daily_range[0], return_std=True)


@pytest.mark.interop("inside", "scikit-learn", "ColumnTransformer")
def test_bounds_read_columns_that_a_column_transformer_encodes(rng):
    pandas = pytest.importorskip("pandas")
    X = pandas.DataFrame({"sun": rng.uniform(size=90), "site": rng.choice(["a"], 90)})
    y = 2 * X["sun"] + 0.3 * rng.normal(size=90)
    encode = make_column_transformer(
        (OneHotEncoder(), ["site"]), (StandardScaler(), ["sun"])
    )
    model = PositiveOrderedRegressor(
        make_pipeline(encode, Ridge()), upper="1.9 * sun", target_check="ignore"
    )
    predicted = model.fit(X, y).predict(X)
    expected = np.clip(model.regressor_.predict(X), 0, 1.9 * X["sun"])
    assert_array_equal(predicted, expected)
    assert (predicted < model.predict_raw(X)).any()
    assert model.feature_names_in_.tolist() == ["sun", "site"]


@pytest.mark.interop("around", "scikit-learn", "RegressorChain")
def test_every_link_of_a_chain_obeys(daily_range):
    X, y = daily_range
    chain = RegressorChain(PositiveOrderedRegressor(Ridge())).fit(X, y)
    first = PositiveOrderedRegressor(Ridge()).fit(X, y[:, 0])
    assert_array_equal(chain.predict(3 * X)[:, 0], first.predict(3 * X))
    assert (chain.predict(3 * X) >= 0).all()


@pytest.mark.interop("inside", "scikeras", "KerasRegressor")
def test_a_keras_regressor_trains_inside_as_it_does_alone(daily_range, rng):
    wrappers = pytest.importorskip("scikeras.wrappers")

    def build(meta):
        import keras

        return keras.Sequential(
            [
                keras.layers.Input((meta["n_features_in_"],)),
                keras.layers.Dense(meta["n_outputs_"]),
            ]
        )

    network = wrappers.KerasRegressor(
        build, loss="mse", optimizer="adam", epochs=2, verbose=0, random_state=0
    )
    weights = rng.uniform(size=120)
    assert_equals_by_hand(network, *daily_range)
    assert_equals_by_hand(network, *daily_range, sample_weight=weights)


@pytest.fixture
def net():
    """A linear network of skorch that starts from the same weights in each fit."""
    skorch, torch = pytest.importorskip("skorch"), pytest.importorskip("torch")

    class Linear(torch.nn.Module):
        def __init__(self):
            super().__init__()
            generator = torch.Generator().manual_seed(0)
            weights = torch.randn(2, 4, generator=generator)
            self.weights = torch.nn.Parameter(weights)

        def forward(self, X):
            return X @ self.weights.T

    return skorch.NeuralNetRegressor(
        Linear, max_epochs=2, verbose=0, train_split=None, iterator_train__shuffle=False
    )


@pytest.mark.interop("inside", "skorch", "NeuralNetRegressor")
def test_a_net_of_skorch_trains_inside_as_it_does_alone(daily_range, net):
    X, y = (values.astype(np.float32) for values in daily_range)
    model = assert_equals_by_hand(net, X, y)
    assert model.predict(X).dtype == np.float32
    assert len(model.regressor_.history) == 2


def in_lightgbm(module, **params):
    return MultiOutputRegressor(module.LGBMRegressor(**params, verbose=-1))


def in_catboost(module, **params):
    params |= {"verbose": 0, "allow_writing_files": False, "loss_function": "MultiRMSE"}
    return module.CatBoostRegressor(**params)


def in_xgboost(module, **params):
    return module.XGBRegressor(**params)


def in_trees_of_vectors(module, **params):
    return module.XGBRegressor(**params, multi_strategy="multi_output_tree")


def used_as(package, make, use):
    """Return a parameter that is a cell of the matrix."""
    return pytest.param(
        package, make, marks=pytest.mark.interop("inside", package, use)
    )


@pytest.mark.parametrize(
    ("package", "make"),
    [
        used_as("xgboost-cpu", in_xgboost, "XGBRegressor"),
        used_as("xgboost-cpu", in_trees_of_vectors, "XGBRegressor, multi_output_tree"),
        used_as("catboost", in_catboost, "CatBoostRegressor, MultiRMSE"),
        used_as("lightgbm", in_lightgbm, "LGBMRegressor in MultiOutputRegressor"),
    ],
)
def test_boosters_of_several_outputs_obey_with_their_weights(
    daily_range, rng, package, make
):
    module = pytest.importorskip(package.removesuffix("-cpu"))
    X, y = daily_range
    y = y + np.array([-0.5, 0])  # so that there is something to adjust
    weights = rng.integers(1, 5, size=120)
    regressor = make(module, **SMALL)
    model, unweighted = (
        PositiveOrderedRegressor(regressor, target_check="ignore").fit(X, y, **params)
        for params in ({"sample_weight": weights}, {})
    )
    raw = regressor.fit(X, y, sample_weight=weights).predict(X)
    assert_array_equal(model.predict(X), by_hand(raw))
    assert not obeys(raw)
    assert (unweighted.predict(X) != model.predict(X)).any()


class Statsmodels(RegressorMixin, BaseEstimator):
    """Quantile regression of statsmodels as an estimator."""

    def __init__(self, quantile=0.5):
        self.quantile = quantile

    def fit(self, X, y):
        from statsmodels.api import QuantReg, add_constant

        self.results_ = QuantReg(y, add_constant(X)).fit(q=self.quantile)
        return self

    def predict(self, X):
        from statsmodels.api import add_constant

        return self.results_.predict(add_constant(X, has_constant="add"))


@pytest.mark.interop("inside", "statsmodels", "QuantReg in MultiQuantileRegressor")
def test_a_statistical_model_is_wrapped_in_a_few_lines(daily_range):
    pytest.importorskip("statsmodels")
    X, y = daily_range[0], daily_range[1][:, 0]
    levels = (0.3, 0.5, 0.7)
    fan = MultiQuantileRegressor(Statsmodels(), levels)
    model = PositiveOrderedRegressor(fan).fit(X, y)
    columns = [Statsmodels(level).fit(X, y).predict(3 * X) for level in levels]
    assert_array_equal(model.predict(3 * X), by_hand(np.column_stack(columns)))
    assert not obeys(np.column_stack(columns))
    assert 0 < model.score(X, y) < 1


@pytest.mark.interop("inside", "statsmodels", "results in FrozenEstimator")
def test_results_of_a_statistical_model_are_used_as_they_are(daily_range):
    api = pytest.importorskip("statsmodels.api")
    X, y = daily_range[0], daily_range[1][:, 0]
    results = api.OLS(y, X).fit()
    model = PositiveOrderedRegressor(FrozenEstimator(results)).fit(X)
    assert model.regressor_.estimator is results
    assert_array_equal(model.predict(X), np.maximum(results.predict(X), 0))
    assert (results.predict(X) < 0).any()


@pytest.mark.interop("inside", "keras", "Model in FrozenEstimator")
def test_a_trained_keras_model_is_used_as_it_is(daily_range):
    keras = pytest.importorskip("keras")
    X, y = daily_range
    layers = [keras.layers.Input((4,)), keras.layers.Dense(2)]
    trained = keras.Sequential(layers)
    model = PositiveOrderedRegressor(FrozenEstimator(trained)).fit(X, y)
    raw = trained.predict(X, verbose=0)
    assert not obeys(raw)
    assert_array_equal(model.predict(X), by_hand(raw))
