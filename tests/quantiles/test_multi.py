"""MultiQuantileRegressor: one clone of a regressor for each quantile level."""

import pickle

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from numpy.testing import assert_allclose, assert_array_equal
from regressors import (
    LEVELS,
    CatBoostLike,
    Echo,
    Foreign,
    LightGBMLike,
    QuantileForestLike,
    Random,
    XGBoostLike,
)
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import (
    BaggingRegressor,
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
)
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.linear_model import (
    ElasticNet,
    LinearRegression,
    QuantileRegressor,
    Ridge,
    SGDRegressor,
)
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklstm import LSTMRegressor, MultiQuantileRegressor, PositiveOrderedRegressor
from sklstm.metrics import d2_pinball_score
from sklstm.preprocessing import SmearingTargetRegressor

COLUMNS = "predicts a column for each level, where the check expects a flat array"


def _declared(estimator):
    if len(estimator.quantiles) == 1:
        return {}
    checks = ["check_regressors_train"]
    if get_tags(estimator).input_tags.sparse:
        checks += ["check_estimator_sparse_array", "check_estimator_sparse_matrix"]
    return dict.fromkeys(checks, COLUMNS)


@parametrize_with_checks(
    [
        MultiQuantileRegressor(QuantileRegressor()),
        MultiQuantileRegressor(QuantileRegressor(), [0.5]),
        MultiQuantileRegressor(
            make_pipeline(
                StandardScaler(),
                GradientBoostingRegressor(
                    loss="quantile", n_estimators=3, random_state=0
                ),
            )
        ),
    ],
    expected_failed_checks=_declared,
)
def test_scikit_learn_conformance(estimator, check):
    check(estimator)


NETWORK = LSTMRegressor(3, epochs=2, quantiles=(0.5,), random_state=0)


@pytest.mark.slow
@parametrize_with_checks([MultiQuantileRegressor(NETWORK, (0.6,))])
def test_scikit_learn_conformance_around_a_network(estimator, check):
    check(estimator)


@pytest.fixture
def skewed(rng):
    """A target that is never negative, and features that tell something of it."""
    X = rng.normal(size=(80, 2))
    return X, rng.exponential(np.exp(X[:, 0]))


def linear():
    """A linear regressor of one quantile, without a penalty."""
    return QuantileRegressor(alpha=0.0)


# -- the parameter of the level --------------------------------------------------------


BOOSTING = HistGradientBoostingRegressor(loss="quantile", max_iter=5)
FALLING = {"func": np.negative, "inverse_func": np.negative}


