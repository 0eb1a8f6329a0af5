"""The wrapped regressor: what is taken, and what it shows of itself."""

import re
from unittest.mock import MagicMock, Mock

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from regressors import Echo, Foreign, Random
from sklearn.base import clone, is_regressor
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import StackingRegressor, VotingRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, QuantileRegressor, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags
from wrapper.rows import OBEDIENT, RAW, echo

from sklstm import LSTMRegressor, MultiQuantileRegressor, PositiveOrderedRegressor
from sklstm.preprocessing import SequenceScaler, SmearingTargetRegressor


@pytest.mark.parametrize(
    ("regressor", "error", "message"),
    [
        (LogisticRegression(), ValueError, "must be a regressor; got a classifier"),
        (StandardScaler(), ValueError, "'regressor' parameter.*once fitted, `predict`"),
        (object(), ValueError, "'regressor' parameter"),
        (
            Ridge,
            TypeError,
            r"must be an instance; got the class Ridge\. Write Ridge\(\)",
        ),
        ("ridge", ValueError, "'regressor' parameter .* Got 'ridge'"),
    ],
)
def test_what_is_no_regressor_raises(regressor, error, message):
    with pytest.raises(error, match=message) as info:
        PositiveOrderedRegressor(regressor).fit(RAW, OBEDIENT)
    assert "PositiveOrderedRegressor" in str(info.value)


def test_everything_that_predicts_once_it_is_fitted_is_taken(daily_range):
    X, y = daily_range[0], daily_range[1][:, 0]
    stack = StackingRegressor([("ridge", Ridge()), ("dummy", DummyRegressor())])
    assert not hasattr(stack, "predict")
    for regressor in (stack, make_pipeline(stack), GridSearchCV(stack, {}, cv=2)):
        model = PositiveOrderedRegressor(regressor).fit(X, y)
        expected = clone(regressor).fit(X, y).predict(X)
        assert_array_equal(model.predict_raw(X), expected)


def test_a_regressor_that_delegates_once_it_is_fitted_is_taken():
    class Delegating:
        def fit(self, X, y):
            self.inner = Ridge().fit(X, y)
            return self

        def __getattr__(self, name):
            if name != "predict":
                raise AttributeError(name)
            return vars(self)["inner"].predict if "inner" in vars(self) else missing()

    def missing():
        raise AttributeError("predict")

    model = PositiveOrderedRegressor(Delegating()).fit(RAW, OBEDIENT)
    assert_array_equal(model.predict_raw(RAW), Ridge().fit(RAW, OBEDIENT).predict(RAW))


def test_a_regressor_that_never_predicts_is_refused_after_its_fit():
    class Mute(Foreign):
        predict = property()

    with pytest.raises(ValueError, match="Mute has none"):
        PositiveOrderedRegressor(Mute()).fit(RAW, OBEDIENT)


def contains_itself():
    model = PositiveOrderedRegressor(Ridge())
    model.regressor = model
    return model


def is_deep_in_itself():
    model = PositiveOrderedRegressor(Ridge())
    model.regressor = TransformedTargetRegressor(make_pipeline(StandardScaler(), model))
    return model


def holds_what_contains_itself():
    search = GridSearchCV(Ridge(), {})
    search.estimator = make_pipeline(search)
    return PositiveOrderedRegressor(search)


@pytest.mark.parametrize(
    "make", [contains_itself, is_deep_in_itself, holds_what_contains_itself]
)
@pytest.mark.parametrize(
    "use",
    [
        lambda model: model.fit(RAW, OBEDIENT),
        get_tags,
        lambda model: model._repr_html_(),
        lambda model: model.get_metadata_routing(),
    ],
    ids=["fit", "tags", "html", "routing"],
)
def test_an_estimator_that_contains_itself_is_refused(make, use):
    with pytest.raises(ValueError, match="`regressor` must not contain itself"):
        use(make())


def test_the_same_estimator_may_be_in_two_places():
    ridge = Ridge()
    voting = VotingRegressor([("a", ridge), ("b", ridge)])
    PositiveOrderedRegressor(voting).fit(RAW, OBEDIENT[:, 0])


