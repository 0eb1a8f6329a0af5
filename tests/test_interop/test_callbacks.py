"""Callbacks of scikit-learn."""

import pytest
from sklearn.linear_model import LinearRegression, Ridge
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
    with pytest.warns(UserWarning, match="not support"), pytest.raises(ValueError):
        model.fit(X, y)
    assert recorder.told[-1] == ("teardown", "PositiveOrderedRegressor", "fit")


def test_a_progress_bar_in_a_grid_search(daily_range, capsys):
    callback = pytest.importorskip("sklearn.callback")
    pytest.importorskip("rich")
    X, y = daily_range
    search = GridSearchCV(PositiveOrderedRegressor(Ridge()), {"order": [None]}, cv=2)
    search.set_callbacks(callback.ProgressBar()).fit(X, y)
    assert "PositiveOrderedRegressor - fit" in capsys.readouterr().out
