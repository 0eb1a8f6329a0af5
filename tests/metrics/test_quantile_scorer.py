"""make_quantile_scorer."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from regressors import LEVELS, QuantileFan
from sklearn.linear_model import QuantileRegressor
from sklearn.model_selection import GridSearchCV, cross_val_score

from sklstm.metrics import d2_pinball_score, make_quantile_scorer, mean_pinball_loss


class TestQuantileScorer:
    @pytest.fixture
    def data(self):
        rng = np.random.default_rng(0)
        X = rng.uniform(size=(60, 1))
        return X, 5 * X[:, 0] + rng.normal(size=60)

    def test_grid_search_picks_the_fan_with_the_lower_loss(self, data):
        search = GridSearchCV(
            QuantileFan(QuantileRegressor(alpha=0.0)),
            {"regressor__alpha": [0.0, 10.0]},
            scoring=make_quantile_scorer(LEVELS),
            cv=3,
        ).fit(*data)
        assert search.best_params_ == {"regressor__alpha": 0.0}
        means = search.cv_results_["mean_test_score"]
        assert (means < 0).all()

    def test_scores_are_those_of_the_metrics(self, data):
        X, y = data
        fan = QuantileFan().fit(X, y)
        loss = mean_pinball_loss(y, fan.predict(X), quantiles=LEVELS)
        d2 = d2_pinball_score(y, fan.predict(X), quantiles=LEVELS)
        assert make_quantile_scorer(LEVELS)(fan, X, y) == -loss
        assert make_quantile_scorer(LEVELS, metric="d2")(fan, X, y) == d2

    def test_scorer_survives_pickle(self, data):
        scorer = make_quantile_scorer(np.array(LEVELS))
        loaded = pickle.loads(pickle.dumps(scorer))
        before, after = (
            cross_val_score(QuantileFan(), *data, scoring=one, cv=3)
            for one in (scorer, loaded)
        )
        assert_array_equal(before, after)

    def test_unknown_metric_raises(self):
        with pytest.raises(ValueError, match=r"`metric` must be .* got 'mse'"):
            make_quantile_scorer(LEVELS, metric="mse")
