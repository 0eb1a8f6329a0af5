"""What is refused, and in which words."""

import inspect

import numpy as np
import pytest
from recurrent.networks import tiny
from sklearn.base import is_regressor

from sklstm import LSTMRegressor


def test_a_wrong_shape_is_named(sequences):
    X, y = sequences
    regressor = tiny().fit(X, y)

    with pytest.raises(
        ValueError, match=r"shape \(6, 3\), but it was fitted on \(6, 2"
    ):
        regressor.predict(np.zeros((4, 6, 3)))
    with pytest.raises(
        ValueError, match=r"shape \(5, 2\), but it was fitted on \(6, 2"
    ):
        regressor.predict(np.zeros((4, 5, 2)))
    with pytest.raises(ValueError, match=r"X is 2-D, .* fitted on 3-D X"):
        regressor.predict(np.zeros((4, 12)))
    with pytest.raises(ValueError, match=r"must be 2-D.*or 3-D.*got the shape"):
        regressor.fit(X[..., None], y)
    with pytest.raises(ValueError, match="no empty axis"):
        regressor.fit(X[:, :, :0], y)
    with pytest.raises(ValueError, match="Reshape your data"):
        regressor.fit(X[0, :, 0], y)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        regressor.fit(X, y[:-1])


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.full((5, 2), np.nan), np.ones(5), "X contains NaN"),
        (
            np.ones((5, 2, 1)),
            np.full(5, np.nan),
            r"LSTMRegressor: `y` .* got NaN in 5 of 5 rows",
        ),
        (np.ones((0, 2, 1)), np.ones(0), r"^Found array with 0 sample"),
        (np.ones((1, 2, 1)), np.ones(1), "1 sample.* minimum of 2 .*LSTMRegressor"),
        (np.ones((5, 2, 1)), None, "requires y to be passed"),
        (np.ones((5, 2, 1)), np.array(list("abcde")), "`y` .* got text such as 'a'"),
        (np.ones((5, 2, 1)), np.array(list("12345")), "`y` .* got text of digits"),
    ],
)
def test_bad_data_is_refused(X, y, message):
    with pytest.raises(ValueError, match=message):
        tiny().fit(X, y)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"units": 0}, "'units' parameter"),
        ({"units": (4, -1)}, "`units` must be a positive int"),
        ({"units": ()}, "`units` must be a positive int"),
        ({"head": "sorted"}, "'head' parameter"),
        ({"epochs": "many"}, "'epochs' parameter"),
        ({"dropout": 1.0}, "'dropout' parameter"),
        ({"learning_rate": 0}, "'learning_rate' parameter"),
        ({"n_timesteps": 5}, "^LSTMRegressor: `n_timesteps` is for 2-D X"),
        (
            {"early_stopping": True, "validation_fraction": 0.999},
            "`validation_fraction`=0.999 leaves none of the 200",
        ),
        ({"callbacks": ["bar"]}, "^LSTMRegressor: `callbacks` must .* got 'bar'"),
        ({"optimizer": 3}, "'optimizer' parameter"),
    ],
)
def test_bad_parameters_are_refused(sequences, params, message):
    with pytest.raises(ValueError, match=message):
        tiny(**params).fit(*sequences)


def test_columns_that_do_not_divide_into_steps_are_refused():
    with pytest.raises(ValueError, match=r"n_timesteps=5 and 12 columns"):
        tiny(n_timesteps=5).fit(np.ones((9, 12)), np.ones(9))


def test_weights_that_are_all_zero_are_refused(sequences):
    X, y = sequences

    with pytest.raises(
        ValueError, match=r"`sample_weight` must not be 0|at least one non-zero"
    ):
        tiny().fit(X, y, np.zeros(len(y)))
    with pytest.raises(ValueError, match=r": Negative values .* `sample_weight`"):
        tiny().fit(X, y, -np.ones(len(y)))


def test_it_is_a_regressor():
    assert is_regressor(LSTMRegressor())
    assert not hasattr(LSTMRegressor(), "model_")
    assert not hasattr(LSTMRegressor(), "n_features_in_")


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize(
    ("keyword", "message"),
    [
        ("callbacks", r"parameter of the estimator: LSTMRegressor\(callbacks=\.\.\.\)"),
        ("epochs", r"parameter of the estimator: LSTMRegressor\(epochs=\.\.\.\)"),
        (
            "validation_data",
            r"Use fit\(X, y, X_val=\.\.\., y_val=\.\.\.\)",
        ),
        ("validation_split", r"early_stopping=True, validation_fraction=\.\.\.\)"),
        ("initial_epoch", r"LSTMRegressor\(warm_start=True\) to continue"),
        ("colour", r"'colour'\.$"),
    ],
)
def test_keywords_of_keras_point_at_the_parameters(method, keyword, message, sequences):
    regressor = tiny()
    with pytest.raises(
        TypeError,
        match=rf"^LSTMRegressor\.{method}\(\) got an unexpected keyword .*{message}",
    ):
        getattr(regressor, method)(*sequences, **{keyword: None})


def test_the_signature_of_fit_is_not_hidden():
    names = ["sample_weight", "X_val", "y_val", "sample_weight_val"]
    parameters = inspect.signature(LSTMRegressor().fit).parameters

    assert list(parameters) == ["X", "y", *names]
    assert LSTMRegressor().get_metadata_routing().fit.requests.keys() == set(names)
