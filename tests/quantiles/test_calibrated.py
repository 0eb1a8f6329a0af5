"""CalibratedQuantileRegressor: coverage, and the conventions of scikit-learn."""

import pickle

import numpy as np
import pandas as pd
import pytest
import skops.io
from numpy.testing import assert_allclose, assert_array_equal
from regressors import (
    LEVELS,
    Echo,
    ForeignQuantiles,
    Random,
    Untrainable,
    XGBoostLike,
)
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import (
    DataConversionWarning,
    NotFittedError,
    UnsetMetadataPassedError,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, QuantileRegressor, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    ShuffleSplit,
    TimeSeriesSplit,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklstm import (
    CalibratedQuantileRegressor,
    LSTMRegressor,
    MultiQuantileRegressor,
    PositiveOrderedRegressor,
)
from sklstm._quantiles.conformal import conformal_offsets, order_outwards, residuals_of
from sklstm._utils.quantile_levels import quantile_levels
from sklstm.metrics import d2_pinball_score

NEAR = (0.4, 0.5, 0.6)  # levels that few rows suffice for
COLUMNS = "predicts a column for each level, where the check expects a flat array"
MINIBATCHES = "a row of weight 2 is one step of a minibatch, a repeated row may be two"


NETWORK = LSTMRegressor(3, epochs=2, quantiles=(0.6,), random_state=0)
SHAPES = dict.fromkeys(
    [
        "check_regressors_train",
        "check_estimator_sparse_array",
        "check_estimator_sparse_matrix",
    ],
    COLUMNS,
)


def _declared(estimator):
    if isinstance(estimator.regressor, LSTMRegressor):
        return {"check_sample_weight_equivalence_on_dense_data": MINIBATCHES}
    return SHAPES if estimator.quantiles == NEAR else {}


@parametrize_with_checks(
    [
        CalibratedQuantileRegressor(Ridge(), (0.5,)),
        CalibratedQuantileRegressor(Ridge(), (0.6,), cv=2),
        CalibratedQuantileRegressor(
            MultiQuantileRegressor(QuantileRegressor(alpha=0.0), (0.5,))
        ),
        CalibratedQuantileRegressor(Ridge(), NEAR),
    ],
    expected_failed_checks=_declared,
)
def test_scikit_learn_conformance(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(
    [CalibratedQuantileRegressor(NETWORK)],
    expected_failed_checks=_declared,
)
def test_scikit_learn_conformance_around_a_network(estimator, check):
    check(estimator)


class Forecasts(Echo):
    """The quantiles are columns of X."""

    def __init__(self, quantiles=LEVELS):
        super().__init__(quantiles=quantiles)


def frozen(quantiles=LEVELS):
    """A regressor that is already trained, whose quantiles are columns of X."""
    return FrozenEstimator(Forecasts(quantiles).fit(None, None))


@pytest.fixture
def skewed(rng):
    """A target that is never negative, and features that tell something of it."""
    X = rng.normal(size=(120, 2))
    return X, rng.exponential(np.exp(X[:, 0]))


def linear(quantiles=LEVELS):
    return MultiQuantileRegressor(QuantileRegressor(alpha=0.0), quantiles)


# -- coverage --------------------------------------------------------------------------


def draw(rng, n_samples):
    """Forecasts that cross and are far off, of rain that is 0 in half of the rows."""
    wet = rng.normal(size=n_samples)
    forecasts = wet[:, np.newaxis] + [0.5, 0.0, 0.3, 0.4] + rng.normal(size=(1, 4))
    forecasts += 0.2 * rng.normal(size=(n_samples, 4))
    return forecasts, np.maximum(wet + rng.normal(size=n_samples), 0)


def test_coverage_is_at_least_nominal_in_the_mean_over_200_draws(rng):
    """Each level on its side, raw and with the order and the bounds around it."""
    # With 43 rows, these are rounded up by four standard errors of the means below.
    # Without rounding, see the exact test in test_conformal.py.
    levels = (0.11, 0.55, 0.8, 0.94)
    upper = np.array(levels) >= 0.5
    nominal = np.maximum(levels, 1 - np.array(levels))
    seen = {"calibrated": [], "in order and bounds": [], "not calibrated": []}
    for _ in range(200):
        X, y = draw(rng, 243)
        model = PositiveOrderedRegressor(CalibratedQuantileRegressor(frozen(levels)))
        model.fit(X[:43], y[:43])
        new, true = X[43:], y[43:, np.newaxis]
        for name, quantiles in {
            "calibrated": model.predict_raw(new),
            "in order and bounds": model.predict(new),
            "not calibrated": new,
        }.items():
            sides = np.where(upper, true <= quantiles, true >= quantiles)
            seen[name].append([*sides.mean(axis=0), np.diff(quantiles).min()])
    means = {name: np.mean(rows, axis=0)[:-1] for name, rows in seen.items()}
    assert (means["calibrated"] >= nominal).all()
    assert (means["in order and bounds"] >= nominal).all()
    assert (means["not calibrated"] < nominal).any()
    assert np.min([rows[-1] for rows in seen["calibrated"]]) >= 0
    assert np.min([rows[-1] for rows in seen["not calibrated"]]) < -0.5


@pytest.mark.parametrize("cv", [None, 5])
def test_coverage_of_a_trained_regressor_that_is_too_sure(rng, cv):
    levels = (0.1, 0.9)
    shares = []
    for _ in range(40):
        X = rng.normal(size=(160, 12))
        y = rng.standard_t(3, size=160)  # features say nothing, so it overfits
        # Unlike a fan, the same level throughout: far too narrow without calibration.
        model = CalibratedQuantileRegressor(LinearRegression(), levels, cv=cv)
        low, high = model.fit(X[:60], y[:60]).predict(X[60:]).T
        shares.append([np.mean(y[60:] >= low), np.mean(y[60:] <= high)])
    assert (np.mean(shares, axis=0) >= 0.9).all()
    assert (np.mean(shares, axis=0) < 0.96).all()


# -- which rows train, and which calibrate ---------------------------------------------


def test_the_last_rows_calibrate_and_the_others_train(skewed):
    X, y = skewed
    X3 = np.column_stack([X, X[:, 0]])
    model = CalibratedQuantileRegressor(Forecasts(), calibration_fraction=0.25)
    model.fit(X3, y)
    assert_array_equal(model.regressors_[0].y_, y[:90])
    assert model.n_calibration_ == 30
    sorted_rows = np.sort(X3, axis=1)
    residuals = residuals_of(y[90:], sorted_rows[90:], LEVELS)
    expected = conformal_offsets(residuals, LEVELS)
    assert_array_equal(model.offsets_, expected)
    assert_array_equal(
        model.predict(X3), order_outwards(sorted_rows + expected, LEVELS)
    )


def test_a_frozen_regressor_is_calibrated_on_all_rows_and_not_trained(skewed):
    X, y = skewed
    trained = linear().fit(X[:60], y[:60])
    model = CalibratedQuantileRegressor(FrozenEstimator(trained)).fit(X[60:], y[60:])
    assert model.n_calibration_ == 60
    residuals = residuals_of(y[60:], np.sort(trained.predict(X[60:]), axis=1), LEVELS)
    assert_array_equal(model.offsets_, conformal_offsets(residuals, LEVELS))
    assert model.quantiles_ == LEVELS
    with pytest.raises(ValueError, match=r"`cv` trains .* FrozenEstimator is not tr"):
        model.set_params(cv=3).fit(X, y)


def test_a_trained_object_of_another_library_is_calibrated(skewed):
    X, y = skewed
    trained = ForeignQuantiles().fit(X, y)
    model = CalibratedQuantileRegressor(FrozenEstimator(trained), LEVELS).fit(X, y)
    assert model.predict(X).shape == (120, 3)
    assert clone(model).fit(X, y).n_calibration_ == 120


def test_cross_conformal_calibrates_on_every_tested_row(skewed):
    X, y = skewed
    for cv, n_rows in [
        (4, 120),
        (KFold(3, shuffle=True, random_state=0), 120),
        (TimeSeriesSplit(3), 90),
        (list(KFold(3).split(X)), 120),
        ([(np.arange(120) < 60, np.arange(120) >= 60)], 60),
    ]:
        model = CalibratedQuantileRegressor(linear(), cv=cv).fit(X, y)
        assert model.n_calibration_ == n_rows
        assert not hasattr(model, "offsets_")
    split = CalibratedQuantileRegressor(linear(), calibration_fraction=0.5).fit(X, y)
    assert_array_equal(model.predict(X), split.predict(X))
    with pytest.raises(ValueError, match=r"test each row at most once, .* row \d+ \d"):
        CalibratedQuantileRegressor(linear(), cv=ShuffleSplit(9)).fit(X, y)


HALVES = np.arange(60), np.arange(60, 120)


@pytest.mark.parametrize(
    ("cv", "message"),
    [
        ([], "no folds.*used up"),
        (iter([]), "no folds.*used up"),
        ([3], "a pair of rows to train on and rows to test .* fold 0 is 3"),
        ([HALVES, (*HALVES, HALVES[0])], "a pair .* fold 1 is"),
        ([(HALVES[0], HALVES[0])], "row 0 is in both parts of fold 0"),
        (
            [HALVES, (np.arange(60, 120), [0, 119])],
            "row 119 is in both parts of fold 1",
        ),
        ([(HALVES[0], [-61])], "row 59 is in both parts of fold 0"),
        ([(HALVES[0], [120])], "tests fold 0 with row 120, .* only 120 rows"),
        ([(HALVES[0], [-121])], "tests fold 0 with row -121"),
        ([([0, 500], HALVES[1])], "trains fold 0 with row 500"),
        ([(HALVES[0], [61.0])], r"list of row numbers.* tests fold 0 with \[61.0\]"),
        ([(HALVES[0], ["b"])], "list of row numbers"),
        ([([], HALVES[1])], "list of row numbers"),
        ([(np.arange(0), HALVES[1])], "trains fold 0 with no rows"),
        ([(HALVES[0], np.zeros(120, dtype=bool))], "tests fold 0 with no rows"),
        ([(np.ones(80, dtype=bool), HALVES[1])], "mask of 80 rows, but there are 120"),
    ],
)
def test_folds_that_cannot_calibrate_are_refused_before_the_training(
    skewed, cv, message
):
    model = CalibratedQuantileRegressor(Untrainable(), NEAR, cv=cv)
    with pytest.raises(
        ValueError, match=f"CalibratedQuantileRegressor: `cv`.*{message}"
    ):
        model.fit(*skewed)


def test_an_iterator_of_folds_is_used_once(skewed):
    X, y = skewed
    model = CalibratedQuantileRegressor(Ridge(), NEAR, cv=iter([HALVES]))
    assert model.fit(X, y).n_calibration_ == 60
    with pytest.raises(ValueError, match=r"list\(splits\)"):
        model.fit(X, y)


def test_a_row_alone_is_predicted_as_in_a_batch(skewed):
    X, y = skewed
    for cv in (None, 3):
        echo = Echo(lambda X: X[:, 0])
        model = CalibratedQuantileRegressor(echo, LEVELS, cv=cv).fit(X, y)
        alone = np.vstack([model.predict(X[[i]]) for i in range(5)])
        assert_array_equal(alone, model.predict(X)[:5])


# -- too few rows ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "n_samples", "message"),
    [
        (
            {"quantiles": (0.5, 0.95)},
            90,
            "quantile 0.95 needs at least 19 rows; got 18 of 90 rows. Give more rows "
            "(91 in all), a larger `calibration_fraction`, or `cv`, or leave out",
        ),
        (
            {"quantiles": (0.01, 0.95)},
            90,
            "quantile 0.01 needs at least 99 rows; got 18 of 90 rows. Give more rows "
            "(491 in all)",
        ),
        (
            {"quantiles": (0.5, 0.95), "cv": 3},
            18,
            "quantile 0.95 needs at least 19 rows; got 18 of 18 rows. Give more rows, ",
        ),
        ({"quantiles": (0.5,)}, 1, "leaves no rows to train on; got n_samples=1"),
    ],
)
def test_too_few_rows_for_a_level_are_refused_before_training(
    rng, params, n_samples, message
):
    X, y = rng.normal(size=(n_samples, 2)), rng.normal(size=n_samples)
    model = CalibratedQuantileRegressor(Untrainable(), **params)
    with pytest.raises(ValueError, match=r"^CalibratedQuantileRegressor: ") as info:
        model.fit(X, y)
    assert message in str(info.value)


def test_the_number_of_rows_in_the_message_suffices(rng):
    for n_samples in (91, 90):
        X, y = rng.normal(size=(n_samples, 2)), rng.normal(size=n_samples)
        model = CalibratedQuantileRegressor(Ridge(), (0.95,))
        if n_samples == 91:
            assert model.fit(X, y).n_calibration_ == 19
        else:
            with pytest.raises(ValueError, match="at least 19 rows"):
                model.fit(X, y)


def test_weights_that_are_too_small_are_refused(skewed):
    X, y = skewed
    model = CalibratedQuantileRegressor(Untrainable(), (0.9,))
    with pytest.raises(ValueError, match=r"a total weight of 9; got 2\.4 in 24 of 120"):
        model.fit(X, y, sample_weight=np.full(120, 0.1))
    with pytest.raises(ValueError, match="Negative values in data"):
        model.fit(X, y, sample_weight=np.full(120, -1.0))
    with pytest.raises(ValueError, match="`sample_weight` must hold real numbers"):
        model.fit(X, y, sample_weight=["1"] * 120)
    with pytest.raises(
        ValueError, match=r"sum of `sample_weight` is infinite; .*1e\+307"
    ):
        model.fit(X, y, sample_weight=np.full(120, 1e307))


# -- levels ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "regressor",
    [
        linear(),
        make_pipeline(StandardScaler(), linear()),
        GridSearchCV(linear(), {"regressor__alpha": [0.0]}, cv=2),
        PositiveOrderedRegressor(linear()),
        TransformedTargetRegressor(linear(), func=np.sqrt, inverse_func=np.square),
        XGBoostLike("reg:quantileerror", list(LEVELS)),
    ],
    ids=lambda regressor: type(regressor).__name__,
)
def test_levels_are_read_from_the_regressor(skewed, regressor):
    X, y = skewed
    model = CalibratedQuantileRegressor(regressor).fit(X, y)
    assert model.quantiles_ == LEVELS
    assert quantile_levels(model) == quantile_levels(clone(model)) == LEVELS
    predictions = model.predict(X)
    assert model.score(X, y) == d2_pinball_score(y, predictions, quantiles=LEVELS)


