"""PositiveOrderedRegressor together with the rest of scikit-learn, and with others."""

import copy
import io
import pickle

import cloudpickle
import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from regressors import Echo
from scipy import sparse
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    AdaBoostRegressor,
    BaggingRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
    StackingRegressor,
    VotingRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LinearRegression, Ridge, SGDRegressor
from sklearn.model_selection import (
    GridSearchCV,
    TimeSeriesSplit,
    cross_val_predict,
    cross_val_score,
    cross_validate,
)
from sklearn.multioutput import MultiOutputRegressor, RegressorChain
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklstm import PositiveOrderedRegressor
from sklstm.exceptions import ConstraintWarning


def obeys(predictions):
    """Tell whether predictions meet the default constraints."""
    outputs = predictions.reshape(len(predictions), -1)
    return bool((outputs >= 0).all() and (np.diff(outputs) >= 0).all())


# -- pipelines and model selection -----------------------------------------------------


def test_inside_and_around_a_pipeline(daily_range):
    X, y = daily_range
    inside = make_pipeline(StandardScaler(), PositiveOrderedRegressor(Ridge()))
    around = PositiveOrderedRegressor(make_pipeline(StandardScaler(), Ridge()))
    predictions = inside.fit(X, y).predict(3 * X)
    assert not obeys(around.fit(X, y).predict_raw(3 * X))
    assert obeys(predictions)
    assert_allclose(around.predict(3 * X), predictions)


def test_grid_search_over_its_own_parameters_and_those_of_the_regressor(daily_range):
    X, y = daily_range
    grid = {
        "regressor__alpha": [0.1, 1e6],
        "order": ["increasing", [[0, 1]], None],
        "method": ["sort", "isotonic"],
    }
    search = GridSearchCV(PositiveOrderedRegressor(Ridge()), grid, cv=3).fit(X, y)
    assert search.best_params_["regressor__alpha"] == 0.1
    assert search.best_params_["order"] is not None
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_grid_search_over_regressors(daily_range):
    X, y = daily_range
    grid = {"regressor": [KNeighborsRegressor(50), LinearRegression()]}
    search = GridSearchCV(PositiveOrderedRegressor(), grid, cv=3).fit(X, y)
    assert search.best_params_["regressor"] is grid["regressor"][1]


def test_a_search_inside(daily_range):
    X, y = daily_range
    search = GridSearchCV(Ridge(), {"alpha": [0.1, 1e6]}, cv=3)
    model = PositiveOrderedRegressor(search).fit(X, y)
    assert model.regressor_.best_params_ == {"alpha": 0.1}
    assert obeys(model.predict(3 * X))


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_cross_validation_in_order_of_time(daily_range, n_jobs):
    X, y = daily_range
    model = PositiveOrderedRegressor(Ridge())
    cv = TimeSeriesSplit(3)
    scores = cross_val_score(model, X, y, cv=cv, n_jobs=n_jobs)
    for score, (train, test) in zip(scores, cv.split(X), strict=True):
        assert score == clone(model).fit(X[train], y[train]).score(X[test], y[test])


def test_cross_val_predict_obeys_and_keeps_rows(daily_range):
    X, y = daily_range
    predictions = cross_val_predict(PositiveOrderedRegressor(Ridge()), X, y, cv=4)
    assert obeys(predictions)
    raw = cross_val_predict(Ridge(), X, y, cv=4)
    assert_array_equal(predictions, np.sort(np.maximum(raw, 0), axis=1))


# -- ensembles, inspection -------------------------------------------------------------


