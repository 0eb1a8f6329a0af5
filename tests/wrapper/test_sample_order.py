"""Orders down the samples, in groups and by keys."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal
from regressors import Echo, Untrainable
from sklearn.linear_model import Ridge
from wrapper.rows import OBEDIENT, RAW

from sklstm import PositiveOrderedRegressor
from sklstm.exceptions import ConstraintWarning

SITES = {"site": ["a", "b", "a", "b"], "age": [2, 1, 1, 2], "value": [1, 4, 2, 3]}


@pytest.mark.parametrize(
    ("X", "group_by", "order_by"),
    [
        (pd.DataFrame(SITES), "site", "age"),
        (pl.DataFrame(SITES), "site", "age"),
        (pd.DataFrame(SITES), 0, 1),
        (np.array([[0, 2, 1], [7, 1, 4], [0, 1, 2], [7, 2, 3]]), 0, 1),
        (np.array([[0, 2, 1], [7, 1, 4], [0, 1, 2], [7, 2, 3]]), 0, -2),
        (
            np.array([[0, 2, 1], [7, 1, 4], [0, 1, 2], [7, 2, 3]])[..., np.newaxis],
            lambda X: X[:, 0, 0],
            lambda X: X[:, 1, 0],
        ),
    ],
)
def test_rows_are_ordered_within_groups_by_keys(X, group_by, order_by):
    model = PositiveOrderedRegressor(
        Echo(lambda X: np.array([1.0, 4.0, 2.0, 3.0])[: len(X)]),
        sample_order="increasing",
        group_by=group_by,
        order_by=order_by,
    )
    model.fit(X, np.array([2.0, 1.0, 1.0, 2.0]))
    # Site a by age: 2, 1 -> 1, 2. Site b by age: 4, 3 -> 3, 4. In the given row order:
    assert_array_equal(model.predict(X), [2.0, 3.0, 1.0, 4.0])


@pytest.mark.parametrize("kind", ["csr", "csc", "coo", "dia", "bsr"])
def test_columns_of_sparse_X_may_be_keys(kind):
    from scipy import sparse

    X = sparse.csr_array([[0.0, 2.0], [0.0, 1.0], [0.0, 3.0]])
    y = np.array([2.0, 1.0, 3.0])
    model = PositiveOrderedRegressor(Ridge(), sample_order="decreasing", order_by=1)
    with pytest.warns(ConstraintWarning):
        predictions = model.fit(X, y).predict(X)
    assert (np.diff(predictions[[1, 0, 2]]) <= 0).all()


@pytest.mark.parametrize(
    ("X", "column", "message"),
    [
        (RAW, "site", "`group_by`='site' is a name, but X is a ndarray"),
        (RAW, 3, "`group_by`=3 is not the index .* of X are 0 to 2"),
        (RAW.tolist(), 3, "`group_by`=3 is not the index .* of X are 0 to 2"),
        ([[1.0], [2.0, 3.0]], 0, r"X is not 2-D; got a list of shape \(2,\)"),
        (
            pd.DataFrame(SITES),
            "town",
            r"'town' is not the name of .* X; they are \['site', 'age', 'value'\]",
        ),
        (
            pl.DataFrame(SITES),
            "town",
            r"'town' is not the name of .* X; they are \['site', 'age', 'value'\]",
        ),
        (
            pd.DataFrame(RAW, columns=["a", "b", "a"]),
            "a",
            r"'a' is the name of 2 columns of X, \[0, 2\]. Pass the index",
        ),
        (RAW, [0, 3], "`group_by`=3 is not the index"),
        (RAW, [], "`group_by` must hold one key or more"),
        (RAW[..., np.newaxis], 0, r"X is not 2-D; .* shape \(3, 3, 1\). .* callable"),
        (RAW, lambda X: X.T[:2], "one label for each of the 3 rows"),
        (RAW, lambda X: X[:2, 0], r"one label for each of the 3 rows; .* shape \(2,\)"),
    ],
)
def test_a_column_that_X_lacks_raises_before_training(X, column, message):
    model = PositiveOrderedRegressor(
        Untrainable(), sample_order="increasing", group_by=column
    )
    with pytest.raises(ValueError, match=message):
        model.fit(X, np.ones(len(X)))


def test_missing_labels_are_told_of_by_the_parameter_that_names_them():
    model = PositiveOrderedRegressor(
        Untrainable(), sample_order="increasing", group_by=lambda X: [0, np.nan, 1]
    )
    with pytest.raises(ValueError, match="`group_by` is missing in 1 of 3 rows"):
        model.fit(RAW, OBEDIENT)


def test_targets_of_another_length_are_told_of_before_any_order():
    model = PositiveOrderedRegressor(Untrainable(), sample_order="increasing")
    with pytest.raises(ValueError, match=r"same number of rows; got 3 and 2"):
        model.fit(RAW, OBEDIENT[:2])


def test_column_names_need_a_dataframe_in_predict_too():
    X = pd.DataFrame(SITES)
    model = PositiveOrderedRegressor(
        Echo(lambda X: np.ones(len(X))), sample_order="increasing", group_by="site"
    )
    model.fit(X, np.ones(4))
    with pytest.raises(ValueError, match="`group_by`='site' is a name, but X is"):
        model.predict(X.to_numpy())