def test_levels_of_a_target_that_is_turned_fall(skewed):
    X, y = skewed
    turned = TransformedTargetRegressor(
        linear((0.1, 0.5, 0.8)), func=np.negative, inverse_func=np.negative
    )
    model = CalibratedQuantileRegressor(turned).fit(X, y)
    assert model.quantiles_ == (0.9, 0.5, 0.2)
    assert (np.diff(model.predict(X)) <= 0).all()
    with pytest.raises(ValueError, match=r"predicts the quantile 0\.9 in output 0"):
        PositiveOrderedRegressor(model).fit(X, y)


@pytest.mark.parametrize(
    ("regressor", "quantiles", "message"),
    [
        (Ridge(), None, "the levels of Ridge cannot be read .* quantiles=\\(0.1, 0.5"),
        (linear(), (0.1, 0.5), r"must be the levels that MultiQ.* got \(0.1, 0.5\)"),
        (Ridge(), (0.5, 0.1), "must be in \\(0, 1\\) and increasing"),
        (Ridge(), ("low",), "must be a sequence of numbers"),
        (Forecasts((0.0, 0.5)), None, "must be in \\(0, 1\\) and increasing"),
        (Ridge(), 0.5, "The 'quantiles' parameter of CalibratedQuantile"),
        (None, (0.5,), "The 'regressor' parameter of CalibratedQuantile"),
        (ForeignQuantiles(), (0.5,), "The 'regressor' parameter of CalibratedQuant"),
    ],
)
def test_levels_and_regressors_that_do_not_fit_are_refused(
    skewed, regressor, quantiles, message
):
    with pytest.raises(ValueError, match=message):
        CalibratedQuantileRegressor(regressor, quantiles).fit(*skewed)