@pytest.mark.parametrize(
    "ensemble",
    [
        VotingRegressor([("a", PositiveOrderedRegressor(Ridge()))]),
        StackingRegressor(
            [("a", PositiveOrderedRegressor(Ridge()))],
            final_estimator=PositiveOrderedRegressor(LinearRegression()),
        ),
        BaggingRegressor(PositiveOrderedRegressor(Ridge()), 3, random_state=0),
        AdaBoostRegressor(PositiveOrderedRegressor(Ridge()), n_estimators=3),
    ],
    ids=lambda ensemble: type(ensemble).__name__,
)
def test_ensembles_of_it_predict_what_obeys(daily_range, ensemble):
    X, y = daily_range[0], daily_range[1][:, 0]
    predictions = ensemble.fit(X, y).predict(3 * X)
    assert predictions.shape == (len(X),)
    assert obeys(predictions)
    assert ensemble.score(X, y) > 0.5


@pytest.mark.parametrize(
    "regressor",
    [
        MultiOutputRegressor(HistGradientBoostingRegressor(max_iter=5)),
        RegressorChain(Ridge()),
        RandomForestRegressor(5, random_state=0),
        BaggingRegressor(Ridge(), 3),
        PositiveOrderedRegressor(Ridge(), order=None),
        FrozenEstimator(LinearRegression().fit(np.eye(4), np.eye(4)[:, :2])),
    ],
    ids=lambda regressor: type(regressor).__name__,
)
def test_meta_estimators_inside_it(daily_range, regressor):
    X, y = daily_range
    model = PositiveOrderedRegressor(regressor).fit(X, y)
    assert obeys(model.predict(3 * X))
    assert not obeys(np.column_stack([model.predict_raw(3 * X), -np.ones(len(X))]))


def test_it_serves_each_output_of_a_multi_output_regressor(daily_range):
    X, y = daily_range
    model = MultiOutputRegressor(PositiveOrderedRegressor(Ridge())).fit(X, y)
    assert (model.predict(3 * X) >= 0).all()


def test_inspection_sees_the_adjusted_predictions(daily_range):
    X, y = daily_range[0], daily_range[1][:, 0]
    model = PositiveOrderedRegressor(Ridge()).fit(X, y)
    importance = permutation_importance(model, X, y, n_repeats=3, random_state=0)
    assert importance.importances_mean.argmax() == 0
    curve = partial_dependence(model, X, [0], kind="individual")["individual"]
    raw_curve = partial_dependence(model.regressor_, X, [0], kind="individual")
    assert_array_equal(curve, np.maximum(raw_curve["individual"], 0))


# -- kinds of X and y ------------------------------------------------------------------


@pytest.mark.parametrize(
    "convert",
    [
        sparse.csr_matrix,
        sparse.csc_array,
        sparse.coo_array,
        np.ndarray.tolist,
        lambda X: pd.DataFrame(X, columns=list("abcd")),
        lambda X: pl.DataFrame(X, schema=list("abcd")),
        lambda X: X.astype(np.float32),
        np.asfortranarray,
    ],
    ids=["csr", "csc", "coo", "list", "pandas", "polars", "float32", "fortran"],
)
@pytest.mark.parametrize("flat", [True, False])
def test_kinds_of_X_reach_the_regressor_as_they_are(daily_range, convert, flat):
    X, y = daily_range
    X, y = convert(X), y[:, 0] if flat else y
    raw = Ridge().fit(X, y).predict(X)
    model = PositiveOrderedRegressor(Ridge(), method="isotonic").fit(X, y)
    assert_array_equal(model.predict_raw(X), raw)
    assert model.predict(X).dtype == raw.dtype
    assert obeys(model.predict(X))


def test_sequences_pass_through(rng):
    X, y = rng.normal(size=(30, 6, 2)), rng.uniform(size=30)
    flatten = FunctionTransformer(lambda X: X.reshape(len(X), -1))
    model = PositiveOrderedRegressor(make_pipeline(flatten, Ridge())).fit(X, y)
    assert obeys(model.predict(X))
    assert model.predict(X).shape == (30,)


