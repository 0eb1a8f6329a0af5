"""Validation rows passed to fit."""

import numpy as np
import pandas as pd
import pytest
from recurrent.networks import same_weights, tiny
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklstm import LSTMRegressor, PositiveOrderedRegressor
from sklstm.preprocessing import SequenceScaler


@pytest.fixture
def halves(sequences):
    X, y = sequences
    n = len(X) // 2
    return (X[:n], y[:n]), (X[n:], y[n:])


def stopping(**params):
    return tiny(early_stopping=True, patience=2, **params)


def test_given_rows_replace_those_that_would_be_held_out(halves):
    (X, y), (X_val, y_val) = halves
    n_last = len(X_val)
    fraction = n_last / (len(X) + n_last)
    together = np.concatenate([X, X_val]), np.concatenate([y, y_val])

    given = stopping().fit(X, y, X_val=X_val, y_val=y_val)

    held_out = stopping(validation_fraction=fraction).fit(*together)
    assert same_weights(given, held_out)
    assert given.history_ == held_out.history_


def test_auto_stops_early_where_rows_are_given(halves):
    (X, y), (X_val, y_val) = halves
    X, y = X[:50], y[:50]

    found = tiny(early_stopping="auto").fit(X, y, X_val=X_val, y_val=y_val)

    assert len(found.history_["val_loss"]) == 3
    assert "val_loss" not in tiny(early_stopping="auto").fit(X, y).history_


@pytest.mark.parametrize(("n_rows", "stops"), [(99, False), (100, True)])
def test_the_default_stops_early_where_there_are_rows_enough(n_rows, stops, rng):
    X = rng.normal(size=(n_rows, 2, 1))

    found = LSTMRegressor(units=2, epochs=1).fit(X, X[:, 0, 0])

    assert ("val_loss" in found.history_) == stops


def test_weights_of_the_validation_rows_count(halves):
    train, (X_val, y_val) = halves
    n = len(y_val) // 2
    weight = np.repeat([0.0, 2.0], [n, len(y_val) - n])

    weighted = stopping().fit(
        *train, X_val=X_val, y_val=y_val, sample_weight_val=weight
    )

    some = stopping().fit(*train, X_val=X_val[n:], y_val=y_val[n:])
    np.testing.assert_allclose(
        weighted.history_["val_loss"], some.history_["val_loss"], rtol=1e-6
    )


def test_validation_rows_do_not_affect_the_scales(halves):
    train, (X_val, y_val) = halves
    given = stopping().fit(*train, X_val=1e6 * X_val, y_val=y_val - 1e6)

    plain = tiny().fit(*train)
    assert np.array_equal(given._x_scale, plain._x_scale)
    assert np.array_equal(given._y_offset, plain._y_offset)


@pytest.mark.usefixtures("metadata_routing")
def test_a_pipeline_scales_the_validation_rows_as_it_scales_x(halves):
    (X, y), (X_val, y_val) = halves
    network = stopping(normalize=False).set_fit_request(X_val=True, y_val=True)
    shift = FunctionTransformer(np.negative)
    model = make_pipeline(
        shift, SequenceScaler(), network, transform_input=["X_val"]
    ).fit(X, y, X_val=X_val, y_val=y_val)

    scaler = SequenceScaler().fit(-X)
    by_hand = stopping(normalize=False).fit(
        scaler.transform(-X), y, X_val=scaler.transform(-X_val), y_val=y_val
    )
    assert same_weights(model[-1], by_hand)


@pytest.mark.parametrize("routed", [False, True])
def test_the_wrapper_passes_the_validation_rows_on(halves, routed, request):
    (X, y), (X_val, y_val) = halves
    network = stopping()
    if routed:
        request.getfixturevalue("metadata_routing")
        network.set_fit_request(X_val=True, y_val=True)
    wrapped = PositiveOrderedRegressor(network, lower=None, order=None)

    wrapped.fit(X, y, X_val=X_val, y_val=y_val)

    assert same_weights(
        wrapped.regressor_, stopping().fit(X, y, X_val=X_val, y_val=y_val)
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda X, y: {"X_val": X}, "`X_val` was given without `y_val`"),
        (lambda X, y: {"y_val": y}, "`y_val` was given without `X_val`"),
        (
            lambda X, y: {"sample_weight_val": y},
            "`sample_weight_val` was given without `X_val`",
        ),
        (lambda X, y: {"X_val": X[:, 1:], "y_val": y}, "it was fitted on"),
        (lambda X, y: {"X_val": X, "y_val": y[1:]}, "inconsistent numbers of samples"),
        (
            lambda X, y: {"X_val": X, "y_val": np.c_[y, y]},
            "y has 1 targets, but `y_val` has 2",
        ),
        (
            lambda X, y: {"X_val": X, "y_val": y * np.nan},
            "validation rows .* `y` .* got NaN",
        ),
        (
            lambda X, y: {"X_val": X, "y_val": y, "sample_weight_val": 0 * y},
            "validation rows .*(at least one non-zero|not be 0 for all rows)",
        ),
    ],
)
def test_validation_rows_that_do_not_fit_are_refused(halves, given, message):
    X, y = halves[0]

    with pytest.raises(ValueError, match=rf"^LSTMRegressor: .*{message}"):
        stopping().fit(X, y, **given(X, y))


def test_validation_rows_without_early_stopping_are_refused(halves):
    train, (X_val, y_val) = halves

    with pytest.raises(ValueError, match="are for early stopping, but early_stopping="):
        tiny(early_stopping=False).fit(*train, X_val=X_val, y_val=y_val)


def test_validation_targets_in_another_order_are_refused(halves):
    (X, y), (X_val, y_val) = halves
    train = pd.DataFrame({"p": y, "q": 100 + y})
    held_out = pd.DataFrame({"q": 100 + y_val, "p": y_val})

    with pytest.raises(ValueError, match=r"`y_val` .*\['p', 'q'\].*\['q', 'p'\]"):
        stopping().fit(X, train, X_val=X_val, y_val=held_out)