def test_a_number_for_each_row_gives_every_quantile(skewed):
    X, y = skewed
    model = CalibratedQuantileRegressor(Ridge(), LEVELS).fit(X, y)
    point = Ridge().fit(X[:96], y[:96]).predict(X)
    assert_allclose(model.predict(X), point[:, np.newaxis] + model.offsets_)
    assert (np.diff(model.offsets_) > 0).all()


def test_a_single_level_is_flat_like_y(skewed):
    X, y = skewed
    for regressor in (Ridge(), linear((0.9,))):
        predictions = (
            CalibratedQuantileRegressor(regressor, (0.9,)).fit(X, y).predict(X)
        )
        assert predictions.shape == (120,)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda X: X[:, :2], r"a column for each of the levels .* shape \(24, 2\)"),
        (lambda X: X[:, :1], r"a column for each of the levels .* shape \(24, 1\)"),
        (lambda X: X[:, :1, np.newaxis], r"shape \(24, 1, 1\)"),
        (lambda X: X * np.nan, "`the prediction of Echo` must|the prediction of Echo"),
    ],
)
def test_other_predictions_are_refused(skewed, answer, message):
    X, y = skewed
    with pytest.raises(ValueError, match=message):
        CalibratedQuantileRegressor(Echo(answer, quantiles=LEVELS)).fit(X, y)