def test_missing_values_are_left_to_a_regressor_that_takes_them(daily_range):
    X, y = daily_range[0].copy(), daily_range[1][:, 0]
    X[::3, 1] = np.nan
    model = PositiveOrderedRegressor(HistGradientBoostingRegressor(max_iter=5))
    assert obeys(model.fit(X, y).predict(X))
    assert sklearn.utils.get_tags(model).input_tags.allow_nan


@pytest.mark.parametrize("frame", ["pandas", "polars"])
def test_frames_go_through_a_pipeline_that_keeps_them(daily_range, frame):
    X, y = daily_range
    make = pd.DataFrame if frame == "pandas" else pl.DataFrame
    X = make(dict(zip("abcd", X.T, strict=True)))
    y = make(dict(zip(["low", "high"], y.T, strict=True)))
    model = make_pipeline(
        StandardScaler(), PositiveOrderedRegressor(Ridge(), order=["low <= high"])
    ).set_output(transform=frame)
    model.fit(X, y)
    assert isinstance(model.predict(X), np.ndarray)
    assert obeys(model.predict(X))
    assert model[-1].output_names_ == ("low", "high")
    with sklearn.config_context(transform_output=frame):
        assert isinstance(clone(model).fit(X, y).predict(X), np.ndarray)


# -- target transforms -----------------------------------------------------------------


def test_a_scaler_inside_keeps_bounds_and_order_in_the_unit_of_the_target(daily_range):
    X, y = daily_range
    y = 100 * y + np.array([50, 300])  # columns of different mean and spread
    scaled = TransformedTargetRegressor(Ridge(), transformer=StandardScaler())
    model = PositiveOrderedRegressor(scaled, lower=50.0).fit(X, y)
    predictions = model.predict(20 * X)
    assert (model.predict_raw(20 * X) < 50).any()
    assert predictions.min() == 50
    assert (np.diff(predictions) >= 0).all()


def test_a_scaler_outside_is_told_in_fit_and_breaks_the_order(daily_range):
    X, y = daily_range
    y = y + np.array([0, 3])
    model = TransformedTargetRegressor(
        PositiveOrderedRegressor(Ridge()), transformer=StandardScaler()
    )
    with pytest.warns(ConstraintWarning, match=r"below `lower`.*Was y normalised\?"):
        model.fit(X, y)
    # 0 is the mean of a standardised target: nothing below the mean is predicted.
    assert (model.predict(X) >= y.mean(axis=0) - 1e-9).all()


def test_a_log_target_inside_obeys_after_the_inverse(daily_range):
    X, y = daily_range
    log = TransformedTargetRegressor(Ridge(), func=np.log1p, inverse_func=np.expm1)
    model = PositiveOrderedRegressor(log, upper=5.0).fit(X, np.minimum(y, 5.0))
    assert obeys(model.predict(5 * X))
    assert model.predict(5 * X).max() == 5.0
    assert model.predict_raw(5 * X).max() > 5.0


# -- quantiles -------------------------------------------------------------------------


class QuantileBoosting(RegressorMixin, BaseEstimator):
    """One boosted model for each quantile of a 1-D y."""

    def __init__(self, quantiles=(0.1, 0.5, 0.9)):
        self.quantiles = quantiles

    def fit(self, X, y):
        self.models_ = [
            HistGradientBoostingRegressor(loss="quantile", quantile=q, max_iter=30)
            for q in self.quantiles
        ]
        for model in self.models_:
            model.fit(X, y)
        return self

    def predict(self, X):
        return np.column_stack([model.predict(X) for model in self.models_])


def test_quantiles_of_separate_models_never_cross(rng):
    from sklstm.metrics import d2_pinball_score

    X = rng.uniform(size=(150, 2))
    y = rng.exponential(X[:, 0])
    levels = (0.4, 0.45, 0.5, 0.55)
    model = PositiveOrderedRegressor(QuantileBoosting(levels)).fit(X, y)
    X_new = rng.uniform(size=(150, 2))
    assert (np.diff(model.predict_raw(X_new)) < 0).any()
    assert obeys(model.predict(X_new))
    adjusted = model.score(X, y)
    assert adjusted == d2_pinball_score(y, model.predict(X), quantiles=levels)
    assert adjusted >= d2_pinball_score(y, model.predict_raw(X), quantiles=levels)