@pytest.mark.parametrize("kind", [Mock, MagicMock])
@pytest.mark.parametrize("frozen", [False, True])
def test_a_mock_is_a_regressor(kind, frozen):
    mock = kind()
    mock.predict.side_effect = lambda X: np.array(X)
    regressor = FrozenEstimator(mock) if frozen else mock
    model = PositiveOrderedRegressor(regressor).fit(RAW, OBEDIENT)
    assert_array_equal(model.predict(RAW), np.sort(np.maximum(RAW, 0)))
    assert get_tags(model).estimator_type == "regressor"
    PositiveOrderedRegressor(regressor).fit(RAW, OBEDIENT[:, 0])


def test_an_attribute_called_steps_makes_no_pipeline():
    regressor = Foreign()
    regressor.steps = 100
    assert PositiveOrderedRegressor(regressor).fit(RAW, OBEDIENT[:, 0]).n_outputs_ == 1


def test_a_prediction_whose_size_is_a_method_is_counted():
    class Tensor:
        def __init__(self, values):
            self.values = values

        def __array__(self, dtype=None, copy=None):
            return self.values

        def size(self):
            return self.values.shape

    class Network(Foreign):
        def predict(self, X):
            return Tensor(X)

    model = PositiveOrderedRegressor(Network(), lower=[0, 0, 0])
    assert model.fit(RAW, OBEDIENT[:, 0]).n_outputs_ == 3
    assert_array_equal(model.predict(RAW), echo().predict(RAW))


def test_a_ragged_prediction_is_told_of():
    model = echo(answer=lambda X: [[1.0], [2.0, 3.0], [4.0]])
    with pytest.raises(ValueError, match=r"prediction of Echo .* its rows differ"):
        model.predict(RAW)


def test_a_regressor_foreign_to_scikit_learn_works_and_stays_unfitted():
    regressor = Foreign()
    model = PositiveOrderedRegressor(regressor).fit(RAW, OBEDIENT)
    assert_array_equal(model.predict(RAW), np.tile(OBEDIENT.mean(axis=0), (3, 1)))
    assert not hasattr(regressor, "mean")
    assert is_regressor(model)
    clone(model).fit(RAW, OBEDIENT)


def test_the_regressor_given_is_cloned():
    regressor = Ridge()
    PositiveOrderedRegressor(regressor).fit(RAW, OBEDIENT)
    assert not hasattr(regressor, "coef_")


def test_fit_parameters_reach_the_regressor(rng):
    weight = rng.uniform(size=3)
    model = PositiveOrderedRegressor(Echo()).fit(RAW, OBEDIENT, sample_weight=weight)
    assert model.regressor_.sample_weight_ is weight
    model.partial_fit(RAW, OBEDIENT, sample_weight=2 * weight)
    assert_array_equal(model.regressor_.sample_weight_, 2 * weight)


def test_tags_are_those_of_the_regressor():
    tags = get_tags(PositiveOrderedRegressor(Echo()))
    assert tags.estimator_type == "regressor"
    assert tags.input_tags == get_tags(Echo()).input_tags
    assert tags.target_tags == get_tags(Echo()).target_tags
    assert tags.regressor_tags.poor_score
    assert not tags.non_deterministic
    assert get_tags(PositiveOrderedRegressor(Random())).non_deterministic
    assert get_tags(PositiveOrderedRegressor(Ridge())).input_tags.sparse
    assert not get_tags(PositiveOrderedRegressor(Ridge())).input_tags.three_d_array
    assert get_tags(PositiveOrderedRegressor()).input_tags.three_d_array
    assert get_tags(PositiveOrderedRegressor(Foreign())).target_tags.required


def test_features_are_told_where_the_regressor_tells_them():
    model = PositiveOrderedRegressor(Ridge())
    assert not hasattr(model, "n_features_in_")
    assert not hasattr(model, "feature_names_in_")
    model.fit(RAW, OBEDIENT)
    assert model.n_features_in_ == 3
    assert not hasattr(model, "feature_names_in_")
    model.fit(pd.DataFrame(RAW, columns=["a", "b", "c"]), OBEDIENT)
    assert_array_equal(model.feature_names_in_, ["a", "b", "c"])
    assert not hasattr(echo(), "n_features_in_")


