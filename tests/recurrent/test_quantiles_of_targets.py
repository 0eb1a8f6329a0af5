"""Quantiles of several targets in one network."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from recurrent.networks import tiny
from sklearn.base import clone
from sklearn.utils import get_tags

from sklstm._recurrent.heads import HEADS, apply_head, start_of_head
from sklstm.exceptions import ConstraintWarning
from sklstm.metrics import d2_pinball_score, make_quantile_scorer, mean_pinball_loss

LEVELS = (0.1, 0.5, 0.9)


@pytest.fixture(scope="module")
def targets(sequences):
    """Two targets that have nothing in common, in very different units."""
    X, y = sequences
    return X, np.column_stack([y, 1000 + 300 * X[:, 0, 1]])


@pytest.fixture(scope="module")
def fitted(targets):
    X, y = targets
    return tiny(quantiles=LEVELS, epochs=1).fit(X, y)


def test_the_levels_of_each_target_are_learnt_in_its_unit():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3, 1))
    y = rng.normal(size=(400, 2)) * [1, 300] + [10, -5000]
    regressor = tiny(quantiles=LEVELS, epochs=30, learning_rate=0.01).fit(X, y)

    predicted = regressor.predict(X)

    assert predicted.shape == (400, 6)
    assert regressor.n_outputs_ == 6
    below = np.mean(y[:, :, np.newaxis] <= predicted.reshape(400, 2, 3), axis=0)
    assert_allclose(below, [LEVELS, LEVELS], atol=0.06)


@pytest.mark.parametrize("is_weighted", [False, True])
def test_the_loss_is_the_mean_over_targets_and_levels(targets, is_weighted):
    X, y = targets
    weight = np.linspace(0.5, 2, 60) if is_weighted else None
    regressor = tiny(quantiles=LEVELS, early_stopping=True, epochs=1)
    regressor.fit(
        X[:140], y[:140], X_val=X[140:], y_val=y[140:], sample_weight_val=weight
    )

    quantiles = regressor.predict(X[140:]).reshape(60, 2, 3)
    # In the units of the network.
    offset, scale = regressor._y_offset[::3], regressor._y_scale[::3]
    loss = mean_pinball_loss(
        (y[140:] - offset) / scale,
        (quantiles - offset[:, np.newaxis]) / scale[:, np.newaxis],
        quantiles=LEVELS,
        sample_weight=weight,
    )

    assert regressor.history_["val_loss"] == [pytest.approx(loss, rel=1e-5)]


@pytest.mark.parametrize("head", HEADS)
def test_a_head_acts_within_each_target(targets, head):
    X, y = targets
    y = 5 + y[:, ::-1]  # the second target is far below the first
    regressor = tiny(quantiles=LEVELS, head=head, epochs=1).fit(X, y)

    predicted = regressor.predict(X)

    by_target = predicted.reshape(200, 2, 3)
    assert np.all(by_target[:, 1] < by_target[:, 0].min())
    if "ordered" in head:
        assert np.all(np.diff(by_target, axis=2) >= 0)
    if "positive" in head:
        assert predicted.min() >= 0
    # Training starts near the empirical quantiles of each target.
    empirical = np.quantile(y, LEVELS, axis=0).T
    assert_allclose(by_target.mean(axis=0), empirical, atol=0.5 * y.std(axis=0).max())
    assert_allclose(by_target[:, 1].mean(axis=0), empirical[1], atol=0.5)
    assert_allclose(np.asarray(regressor.model_(X)), predicted, rtol=1e-5)


@pytest.mark.parametrize("head", HEADS)
def test_a_head_of_groups_is_that_of_each_group(head):
    raw = np.random.default_rng(0).normal(size=(5, 6))
    groups = np.split(raw, 2, axis=1)

    together = apply_head(raw, head, 2)

    apart = np.hstack([apply_head(group, head) for group in groups])
    assert_array_equal(together, apart)
    starts = np.hstack([start_of_head(group[0], head) for group in groups])
    assert_array_equal(start_of_head(raw[0], head, 2), starts)


@pytest.mark.parametrize("head", ["linear", "ordered"])
def test_each_target_has_its_own_scale(targets, head):
    X, y = targets
    regressor = tiny(quantiles=LEVELS, head=head, epochs=1).fit(X, y)

    assert_allclose(regressor._y_offset, np.repeat(y.mean(axis=0), 3))
    assert_allclose(regressor._y_scale, np.repeat(y.std(axis=0), 3))
    of_one = tiny(quantiles=LEVELS, head=head, epochs=1).fit(X, y[:, :1])
    assert of_one._y_scale.shape == (1,)


def test_nothing_is_scaled_without_normalize(targets):
    X, y = targets
    regressor = tiny(quantiles=LEVELS, normalize=False, epochs=1).fit(X, y)

    assert regressor.predict(X).shape == (200, 6)
    assert regressor._y_scale.tolist() == [1]


def test_the_score_is_the_mean_over_targets_and_levels(targets, fitted):
    X, y = targets
    weight = np.linspace(1, 2, 200)

    score = fitted.score(X, y, sample_weight=weight)

    quantiles = fitted.predict(X).reshape(200, 2, 3)
    by_target = [
        d2_pinball_score(
            y[:, t], quantiles[:, t], quantiles=LEVELS, sample_weight=weight
        )
        for t in range(2)
    ]
    assert score == pytest.approx(np.mean(by_target))
    assert get_tags(fitted).target_tags.multi_output


def test_a_scoring_monitor_scores_all_targets(targets):
    callback = pytest.importorskip("sklearn.callback", reason="scikit-learn < 1.9")
    monitor = callback.ScoringMonitor(scoring=make_quantile_scorer(LEVELS))
    regressor = tiny(quantiles=LEVELS, epochs=2)

    regressor.set_callbacks(monitor).fit(*targets)

    scores = [row for row in monitor.get_logs().data if len(row["task_id_path"]) > 1]
    loss = mean_pinball_loss(
        targets[1], regressor.predict(targets[0]), quantiles=LEVELS
    )
    assert len(scores) == 2
    assert -loss in [value for row in scores for value in row.values()]


def test_training_continues_with_the_same_targets_only(targets):
    X, y = targets
    regressor = tiny(quantiles=LEVELS, warm_start=True, epochs=1).fit(X, y)
    whole = tiny(quantiles=LEVELS, epochs=2).fit(X, y)

    loaded = pickle.loads(pickle.dumps(regressor)).fit(X, y)

    assert_array_equal(loaded.predict(X), whole.predict(X))
    for other in (y[:, 0], np.column_stack([y, y])):
        with pytest.raises(ValueError, match="continues with n_outputs=6; it cannot"):
            regressor.fit(X, other)
    assert_array_equal(clone(whole).fit(X, y).predict(X), whole.predict(X))


def test_other_targets_are_refused(targets, fitted):
    X, y = targets
    with pytest.raises(ValueError, match="y has 2 targets, but `y_val` has 1"):
        tiny(quantiles=LEVELS, early_stopping=True).fit(X, y, X_val=X, y_val=y[:, 0])
    with pytest.raises(ValueError, match="got 3 levels for 6 columns"):
        fitted.score(X, y[:, 0])


def test_an_ordered_head_does_not_ask_for_ordered_targets(targets, recwarn):
    X, y = targets
    tiny(quantiles=LEVELS, head="ordered", epochs=1).fit(X, y[:, ::-1])
    assert not [w for w in recwarn if w.category is ConstraintWarning]

    with pytest.warns(ConstraintWarning, match=r"are negative, so `head`="):
        tiny(quantiles=LEVELS, head="positive_ordered", epochs=1).fit(X, y)
