"""SmearingTargetRegressor."""

import copy
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from regressors import LOG, Echo
from sklearn import config_context
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    StackingRegressor,
)
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, QuantileRegressor, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PowerTransformer, StandardScaler
from sklearn.tree import DecisionTreeRegressor
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklstm import LSTMRegressor, PositiveOrderedRegressor
from sklstm.preprocessing import SmearingTargetRegressor


@parametrize_with_checks([SmearingTargetRegressor()])
def test_scikit_learn_conformance(estimator, check):
    check(estimator)


def three_outputs():
    """A regressor with three outputs for a target of one, of levels that none knows."""
    return Echo(lambda X: np.ones((len(X), 3)))


class TestSmearing:
    def test_log_target_has_the_factor_of_duan(self, lognormal):
        X, y = lognormal
        model = SmearingTargetRegressor(**LOG).fit(X, y)
        linear = LinearRegression().fit(X, np.log(y))
        residuals = np.log(y) - linear.predict(X)
        factor = np.exp(residuals).mean()
        assert factor > 1.2
        assert_allclose(model.predict(X), np.exp(linear.predict(X)) * factor)

    def test_mean_prediction_is_unbiased_where_the_plain_one_is_not(self, lognormal):
        X, y = lognormal
        plain = TransformedTargetRegressor(**LOG).fit(X, y).predict(X)
        smeared = SmearingTargetRegressor(**LOG).fit(X, y).predict(X)
        assert plain.mean() < 0.85 * y.mean()
        assert smeared.mean() == pytest.approx(y.mean(), rel=0.05)

    def test_any_transform_is_averaged_over_the_residuals(self, lognormal):
        X, y = lognormal
        model = SmearingTargetRegressor(transformer=PowerTransformer()).fit(X, y)
        power = PowerTransformer().fit(y[:, np.newaxis])
        z = power.transform(y[:, np.newaxis])[:, 0]
        fitted = LinearRegression().fit(X, z).predict(X)
        by_hand = [
            power.inverse_transform((f + z - fitted)[:, np.newaxis]).mean()
            for f in fitted[:5]
        ]
        assert_allclose(model.predict(X[:5]), by_hand)
        assert_allclose(model.transformer_.transform(y[:, np.newaxis])[:, 0], z)

    def test_a_linear_transform_changes_nothing(self, lognormal):
        scaler = {"transformer": StandardScaler()}
        X, y = lognormal
        assert_allclose(
            SmearingTargetRegressor(**scaler).fit(X, y).predict(X),
            TransformedTargetRegressor(**scaler).fit(X, y).predict(X),
        )

    def test_a_regressor_without_residuals_is_not_corrected(self, lognormal):
        X, y = lognormal
        tree = DecisionTreeRegressor(random_state=0)
        model = SmearingTargetRegressor(tree, **LOG).fit(X, y)
        assert_allclose(model.predict(X), y)

    def test_weights_count_as_repeated_rows(self, lognormal):
        X, y = (part[:30] for part in lognormal)
        weight = np.arange(30) % 3
        weighted = SmearingTargetRegressor(**LOG).fit(X, y, sample_weight=weight)
        repeated = SmearingTargetRegressor(**LOG).fit(
            np.repeat(X, weight, axis=0), np.repeat(y, weight)
        )
        assert_allclose(weighted.predict(X), repeated.predict(X))

    def test_weights_of_the_step_of_a_pipeline_weigh_the_residuals(self, lognormal):
        X, y = lognormal
        weight = np.where(np.arange(400) < 200, 1.0, 0.0)
        noisy = np.where(weight == 0, y**3, y)
        weighted = SmearingTargetRegressor(make_pipeline(Ridge()), **LOG)
        weighted.fit(X, noisy, ridge__sample_weight=weight)
        alone = SmearingTargetRegressor(Ridge(), **LOG).fit(X[:200], y[:200])
        assert_allclose(weighted.predict(X), alone.predict(X))

    def test_weights_are_found_under_their_routed_name(self, lognormal):
        X, y = lognormal
        weight = np.arange(400) % 3
        with config_context(enable_metadata_routing=True):
            ridge = Ridge().set_fit_request(sample_weight="rows")
            routed = SmearingTargetRegressor(ridge, **LOG).fit(X, y, rows=weight)
        plain = SmearingTargetRegressor(Ridge(), **LOG).fit(X, y, sample_weight=weight)
        assert_array_equal(routed.predict(X), plain.predict(X))

    def test_a_refit_that_fails_changes_nothing(self, lognormal):
        X, y = lognormal
        model = SmearingTargetRegressor(**LOG).fit(X, y)
        expected = model.predict(X)
        with pytest.raises(ValueError, match="predicts 3 outputs"):
            model.set_params(regressor=three_outputs()).fit(X, y)
        assert_array_equal(model.predict(X), expected)
        assert model.residuals_.shape == (len(y), 1)

    def test_different_weights_of_steps_are_refused(self, lognormal):
        X, y = lognormal
        model = SmearingTargetRegressor(make_pipeline(StandardScaler(), Ridge()), **LOG)
        model.fit(
            X,
            y,
            ridge__sample_weight=np.ones(400),
            standardscaler__sample_weight=np.ones(400),
        )
        with pytest.raises(ValueError, match="several different sample weights"):
            model.fit(
                X,
                y,
                ridge__sample_weight=np.ones(400),
                standardscaler__sample_weight=np.full(400, 2.0),
            )

    def test_one_weight_for_all_rows_changes_nothing(self, lognormal):
        X, y = lognormal
        weighted = SmearingTargetRegressor(**LOG).fit(X, y, sample_weight=2.0)
        plain = SmearingTargetRegressor(**LOG).fit(X, y)
        assert_allclose(weighted.predict(X), plain.predict(X))

    @pytest.mark.filterwarnings(  # PowerTransformer's own, of the same NaN
        "ignore:invalid value encountered in power",
        "ignore:Some values in column 0 of the inverse",
    )
    def test_where_the_inverse_is_not_defined_is_told_at_fit(self):
        # The inverse has a pole, beyond which a prediction plus a residual can reach.
        rng = np.random.default_rng(5)
        X = rng.uniform(size=(400, 1))
        y = np.exp(X[:, 0] + 1.5 * rng.normal(size=400))
        model = SmearingTargetRegressor(transformer=PowerTransformer())
        with pytest.raises(ValueError, match=r"inverse of PowerTransformer\(\) gives"):
            model.fit(X, y)
        assert not hasattr(model, "regressor_")

    def test_an_inverse_that_overflows_at_predict_is_an_error(self, lognormal):
        model = SmearingTargetRegressor(**LOG).fit(*lognormal)
        with pytest.raises(ValueError, match=r"gives \[inf\] at \[.*TransformedTarget"):
            model.predict([[1e4, 0.0]])

    def test_a_transform_may_have_other_columns_than_the_target(self, rng):
        angle = rng.uniform(0.5, 1.5, size=200)
        X = np.column_stack([np.sin(angle), np.cos(angle)])
        model = SmearingTargetRegressor(
            func=lambda y: np.column_stack([np.sin(y), np.cos(y)]),
            inverse_func=lambda pair: np.arctan2(pair[:, :1], pair[:, 1:]),
        )
        predictions = model.fit(X, angle).predict(X)
        assert predictions.shape == (200,)
        assert_allclose(predictions, angle)

    def test_several_targets_are_smeared_each_by_its_own_residuals(self, lognormal):
        X, y = lognormal
        both = np.column_stack([y, 1 / y])
        model = SmearingTargetRegressor(MultiOutputRegressor(Ridge()), **LOG)
        predictions = model.fit(X, both).predict(X)
        for j in range(2):
            alone = SmearingTargetRegressor(Ridge(), **LOG).fit(X, both[:, j])
            assert_allclose(predictions[:, j], alone.predict(X))

    def test_blocks_of_rows_change_nothing(self, lognormal):
        X, y = lognormal
        model = SmearingTargetRegressor(**LOG).fit(X, y)
        many = np.tile(X, (10, 1))  # with 400 residuals each, more than one block
        assert_allclose(model.predict(many), np.tile(model.predict(X), 10))
        assert_array_equal(model.predict(X[:1]), model.predict(X)[:1])

    @pytest.mark.parametrize("frozen", [False, True])
    def test_quantiles_are_refused_with_the_cure(self, lognormal, frozen):
        regressor = three_outputs()
        if frozen:
            regressor = FrozenEstimator(regressor.fit(*lognormal))
        message = "Echo predicts 3 outputs for a target of 1, .* TransformedTarget"
        with pytest.raises(ValueError, match=message):
            SmearingTargetRegressor(regressor, **LOG).fit(*lognormal)

    @pytest.mark.parametrize(
        "regressor",
        [
            QuantileRegressor(quantile=0.9),
            DummyRegressor(strategy="quantile", quantile=0.9),
            GradientBoostingRegressor(loss="quantile"),
            make_pipeline(
                StandardScaler(),
                HistGradientBoostingRegressor(loss="quantile", quantile=0.9),
            ),
            LSTMRegressor(quantiles=(0.9,)),
            PositiveOrderedRegressor(LSTMRegressor(quantiles=(0.9,))),
        ],
        ids=lambda regressor: type(regressor).__name__,
    )
    def test_a_single_quantile_is_refused_before_training(
        self, regressor, lognormal, monkeypatch
    ):
        monkeypatch.setattr(TransformedTargetRegressor, "fit", None)
        with pytest.raises(ValueError, match="predicts quantiles, but smearing"):
            SmearingTargetRegressor(regressor, **LOG).fit(*lognormal)

    def test_a_quantile_chosen_by_a_search_is_refused(self, lognormal):
        search = GridSearchCV(
            GradientBoostingRegressor(n_estimators=2), {"loss": ["quantile"]}, cv=2
        )
        model = SmearingTargetRegressor(search, **LOG)
        with pytest.raises(ValueError, match="predicts quantiles, but smearing"):
            model.fit(*lognormal)
        with pytest.raises(NotFittedError):
            model.predict(lognormal[0])

    def test_the_quantile_of_a_stack_is_refused(self, lognormal):
        stack = StackingRegressor([("ridge", Ridge())], QuantileRegressor(quantile=0.9))
        with pytest.raises(ValueError, match="predicts quantiles, but smearing"):
            SmearingTargetRegressor(stack, **LOG).fit(*lognormal)

    def test_a_class_in_place_of_a_regressor_is_refused_by_name(self, lognormal):
        with pytest.raises(TypeError, match=r"SmearingTargetRegressor: .* Write Ridge"):
            SmearingTargetRegressor(Ridge, **LOG).fit(*lognormal)

    @pytest.mark.parametrize(
        "regressor",
        [
            GradientBoostingRegressor(n_estimators=2),
            HistGradientBoostingRegressor(max_iter=2),
            HistGradientBoostingRegressor(max_iter=2, loss="absolute_error"),
            DummyRegressor(),
            DummyRegressor(strategy="median"),
            None,
        ],
    )
    def test_a_regressor_that_could_predict_quantiles_but_does_not_is_smeared(
        self, regressor, lognormal
    ):
        X, y = lognormal
        model = SmearingTargetRegressor(regressor, **LOG).fit(X, y)
        assert model.predict(X).mean() == pytest.approx(y.mean(), rel=0.1)

    @pytest.mark.parametrize("check_inverse", [True, False])
    @pytest.mark.parametrize(
        ("func", "inverse_func"),
        [
            (lambda y: np.log(y).ravel(), np.exp),
            (np.log, lambda z: np.exp(z).ravel()),
            (lambda y: np.log(y).ravel(), lambda z: np.exp(z).ravel()),
        ],
    )
    def test_a_transformation_may_return_one_column_as_a_flat_array(
        self, func, inverse_func, check_inverse, lognormal
    ):
        X, y = lognormal
        flat = SmearingTargetRegressor(
            func=func, inverse_func=inverse_func, check_inverse=check_inverse
        )
        expected = SmearingTargetRegressor(**LOG).fit(X, y).predict(X)
        assert_allclose(flat.fit(X, y).predict(X), expected)
        table = flat.fit(X, y[:, np.newaxis]).predict(X)
        assert_allclose(table, expected[:, np.newaxis])

    def test_what_is_not_a_function_is_refused(self, lognormal):
        model = SmearingTargetRegressor(func="log", inverse_func=np.exp)
        with pytest.raises(ValueError, match=r"'func' parameter of Smear.* Got 'log'"):
            model.fit(*lognormal)

    def test_a_transformation_may_return_one_column_for_several(self, lognormal):
        X, y = lognormal
        model = SmearingTargetRegressor(
            func=lambda y: np.log(y[:, 0]),
            inverse_func=lambda z: np.exp(z) * [1, 2],
            check_inverse=False,
        )
        model.fit(X, np.column_stack([y, 2 * y]))
        expected = SmearingTargetRegressor(**LOG).fit(X, y).predict(X)
        assert_allclose(model.predict(X), np.column_stack([expected, 2 * expected]))

    @pytest.mark.parametrize("duplicate", [lambda model: model, copy.deepcopy])
    def test_attributes_of_the_transformer_are_within_reach(self, lognormal, duplicate):
        X, y = lognormal
        model = SmearingTargetRegressor(transformer=PowerTransformer()).fit(X, y)
        fitted = PowerTransformer().fit(y[:, np.newaxis])
        transformer = duplicate(model).transformer_
        assert_array_equal(transformer.lambdas_, fitted.lambdas_)
        assert transformer.n_features_in_ == 1
        assert transformer.method == "yeo-johnson"
        assert "PowerTransformer()" in repr(transformer)
        assert {"lambdas_", "method", "inverse_transform"} <= set(dir(transformer))
        assert_array_equal(
            transformer.transform(y[:5, np.newaxis]),
            fitted.transform(y[:5, np.newaxis]),
        )
        assert not hasattr(transformer, "mean_")

    def test_constraints_go_around_it(self, rng):
        X = rng.normal(size=(200, 2))
        rain = np.maximum(X[:, 0] + rng.normal(size=200), 0)
        smearing = SmearingTargetRegressor(func=np.log1p, inverse_func=np.expm1)
        model = PositiveOrderedRegressor(smearing, target_check="raise")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model.fit(X, rain)
        assert (model.predict_raw(X) < 0).any()
        assert model.predict(X).min() == 0


def test_a_regressor_that_contains_itself_is_refused():
    model = SmearingTargetRegressor(func=np.log, inverse_func=np.exp)
    model.regressor = make_pipeline(StandardScaler(), model)

    with pytest.raises(ValueError, match="`regressor` must not contain itself"):
        model.fit([[1.0], [2.0]], [1.0, 2.0])