def test_invalid_X_is_left_to_the_regressor(daily_range):
    X, y = daily_range
    with pytest.raises(ValueError, match=r"Input X contains NaN\.\s+Ridge does not"):
        PositiveOrderedRegressor(Ridge()).fit(np.full_like(X, np.nan), y)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        PositiveOrderedRegressor(Ridge()).fit(X[:-1], y)
    model = PositiveOrderedRegressor(Ridge()).fit(X, y)
    with pytest.raises(ValueError, match="3 features, but Ridge is expecting 4"):
        model.predict(X[:, :3])


def test_parameters_set_with_no_regressor_are_those_of_the_default():
    model = PositiveOrderedRegressor(LSTMRegressor(units=64))
    model.set_params(regressor=None, regressor__dropout=0.1)
    assert model.regressor.units == LSTMRegressor().units
    assert model.regressor.dropout == 0.1
    with pytest.raises(ValueError, match="Invalid parameter 'alpha'"):
        PositiveOrderedRegressor(Ridge()).set_params(
            regressor=None, regressor__alpha=3.0
        )


@pytest.mark.parametrize(
    ("model", "params", "cure"),
    [
        (
            PositiveOrderedRegressor(),
            {"units": 5},
            "LSTMRegressor. Use regressor__units",
        ),
        (PositiveOrderedRegressor(Ridge()), {"alpha": 5}, "Use regressor__alpha"),
        (
            PositiveOrderedRegressor(make_pipeline(StandardScaler(), Ridge())),
            {"alpha": 5},
            "Pipeline. Use regressor__ridge__alpha",
        ),
        (
            PositiveOrderedRegressor(make_pipeline(Ridge())),
            {"ridge__alpha": 5},
            "Use regressor__ridge__alpha",
        ),
        (
            PositiveOrderedRegressor(LSTMRegressor()),
            {"regressor": Ridge(), "alpha": 5},
            "Ridge. Use regressor__alpha",
        ),
        (
            SmearingTargetRegressor(Ridge()),
            {"alpha": 5},
            "its regressor, Ridge. Use regressor__alpha",
        ),
        (
            SmearingTargetRegressor(transformer=StandardScaler()),
            {"with_mean": False},
            "its transformer, StandardScaler. Use transformer__with_mean",
        ),
        (
            MultiQuantileRegressor(make_pipeline(QuantileRegressor())),
            {"alpha": 0},
            "Pipeline. Use regressor__quantileregressor__alpha",
        ),
        (
            SequenceScaler(StandardScaler()),
            {"with_mean": False},
            "its scaler, StandardScaler. Use scaler__with_mean",
        ),
    ],
)
def test_a_parameter_of_an_inner_estimator_is_pointed_at(model, params, cure):
    name = list(params)[-1]
    with pytest.raises(ValueError, match=re.escape(cure) + r"\.$") as info:
        model.set_params(**params)
    message = str(info.value)
    owner = type(model).__name__
    assert message.startswith(f"Invalid parameter '{name}' for estimator {owner}: ")


def test_an_unknown_parameter_is_left_to_scikit_learn():
    for model in (
        PositiveOrderedRegressor(Ridge()),
        PositiveOrderedRegressor(Foreign()),
        SmearingTargetRegressor(Ridge()),
        MultiQuantileRegressor(Ridge()),
        SequenceScaler(),
        LSTMRegressor(),
    ):
        with pytest.raises(ValueError, match=r"Invalid parameter 'unit' .* Valid"):
            model.set_params(unit=5)


def test_parameters_of_the_regressor_are_checked():
    with pytest.raises(ValueError, match="'alpha' parameter of Ridge"):
        PositiveOrderedRegressor(Ridge(alpha=-1)).fit(RAW, OBEDIENT)


@pytest.mark.parametrize("fitted", [False, True])
def test_representations_show_the_wrapped_regressor(fitted):
    model = PositiveOrderedRegressor(Ridge(alpha=3.5), method="projection")
    if fitted:
        model.fit(RAW, OBEDIENT)
    assert "Ridge(alpha=3.5)" in repr(model)
    assert ">Ridge<" in model._repr_html_()
    assert ">LSTMRegressor<" in PositiveOrderedRegressor()._repr_html_()


def test_a_target_transformed_inside_is_predicted_in_its_own_unit(daily_range):
    X, y = daily_range
    inside = TransformedTargetRegressor(Ridge(), transformer=StandardScaler())
    model = PositiveOrderedRegressor(inside).fit(X, y)
    assert model.predict(3 * X).min() == 0
    assert model.score(X, y) > inside.fit(X, y).score(X, y)