# -- weights and metadata --------------------------------------------------------------


def test_weights_of_rows_reach_the_regressor_and_the_calibration(skewed, rng):
    X, y = skewed
    weight = rng.integers(1, 4, size=120).astype(np.float64)
    model = CalibratedQuantileRegressor(linear()).fit(X, y, sample_weight=weight)
    trained = linear().fit(X[:96], y[:96], sample_weight=weight[:96])
    assert_array_equal(model.regressors_[0].predict(X), trained.predict(X))
    residuals = residuals_of(y[96:], np.sort(trained.predict(X[96:]), axis=1), LEVELS)
    expected = conformal_offsets(residuals, LEVELS, weight[96:])
    assert_array_equal(model.offsets_, expected)
    assert (expected != conformal_offsets(residuals, LEVELS)).any()


@pytest.mark.usefixtures("metadata_routing")
def test_metadata_is_routed_to_the_regressor_and_the_splitter(skewed, rng):
    X, y = skewed
    weight = rng.integers(1, 4, size=120).astype(np.float64)
    groups = rng.integers(4, size=120)
    regressor = Echo(lambda X: X[:, 0]).set_fit_request(sample_weight=True)
    model = CalibratedQuantileRegressor(regressor, NEAR, cv=GroupKFold(4))
    model.fit(X, y, sample_weight=weight, groups=groups)
    assert len(model.regressors_) == 4
    for regressor, (train, _) in zip(
        model.regressors_, GroupKFold(4).split(X, y, groups), strict=True
    ):
        assert_array_equal(regressor.sample_weight_, weight[train])
    regressor = Echo(lambda X: X[:, 0]).set_fit_request(sample_weight=False)
    model = CalibratedQuantileRegressor(regressor, NEAR)
    model.fit(X, y, sample_weight=weight)
    assert model.regressors_[0].sample_weight_ is None
    assert (model.offsets_ != clone(model).fit(X, y).offsets_).any()
    with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
        model.set_params(regressor=Ridge()).fit(X, y, sample_weight=weight)
    with pytest.raises(TypeError, match="unexpected argument"):
        model.set_params(regressor=Ridge()).fit(X, y, mass=weight)