def test_xgboost_quantiles_never_cross(rng):
    xgboost = pytest.importorskip("xgboost")
    X = rng.uniform(size=(150, 2))
    y = rng.exponential(X[:, 0])
    regressor = xgboost.XGBRegressor(
        objective="reg:quantileerror", quantile_alpha=[0.4, 0.5, 0.6], n_estimators=30
    )
    model = PositiveOrderedRegressor(regressor).fit(X, y)
    X_new = rng.uniform(size=(150, 2))
    assert model.n_outputs_ == 3
    assert model.predict(X_new).dtype == np.float32
    assert (np.diff(model.predict_raw(X_new)) < 0).any()
    assert obeys(model.predict(X_new))
    assert 0 < model.score(X, y) < 1


# -- metadata --------------------------------------------------------------------------


def test_sample_weight_reaches_the_regressor_without_routing(daily_range, rng):
    X, y = daily_range
    weight = rng.uniform(size=len(X))
    model = PositiveOrderedRegressor(Ridge()).fit(X, y, sample_weight=weight)
    expected = Ridge().fit(X, y, sample_weight=weight)
    assert_array_equal(model.predict_raw(X), expected.predict(X))
    assert (model.predict_raw(X) != Ridge().fit(X, y).predict(X)).any()


def test_predict_parameters_reach_the_regressor(daily_range):
    class Shifted(Ridge):
        def predict(self, X, shift=0.0):
            return super().predict(X) + shift

    X, y = daily_range
    model = PositiveOrderedRegressor(Shifted()).fit(X, y)
    raw = model.predict_raw(X)
    assert_array_equal(model.predict_raw(X, shift=9.0), raw + 9.0)
    expected = np.sort(np.maximum(raw + 9.0, 0), axis=1)
    assert_array_equal(model.predict(X, shift=9.0), expected)
    assert model.score(X, y, shift=9.0) < model.score(X, y)


@pytest.mark.usefixtures("metadata_routing")
def test_metadata_is_routed_where_it_is_requested(daily_range, rng):
    X, y = daily_range
    weight = rng.uniform(size=len(X))
    regressor = Echo(lambda X: X[:, :2]).set_fit_request(sample_weight=True)
    regressor.set_partial_fit_request(sample_weight="importance")
    model = PositiveOrderedRegressor(regressor)
    assert model.fit(X, y, sample_weight=weight).regressor_.sample_weight_ is weight
    model.partial_fit(X, y, importance=2 * weight)
    assert_array_equal(model.regressor_.sample_weight_, 2 * weight)
    with pytest.raises(TypeError, match="unexpected argument"):
        model.fit(X, y, importance=weight)


@pytest.mark.usefixtures("metadata_routing")
def test_metadata_that_is_not_requested_raises(daily_range):
    X, y = daily_range
    with pytest.raises(sklearn.exceptions.UnsetMetadataPassedError):
        PositiveOrderedRegressor(Ridge()).fit(X, y, sample_weight=np.ones(len(X)))


@pytest.mark.usefixtures("metadata_routing")
def test_cross_validation_routes_weights_to_fit_and_score(daily_range, rng):
    X, y = daily_range
    weight = rng.uniform(0.1, 10, size=len(X))
    model = PositiveOrderedRegressor(Ridge().set_fit_request(sample_weight=True))
    model.set_score_request(sample_weight=True)
    cv = TimeSeriesSplit(2)
    params = {"sample_weight": weight}
    scores = cross_validate(model, X, y, cv=cv, params=params)["test_score"]
    for score, (train, test) in zip(scores, cv.split(X), strict=True):
        fitted = PositiveOrderedRegressor(
            Ridge().fit(X[train], y[train], sample_weight=weight[train])
        )
        plain = fitted.regressor.predict(X[test])
        expected = sklearn.metrics.r2_score(
            y[test], np.sort(np.maximum(plain, 0)), sample_weight=weight[test]
        )
        assert score == expected