@pytest.mark.parametrize(
    ("regressor", "path"),
    [
        (linear(), "quantile"),
        (BOOSTING, "quantile"),
        (GradientBoostingRegressor(loss="quantile", n_estimators=3), "alpha"),
        (DummyRegressor(strategy="quantile"), "quantile"),
        (XGBoostLike("reg:quantileerror"), "quantile_alpha"),
        (LightGBMLike("quantile"), "alpha"),
        (LightGBMLike("reg:quantileerror"), "quantile_alpha"),
        (CatBoostLike("Quantile:alpha=0.5"), "loss_function"),
        (CatBoostLike("Quantile"), "loss_function"),
        (CatBoostLike(objective="Quantile:alpha=0.5"), "objective"),
        (QuantileForestLike(), "default_quantiles"),
        (Echo(lambda X: X[:, :1]), "quantiles"),
        (make_pipeline(StandardScaler(), linear()), "quantileregressor__quantile"),
        (GridSearchCV(linear(), {"alpha": [0.0]}, cv=2), "estimator__quantile"),
        (TransformedTargetRegressor(linear()), "regressor__quantile"),
        (PositiveOrderedRegressor(linear(), lower=None), "regressor__quantile"),
        (BaggingRegressor(linear(), 2, random_state=0), "estimator__quantile"),
        (
            GridSearchCV(make_pipeline(linear()), {}, cv=2),
            "estimator__quantileregressor__quantile",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_the_parameter_is_found_and_each_clone_has_its_level(skewed, regressor, path):
    X, y = skewed
    model = MultiQuantileRegressor(regressor).fit(X, y)
    assert model.quantile_param_ == path
    for level, fitted, column in zip(
        LEVELS, model.regressors_, model.predict(X).T, strict=True
    ):
        value = fitted.get_params()[path]
        assert value in (level, (level,), f"Quantile:alpha={level}")
        expected = clone(regressor).set_params(**{path: value}).fit(X, y).predict(X)
        assert_array_equal(column, np.ravel(expected))


def test_levels_reach_the_predictions(skewed):
    X, y = skewed
    for regressor in (linear(), LightGBMLike("quantile"), CatBoostLike("Quantile")):
        predictions = MultiQuantileRegressor(regressor).fit(X, y).predict(X)
        shares = (y[:, np.newaxis] <= predictions).mean(axis=0)
        assert_allclose(shares, LEVELS, atol=0.03)


def test_other_parts_of_the_loss_of_catboost_are_kept(skewed):
    for text in ("Quantile:alpha=0.5;delta=1e-6", "Quantile:delta=1e-6;alpha=0.5"):
        model = MultiQuantileRegressor(CatBoostLike(text), [0.25]).fit(*skewed)
        assert model.regressors_[0].loss_function == "Quantile:alpha=0.25;delta=1e-6"


@pytest.mark.parametrize("path", [None, "regressor__quantile"])
def test_a_transformation_that_falls_turns_the_level(skewed, path):
    X, y = skewed
    regressor = TransformedTargetRegressor(linear(), **FALLING)
    model = MultiQuantileRegressor(regressor, quantile_param=path).fit(X, y)
    plain = MultiQuantileRegressor(linear()).fit(X, y)
    assert [each.regressor.quantile for each in model.regressors_] == [0.9, 0.5, 0.1]
    assert_allclose(model.predict(X), plain.predict(X), atol=1e-6)
    assert model.score(X, y) == pytest.approx(plain.score(X, y))


def test_a_parameter_may_be_named(skewed):
    class Own(LinearRegression):
        def __init__(self, level=None):
            super().__init__()
            self.level = level

    model = MultiQuantileRegressor(make_pipeline(Own()), quantile_param="own__level")
    levels = [each[-1].level for each in model.fit(*skewed).regressors_]
    assert levels == list(LEVELS)


@pytest.mark.parametrize(
    ("regressor", "message"),
    [
        (Ridge(), "found in Ridge or in what it holds: looked for 'quantile', "),
        (ElasticNet(), "found in ElasticNet or in what"),
        (SGDRegressor(), "found in SGDRegressor or in what"),
        (CatBoostLike(), "such as 'Quantile:alpha=0.5'. Name it by `quantile_param`"),
        (LightGBMLike("regression"), "found in LightGBMLike or in what it holds"),
        (
            HistGradientBoostingRegressor(),
            "'quantile' acts only with a loss of quantiles, but loss='squared_error'. "
            "Give HistGradientBoostingRegressor the one that it has for quantiles",
        ),
        (
            make_pipeline(XGBoostLike()),
            "'xgboostlike__quantile_alpha' acts only with a loss of quantiles, but "
            "objective='reg:squarederror'",
        ),
        (DummyRegressor(), "'quantile' acts only with a loss of quantiles, but strat"),
    ],
)
def test_a_regressor_without_a_level_is_refused_before_training(
    skewed, regressor, message
):
    with pytest.raises(ValueError, match="MultiQuantileRegressor: no param") as info:
        MultiQuantileRegressor(regressor).fit(*skewed)
    assert message in str(info.value)


def test_a_named_parameter_that_does_not_act_is_refused(skewed):
    model = MultiQuantileRegressor(
        HistGradientBoostingRegressor(), quantile_param="quantile"
    )
    with pytest.raises(ValueError, match="acts only with a loss of quantiles"):
        model.fit(*skewed)
    with pytest.raises(ValueError, match="'level' is not a parameter of Quantile"):
        MultiQuantileRegressor(linear(), quantile_param="level").fit(*skewed)


def test_a_regressor_that_contains_itself_is_refused(skewed):
    search = GridSearchCV(linear(), {})
    search.estimator = search
    with pytest.raises(ValueError, match="must not contain itself"):
        MultiQuantileRegressor(search).fit(*skewed)


# -- fit, predict, score ---------------------------------------------------------------


def test_clones_are_fitted_in_parallel_to_the_same_result(skewed):
    X, y = skewed
    one = MultiQuantileRegressor(BOOSTING).fit(X, y)
    with parallel_config(backend="threading"):
        two = MultiQuantileRegressor(BOOSTING, n_jobs=2).fit(X, y)
    assert_array_equal(two.predict(X), one.predict(X))


def test_the_regressor_given_stays_as_it_is(skewed):
    regressor = linear()
    MultiQuantileRegressor(regressor).fit(*skewed)
    assert regressor.quantile == 0.5
    assert not hasattr(regressor, "coef_")


@pytest.mark.parametrize(
    ("quantiles", "message"),
    [
        ([0.5, 0.1], "increasing"),
        ([0.0, 0.5], r"in \(0, 1\)"),
        ([], "sequence of numbers"),
        (0.5, "'quantiles' parameter"),
        (None, "'quantiles' parameter"),
        (["low"], "sequence of numbers"),
    ],
)
def test_levels_are_checked_before_training(skewed, quantiles, message):
    with pytest.raises(ValueError, match=message) as info:
        MultiQuantileRegressor(linear(), quantiles).fit(*skewed)
    assert "MultiQuantileRegressor" in str(info.value)


@pytest.mark.parametrize("regressor", [None, Foreign(), "ridge"])
def test_what_cannot_be_cloned_and_set_is_refused(skewed, regressor):
    with pytest.raises(ValueError, match="'regressor' parameter of MultiQuantile"):
        MultiQuantileRegressor(regressor).fit(*skewed)


def test_the_target_is_one_column(skewed):
    X, y = skewed
    flat = MultiQuantileRegressor(linear()).fit(X, y)
    with pytest.warns(DataConversionWarning):
        column = MultiQuantileRegressor(linear()).fit(X, y[:, np.newaxis])
    assert_array_equal(column.predict(X), flat.predict(X))
    with pytest.raises(ValueError, match="y should be a 1d array"):
        MultiQuantileRegressor(linear()).fit(X, np.column_stack([y, y]))
    with pytest.raises(ValueError, match="got text"):
        MultiQuantileRegressor(linear()).fit(X, y.astype(str))


def test_a_clone_must_predict_one_column(skewed):
    X, y = skewed
    model = MultiQuantileRegressor(Echo()).fit(X, y)
    with pytest.raises(ValueError, match=r"one quantile .* array of shape \(80, 2\)"):
        model.predict(X)


def test_it_does_not_predict_before_its_fit():
    model = MultiQuantileRegressor(linear())
    with pytest.raises(NotFittedError):
        model.predict([[0.0, 1.0]])
    assert not hasattr(model, "n_features_in_")


def test_weights_reach_each_clone_and_the_score(skewed, rng):
    X, y = skewed
    weight = rng.exponential(size=len(y)) ** 2
    model = MultiQuantileRegressor(linear()).fit(X, y, sample_weight=weight)
    for level, column in zip(LEVELS, model.predict(X).T, strict=True):
        expected = QuantileRegressor(quantile=level, alpha=0.0)
        assert_array_equal(column, expected.fit(X, y, sample_weight=weight).predict(X))
    expected = d2_pinball_score(
        y, model.predict(X), quantiles=LEVELS, sample_weight=weight
    )
    assert model.score(X, y, sample_weight=weight) == expected
    assert model.score(X, y) != expected


@pytest.mark.usefixtures("metadata_routing")
def test_metadata_is_routed(skewed, rng):
    X, y = skewed
    weight = rng.exponential(size=len(y))
    regressor = linear().set_fit_request(sample_weight="mass")
    model = MultiQuantileRegressor(regressor).fit(X, y, mass=weight)
    expected = MultiQuantileRegressor(linear().set_fit_request(sample_weight=True))
    expected.fit(X, y, sample_weight=weight)
    assert_array_equal(model.predict(X), expected.predict(X))
    with pytest.raises(TypeError, match="unexpected argument"):
        model.fit(X, y, sample_weight=weight)
    forest = QuantileForestLike().set_predict_request(quantiles=True)
    model = MultiQuantileRegressor(forest).fit(X, y)
    assert (model.predict(X, quantiles=0.3) == np.quantile(y, 0.3)).all()
    assert model.score(X, y, quantiles=0.3) < model.score(X, y)


def test_features_tags_and_copies(skewed):
    X, y = skewed
    model = MultiQuantileRegressor(make_pipeline(StandardScaler(), linear()))
    model.fit(pd.DataFrame(X, columns=["a", "b"]), y)
    assert model.n_features_in_ == 2
    assert model.feature_names_in_.tolist() == ["a", "b"]
    twin = pickle.loads(pickle.dumps(model))
    frame = pd.DataFrame(X, columns=["a", "b"])
    assert_array_equal(twin.predict(frame), model.predict(frame))
    assert clone(model).quantiles == LEVELS
    assert "QuantileRegressor" in model._repr_html_()
    tags = get_tags(MultiQuantileRegressor(BOOSTING))
    assert tags.input_tags.allow_nan
    assert tags.regressor_tags.poor_score
    assert tags.target_tags.required
    assert not tags.target_tags.multi_output
    assert not tags.non_deterministic
    assert get_tags(MultiQuantileRegressor(Random())).non_deterministic
    assert not get_tags(MultiQuantileRegressor(linear())).input_tags.allow_nan


def test_a_single_level_is_flat_like_y(skewed):
    X, y = skewed
    flat = MultiQuantileRegressor(linear(), [0.9]).fit(X, y)
    assert_array_equal(
        flat.predict(X), MultiQuantileRegressor(linear()).fit(X, y).predict(X)[:, 2]
    )
    expected = d2_pinball_score(y, flat.predict(X), quantiles=[0.9])
    assert flat.score(X, y) == expected


def test_X_and_y_of_different_lengths_are_refused(skewed):
    X, y = skewed
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        MultiQuantileRegressor(CatBoostLike("Quantile")).fit(X, y[1:])


def test_predictions_keep_the_float_dtype_of_the_regressor(skewed):
    X, y = skewed
    flat = Echo(lambda X: X[:, 0].astype(np.float32))
    assert MultiQuantileRegressor(flat).fit(X, y).predict(X).dtype == np.float32


# -- together with others --------------------------------------------------------------


def test_constraints_around_it_keep_the_quantiles_in_order_and_bounds(skewed):
    X, y = skewed
    levels = (0.4, 0.45, 0.5, 0.55)
    model = PositiveOrderedRegressor(MultiQuantileRegressor(BOOSTING, levels))
    model.fit(X, y)
    assert (np.diff(model.predict_raw(3 * X)) < 0).any()
    assert (np.diff(model.predict(3 * X)) >= 0).all()
    assert (model.predict(3 * X) >= 0).all()
    assert model.score(X, y) == d2_pinball_score(y, model.predict(X), quantiles=levels)
    with pytest.raises(ValueError, match=r"predicts the quantile 0\.\d+ in output"):
        clone(model).set_params(order="decreasing").fit(X, y)


def test_a_search_around_it_sets_parameters_of_the_regressor(skewed):
    X, y = skewed
    grid = {"regressor__alpha": [0.0, 100.0]}
    search = GridSearchCV(MultiQuantileRegressor(linear()), grid, cv=3).fit(X, y)
    assert search.best_params_ == {"regressor__alpha": 0.0}


def test_it_is_known_to_predict_quantiles(skewed):
    with pytest.raises(ValueError, match="predicts quantiles, but smearing"):
        SmearingTargetRegressor(MultiQuantileRegressor(linear())).fit(*skewed)