def test_what_is_passed_to_predict_reaches_the_regressor(skewed):
    class Shifted(Forecasts):
        def predict(self, X, by=0.0):
            return X + by

    X, y = skewed
    X = np.column_stack([X - 9, X[:, 0] + 9])
    model = CalibratedQuantileRegressor(Shifted()).fit(X, y)
    assert_allclose(model.predict(X, by=5.0), model.predict(X) + 5)


# -- kinds of data ---------------------------------------------------------------------


def test_the_target_is_one_column(skewed):
    X, y = skewed
    model = CalibratedQuantileRegressor(Ridge(), LEVELS)
    flat = model.fit(X, y).predict(X)
    with pytest.warns(DataConversionWarning):
        assert_array_equal(model.fit(X, y[:, np.newaxis]).predict(X), flat)
    assert_array_equal(model.fit(X, pd.Series(y, index=y)).predict(X), flat)
    with pytest.raises(ValueError, match="y should be a 1d array"):
        model.fit(X, np.column_stack([y, y]))
    with pytest.raises(ValueError, match="requires y to be passed"):
        model.fit(X, None)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        model.fit(X, y[1:])


@pytest.mark.parametrize("cv", [None, 3])
def test_kinds_of_X(skewed, cv):
    X, y = skewed
    model = CalibratedQuantileRegressor(Ridge(), LEVELS, cv=cv)
    expected = model.fit(X, y).predict(X)
    frame = pd.DataFrame(X, columns=["a", "b"], index=np.arange(120)[::-1])
    assert_allclose(model.fit(frame, y).predict(frame), expected)
    assert model.feature_names_in_.tolist() == ["a", "b"]
    assert model.n_features_in_ == 2
    assert_array_equal(model.fit(X.tolist(), y.tolist()).predict(X), expected)
    assert_allclose(model.fit(csr_array(X), y).predict(csr_array(X)), expected)
    windows = np.stack([X, X, X], axis=1)
    echo = Echo(lambda X: X[:, 0, :1])
    model = CalibratedQuantileRegressor(echo, LEVELS, cv=cv).fit(windows, y)
    assert model.predict(windows).shape == (120, 3)


