"""The study of the levers: its scores and its table say what they claim."""

import importlib
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

_FOLDER = Path(__file__).parents[1] / "benchmarks"
if not _FOLDER.exists():
    pytest.skip("the benchmarks are not packaged", allow_module_level=True)


@pytest.fixture(scope="module")
def levers():
    """The script as a module, which scripts are not otherwise."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(_FOLDER)
        yield importlib.import_module("levers")


@pytest.mark.parametrize(("lower", "share"), [(None, 0.25), (0.0, 0.5)])
def test_a_row_that_breaks_two_rules_is_counted_once(levers, lower, share):
    predictions = np.array([[1.0, 2.0], [2.0, -1.0], [-1.0, 0.0], [3.0, 3.0]])
    assert levers.broken_share(predictions, lower) == share


def test_point_scores_are_those_of_the_errors(levers):
    y = np.zeros((2, 2))
    predictions = np.array([[0.0, 2.0], [-1.0, 1.0]])
    scores = levers.point_scores(y, predictions, None)
    assert_allclose(scores["RMSE"], np.sqrt(1.5))
    assert scores["MAE"] == 1.0
    assert scores["bias"] == 0.5
    assert scores["rows broken (%)"] == 0


def test_coverage_is_that_of_the_outermost_quantiles(levers):
    y = np.array([0.0, 5.0])
    predictions = np.tile([-1.0, 1.0, 2.0, 3.0, 4.0], (2, 1))
    scores = levers.quantile_scores(y, predictions, 0.0)
    assert scores["coverage of 90 % (%)"] == 50
    assert scores["bias of the median"] == -0.5
    assert scores["rows broken (%)"] == 100


def test_every_lever_after_the_network_but_raw_and_clip_mends_every_row(levers, rng):
    raw = rng.normal(size=(50, 3))
    predictions = dict(levers.posthoc(raw, 0.0))
    assert list(predictions) == ["raw", "clip", "sort", "projection", "cummax"]
    assert predictions["raw"] is raw
    assert np.all(predictions["clip"] >= 0)
    assert levers.broken_share(predictions["clip"], 0.0) > 0
    for method in levers.METHODS:
        assert levers.broken_share(predictions[method], 0.0) == 0


def test_without_a_bound_there_is_nothing_to_clip(levers):
    assert "clip" not in dict(levers.posthoc(np.zeros((2, 2)), None))


def _records(raw, other):
    return [
        {"data": "a", "seed": seed, "lever": lever, "RMSE": value}
        for lever, values in (("raw", raw), ("other", other))
        for seed, value in enumerate(values)
    ]


def test_differences_are_paired_by_seed(levers):
    # a constant gain of 1 is clear, however far the seeds lie apart
    table = levers.summarize(_records([10.0, 20.0, 60.0], [9.0, 19.0, 59.0]), "RMSE")
    raw, other = table.to_dict("records")
    assert other["difference from raw"] == -1
    assert other["sd of difference"] == 0
    assert other["sd of RMSE"] == raw["sd of RMSE"] == 26.458
    assert (raw["clear"], other["clear"]) == ("", "yes")


# The half-width over 3 seeds is 4.303 / sqrt(3) = 2.484 standard deviations.
@pytest.mark.parametrize(("mean", "clear"), [(2.4, ""), (2.6, "yes"), (-2.6, "yes")])
def test_a_difference_is_clear_beyond_its_interval_over_the_seeds(levers, mean, clear):
    other = mean + np.array([-1.0, 0.0, 1.0])
    table = levers.summarize(_records([0.0, 0.0, 0.0], other), "RMSE")
    assert table["clear"].tolist() == ["", clear]


def test_a_difference_that_rounds_to_zero_has_no_sign(levers):
    table = levers.summarize(_records([1.0, 1.0, 1.0], [1.0, 1.0, 1 - 1e-6]), "RMSE")
    assert not np.signbit(table["difference from raw"]).any()


def test_the_figure_shows_percent_of_the_raw_score(levers):
    table = levers.summarize(_records([4.0, 5.0, 6.0], [3.0, 4.5, 6.0]), "RMSE")
    (ax,) = levers.draw_differences(table, "RMSE", n_repeats=3).axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["other"]
    filled, hollow = ax.containers
    assert len(filled.lines[0].get_xdata()) == 0  # a difference that is not clear
    assert_allclose(hollow.lines[0].get_xdata(), [-10])
    (interval,) = hollow.lines[2][0].get_segments()
    half_width = 100 * 4.303 / np.sqrt(3) * 0.5 / 5
    assert_allclose(interval[:, 0], [-10 - half_width, -10 + half_width], rtol=1e-3)