@pytest.mark.usefixtures("metadata_routing")
def test_predict_metadata_is_routed_by_predict_and_score(daily_range):
    class Shifted(Ridge):
        def predict(self, X, shift=0.0):
            return super().predict(X) + shift

    X, y = daily_range
    regressor = Shifted().set_predict_request(shift="offset")
    model = PositiveOrderedRegressor(regressor).fit(X, y)
    raw = model.predict_raw(X)
    assert_array_equal(model.predict_raw(X, offset=9.0), raw + 9.0)
    assert model.score(X, y, offset=9.0) < model.score(X, y)


@pytest.mark.usefixtures("metadata_routing")
def test_the_default_regressor_requests_weights():
    routing = PositiveOrderedRegressor().get_metadata_routing()
    for method in ("fit", "partial_fit"):
        assert routing.consumes(method, ["sample_weight"]) == {"sample_weight"}


# -- callbacks -------------------------------------------------------------------------


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


# -- copies ----------------------------------------------------------------------------


def column_zero(X):
    return X[:, 0]


def through_joblib(model):
    file = io.BytesIO()
    joblib.dump(model, file)
    return joblib.load(file)


def through_skops(model):
    sio = pytest.importorskip("skops.io")
    data = sio.dumps(model)
    trusted = sio.get_untrusted_types(data=data)
    assert all(name.startswith("sklstm.") for name in trusted)
    return sio.loads(data, trusted=trusted)


COPIES = {
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "cloudpickle": lambda model: pickle.loads(cloudpickle.dumps(model)),
    "joblib": through_joblib,
    "skops": through_skops,
    "deepcopy": copy.deepcopy,
    "clone": lambda model: clone(model),
}


@pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES)
def test_a_copy_predicts_the_same(daily_range, duplicate):
    X, y = daily_range
    y = pd.DataFrame(y, columns=["low", "high"])
    model = PositiveOrderedRegressor(
        Ridge(), order=["low <= high"], upper={"high": 3.0}, target_check="ignore"
    )
    model.fit(X, y)
    twin = duplicate(model)
    if not hasattr(twin, "regressor_"):
        twin.fit(X, y)
    assert_array_equal(twin.predict(3 * X), model.predict(3 * X))
    assert_array_equal(twin.predict_raw(3 * X), model.predict_raw(3 * X))
    assert twin.output_names_ == ("low", "high")
    assert repr(twin) == repr(model)


@pytest.mark.parametrize("key", [column_zero, lambda X: X[:, 0]])
def test_callables_survive_a_clone_and_the_pickle_that_can_hold_them(daily_range, key):
    X, y = daily_range[0], daily_range[1][:, 0]
    model = PositiveOrderedRegressor(
        Ridge(), sample_order="increasing", order_by=key, target_check="ignore"
    )
    assert clone(model).order_by is key
    model.fit(X, y)
    twin = pickle.loads(cloudpickle.dumps(model))
    assert_array_equal(twin.predict(X), model.predict(X))
    assert (np.diff(model.predict(X)[X[:, 0].argsort()]) >= 0).all()


# -- training in parts -----------------------------------------------------------------


def test_partial_fit_of_a_regressor_that_learns_in_parts(daily_range):
    X, y = daily_range[0], daily_range[1][:, 0]
    model = PositiveOrderedRegressor(SGDRegressor(random_state=0))
    expected = SGDRegressor(random_state=0)
    for part in np.array_split(np.arange(len(X)), 4):
        model.partial_fit(X[part], y[part])
        expected.partial_fit(X[part], y[part])
    assert_array_equal(model.predict(X), np.maximum(expected.predict(X), 0))