@pytest.mark.parametrize("cv", [None, 3])
def test_predictions_keep_the_float_dtype_of_the_regressor(skewed, cv):
    X, y = skewed
    for dtype in (np.float32, np.float64):
        echo = Echo(lambda X, dtype=dtype: X[:, 0].astype(dtype))
        model = CalibratedQuantileRegressor(echo, LEVELS, cv=cv).fit(X, y)
        assert model.predict(X).dtype == dtype
    counts = Echo(lambda X: np.round(X[:, 0]).astype(int))
    model = CalibratedQuantileRegressor(counts, LEVELS, cv=cv).fit(X, y)
    assert model.predict(X).dtype == np.float64


# -- a good citizen --------------------------------------------------------------------


def test_it_does_not_predict_before_its_fit():
    model = CalibratedQuantileRegressor(Ridge(), LEVELS)
    with pytest.raises(NotFittedError):
        model.predict([[0.0, 1.0]])
    assert not hasattr(model, "n_features_in_")


@pytest.mark.parametrize("cv", [None, 3])
def test_copies_predict_the_same_bits(skewed, cv):
    X, y = skewed
    model = CalibratedQuantileRegressor(linear(), cv=cv).fit(X, y)
    expected = model.predict(X)
    assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X), expected)
    saved = skops.io.dumps(model)
    unknown = skops.io.get_untrusted_types(data=saved)
    assert all(name.startswith("sklstm.") for name in unknown)
    assert_array_equal(skops.io.loads(saved, trusted=unknown).predict(X), expected)
    assert_array_equal(clone(model).fit(X, y).predict(X), expected)


def test_another_way_of_calibration_forgets_the_first(skewed):
    X, y = skewed
    model = CalibratedQuantileRegressor(Ridge(), LEVELS).fit(X, y)
    model.set_params(cv=3).fit(X, y)
    assert not hasattr(model, "offsets_")
    model.set_params(cv=None)  # acts at the next fit
    assert len(model.regressors_) == 3
    assert model.predict(X).shape == (120, 3)
    assert model.fit(X, y).offsets_.shape == (3,)


def test_parameters_set_after_the_fit_act_at_the_next(skewed):
    X, y = skewed
    for regressor, other in [
        (linear(), Ridge()),
        (Ridge(), linear((0.2, 0.8))),
        (linear(), FrozenEstimator(linear((0.2, 0.8)).fit(X, y))),
    ]:
        model = CalibratedQuantileRegressor(regressor, LEVELS).fit(X, y)
        expected = model.predict(X)
        model.set_params(regressor=other, quantiles=(0.2, 0.8))
        assert_array_equal(model.predict(X), expected)


def test_a_frozen_regressor_has_the_levels_that_it_was_trained_for(skewed):
    X, y = skewed
    fan = linear((0.4, 0.6)).fit(X, y)
    fan.set_params(quantiles=NEAR)  # for a fit that never comes
    model = CalibratedQuantileRegressor(FrozenEstimator(fan)).fit(X, y)
    assert model.quantiles_ == (0.4, 0.6)
    outer = PositiveOrderedRegressor(FrozenEstimator(make_pipeline(fan))).fit(X, y)
    assert outer.predict(X).shape == (120, 2)


def test_tags_and_diagram():
    model = CalibratedQuantileRegressor(linear())
    tags = get_tags(model)
    assert tags.regressor_tags.poor_score
    assert tags.target_tags.required
    assert not tags.target_tags.multi_output
    assert get_tags(CalibratedQuantileRegressor(Random())).non_deterministic
    assert "QuantileRegressor" in model._repr_html_()
    assert get_tags(CalibratedQuantileRegressor(frozen())).target_tags.required


def test_a_search_around_it_sets_parameters_of_the_regressor(skewed):
    X, y = skewed
    grid = {"regressor__regressor__alpha": [0.0, 100.0]}
    search = GridSearchCV(CalibratedQuantileRegressor(linear()), grid, cv=2).fit(X, y)
    assert search.best_params_ == {"regressor__regressor__alpha": 0.0}


def test_constraints_around_it_keep_bounds_and_score(skewed):
    X, y = skewed
    model = PositiveOrderedRegressor(CalibratedQuantileRegressor(linear())).fit(X, y)
    assert (model.predict_raw(3 * X) < 0).any()
    assert (model.predict(3 * X) >= 0).all()
    assert (np.diff(model.predict(3 * X)) >= 0).all()
    assert model.score(X, y) == d2_pinball_score(y, model.predict(X), quantiles=LEVELS)
