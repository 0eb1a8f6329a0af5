"""The wrapped regressor: what is taken, and what it shows of itself."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from regressors import Echo, Foreign
from sklearn.base import clone, is_regressor
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags
from wrapper.rows import OBEDIENT, RAW, echo

from sklstm import LSTMRegressor, PositiveOrderedRegressor


@pytest.mark.parametrize(
    ("regressor", "error", "message"),
    [
        (LogisticRegression(), ValueError, "must be a regressor; got a classifier"),
        (StandardScaler(), ValueError, "'regressor' parameter"),
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
