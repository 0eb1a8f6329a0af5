"""Callbacks of scikit-learn."""

import numpy as np
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, Ridge, SGDRegressor
from sklearn.metrics import make_scorer, mean_absolute_error, r2_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import PositiveOrderedRegressor


class Recorder:
    """A callback of scikit-learn >= 1.9 that writes down what it is told."""

    max_propagation_depth = None

    def __init__(self):
        self.told = []

    def setup(self, estimator, context):
        self.told.append(("setup", type(estimator).__name__, context.task_name))

    def teardown(self, estimator, context):
        self.told.append(("teardown", type(estimator).__name__, context.task_name))

    def on_fit_task_begin(self, estimator, context):
        self.told.append(("begin", type(estimator).__name__, context.task_name))

    def on_fit_task_end(self, estimator, context):
        self.told.append(("end", type(estimator).__name__, context.task_name))


def with_recorder(model):
    if not hasattr(model, "set_callbacks"):
        pytest.skip("scikit-learn < 1.9 has no callbacks")
    recorder = Recorder()
    return model.set_callbacks(recorder), recorder


def test_callbacks_hear_of_the_fit_and_reach_the_regressor(daily_range):
    X, y = daily_range
    model, recorder = with_recorder(
        PositiveOrderedRegressor(make_pipeline(StandardScaler(), LinearRegression()))
    )
    with pytest.warns(UserWarning, match="does not support callbacks"):
        model.fit(X, y)
    owner = "PositiveOrderedRegressor"
    assert recorder.told[0] == ("setup", owner, "fit")
    assert recorder.told[1] == ("begin", owner, "fit")
    assert recorder.told[-2] == ("end", owner, "fit")
    assert recorder.told[-1] == ("teardown", owner, "fit")
    assert ("begin", "Pipeline", "fit") in recorder.told
    assert ("end", "Pipeline", "fit-final-estimator") in recorder.told
    assert not hasattr(model.regressor_, "_skl_callbacks")


def test_callbacks_are_torn_down_when_the_fit_fails(daily_range):
    X, y = daily_range
    model, recorder = with_recorder(PositiveOrderedRegressor(make_pipeline(Ridge(-1))))
    with (
        pytest.warns(UserWarning, match="does not support callbacks"),
        pytest.raises(ValueError),
    ):
        model.fit(X, y)
    assert recorder.told[-1] == ("teardown", "PositiveOrderedRegressor", "fit")


def test_a_progress_bar_in_a_grid_search(daily_range, capsys):
    callback = pytest.importorskip("sklearn.callback")
    pytest.importorskip("rich")
    X, y = daily_range
    search = GridSearchCV(PositiveOrderedRegressor(Ridge()), {"order": [None]}, cv=2)
    search.set_callbacks(callback.ProgressBar()).fit(X, y)
    assert "PositiveOrderedRegressor - fit" in capsys.readouterr().out


@pytest.fixture
def monitor():
    callback = pytest.importorskip("sklearn.callback")
    return callback.ScoringMonitor(scoring=["r2", "neg_mean_absolute_error"])


def logged(monitor):
    (row,) = monitor.get_logs().data
    return row["task_name"], row["r2"], row["neg_mean_absolute_error"]


@pytest.mark.parametrize(
    ("regressor", "name"),
    [
        (LinearRegression(), "sample_weight"),
        (make_pipeline(StandardScaler(), Ridge()), "ridge__sample_weight"),
        (FrozenEstimator(DummyRegressor().fit([[0]], [1])), "sample_weight"),
    ],
    ids=["plain", "pipeline", "frozen"],
)
@pytest.mark.parametrize("weighted", [False, True])
def test_a_monitor_logs_the_score_of_the_fitted_model(
    daily_range, rng, monitor, regressor, name, weighted
):
    X, y = daily_range[0], daily_range[1][:, 0]
    weight = rng.exponential(size=len(X)) ** 4 if weighted else None
    params = {name: weight} if weighted else {}
    model = PositiveOrderedRegressor(regressor).set_callbacks(monitor)
    model.fit(X, y, **params)
    task, r2, error = logged(monitor)
    assert task == "fit"
    assert r2 == model.score(X, y, sample_weight=weight)
    expected = mean_absolute_error(y, model.predict(X), sample_weight=weight)
    assert error == -expected
    assert (r2 == model.score(X, y)) is not weighted


def test_a_monitor_logs_a_fit_in_parts_and_each_refit(daily_range, monitor):
    X, y = daily_range[0], daily_range[1][:, 0]
    model = PositiveOrderedRegressor(SGDRegressor(random_state=0))
    model.set_callbacks(monitor).partial_fit(X, y)
    assert logged(monitor)[1] == model.score(X, y)
    model.fit(X, y)
    assert logged(monitor)[1] == model.score(X, y)
    assert len(monitor.get_logs(select="all")) == 2


@pytest.mark.usefixtures("metadata_routing")
def test_a_monitor_logs_weighted_scores_of_routed_weights(daily_range, rng):
    callback = pytest.importorskip("sklearn.callback")
    X, y = daily_range
    scorer = make_scorer(r2_score).set_score_request(sample_weight=True)
    monitor = callback.ScoringMonitor(scoring={"r2": scorer})
    weight = rng.exponential(size=len(X)) ** 4
    model = PositiveOrderedRegressor(Ridge().set_fit_request(sample_weight="mass"))
    model.set_callbacks(monitor).fit(X, y, mass=weight)
    score = model.score(X, y, sample_weight=weight)
    assert monitor.get_logs().data[0]["r2"] == score != model.score(X, y)


def test_several_weights_leave_the_monitored_score_unweighted(daily_range, monitor):
    X, y = daily_range
    model = PositiveOrderedRegressor(make_pipeline(StandardScaler(), Ridge()))
    ones, twos = np.ones(len(X)), np.arange(1.0, len(X) + 1)
    model.set_callbacks(monitor).fit(
        X, y, standardscaler__sample_weight=ones, ridge__sample_weight=twos
    )
    assert logged(monitor)[1] == model.score(X, y)
