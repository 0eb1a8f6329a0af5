"""Other machines and tables larger than memory: the code of docs/guide/scaling_out.rst.

The worker processes are on this machine, but share nothing with the tests.
"""

import os
import pickle
import re
import shutil
import sys
import textwrap
import tracemalloc
from pathlib import Path

import cloudpickle
import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone

from sklstm import LSTMRegressor, PositiveOrderedRegressor

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "scaling_out.rst"

# Warnings of clusters, such as about ports that are in use.
pytestmark = [
    pytest.mark.filterwarnings("default"),
    pytest.mark.skipif(not PAGE.exists(), reason="only the package is here"),
]


def code(containing):
    """Return the one block of code of the page that contains these words."""
    blocks = re.findall(r"::? python\n\n((?:    .*\n|\n)+)", PAGE.read_text("utf-8"))
    (block,) = [block for block in blocks if containing in block]
    return textwrap.dedent(block)


@pytest.fixture(scope="module")
def page():
    """The names that the first block of the page defines."""
    names = {"__name__": "__main__"}
    exec(code("sequences = "), names)
    return names


def run(page, containing):
    """Return the names after a block of the page."""
    names = dict(page)
    exec(code(containing), names)
    return names


def search_that_tells_where(page):
    """Return the search of the page, which also tells processes and their threads."""

    # Functions within functions are sent by value: workers cannot import the tests.
    def process(estimator, X, y):
        return os.getpid()

    def threads(estimator, X, y):
        return int(os.environ.get("OMP_NUM_THREADS", 0))

    def score(estimator, X, y):
        return estimator.score(X, y)

    scoring = {"score": score, "process": process, "threads": threads}
    return clone(page["search"]).set_params(scoring=scoring, refit="score")


def assert_searched_elsewhere(search, page):
    """Compare with a search in this process; workers run one thread each."""
    X, y = page["sequences"], page["power"]
    here, there = clone(page["search"]).fit(X, y).cv_results_, search.cv_results_
    assert_array_equal(there["mean_test_score"], here["mean_test_score"])
    processes = {*there["split0_test_process"], *there["split1_test_process"]}
    assert os.getpid() not in processes
    assert set(there["split0_test_threads"]) == {1}


@pytest.mark.slow
@pytest.mark.interop("machines", "distributed", "GridSearchCV of networks")
def test_a_search_on_a_cluster_of_dask_scores_as_one_here(page, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    search = search_that_tells_where(page)
    run(page | {"search": search}, "LocalCluster(")
    assert_searched_elsewhere(search, page)


@pytest.mark.slow
@pytest.mark.interop("machines", "ray", "GridSearchCV of networks")
def test_a_search_on_ray_scores_as_one_here(page, monkeypatch):
    ray = pytest.importorskip("ray")
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")  # or it writes a token to ~
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    search = search_that_tells_where(page)
    try:
        run(page | {"search": search, "joblib": joblib}, "register_ray()")
    finally:
        ray.shutdown()
    assert_searched_elsewhere(search, page)


@pytest.mark.interop("machines", "dask", "arrays of sequences by map_blocks")
def test_blocks_of_sequences_are_predicted_as_the_whole(page):
    pytest.importorskip("dask.array")
    predicted = run(page, "map_blocks(")["predicted"]
    assert predicted.chunks == ((250, 250, 100),)
    expected = page["network"].predict(page["sequences"])
    assert predicted.dtype == expected.dtype
    assert_array_equal(predicted.compute(), expected)


@pytest.mark.interop("machines", "dask", "several outputs by map_blocks")
def test_blocks_of_several_outputs_keep_their_axis(page):
    array = pytest.importorskip("dask.array")
    X = page["sequences"]
    lstm = LSTMRegressor(2, epochs=1, random_state=0)
    network = PositiveOrderedRegressor(lstm).fit(X, np.c_[page["power"], page["power"]])
    blocks = array.from_array(X, chunks=(250, 24, 1))
    shape = (blocks.chunks[0], 2)
    predicted = blocks.map_blocks(
        network.predict, drop_axis=2, chunks=shape, dtype=float
    )
    assert predicted.shape == (600, 2)
    assert_array_equal(predicted.compute(), network.predict(X))


@pytest.mark.interop("machines", "dask", "DataFrames by map_partitions")
def test_partitions_are_predicted_as_the_whole_with_bounds_in_columns(page):
    pytest.importorskip("dask.dataframe")
    predicted = run(page, "of_partitions")["of_partitions"].compute()
    table, model = page["table"], page["model"]
    assert_array_equal(predicted, model.predict(table))
    assert (predicted == table["capacity"]).any()
    assert (predicted == 0).any()


@pytest.fixture(scope="module")
def spark(page):
    """The names after the page's block on Spark, with a session that still runs."""
    pytest.importorskip("pyspark")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        names = run(page, "mapInPandas(")
        yield names
        names["spark"].stop()


@pytest.mark.slow
@pytest.mark.interop("machines", "pyspark", "mapInPandas")
def test_batches_of_spark_are_predicted_as_the_whole(page, spark):
    predicted = spark["of_spark"].sort_values("row")["power"]
    assert_array_equal(predicted, page["model"].predict(page["table"]))


@pytest.mark.slow
@pytest.mark.interop("machines", "pyspark", "whole groups by applyInPandas")
def test_groups_of_spark_are_ordered(grouped, spark):
    table, life = grouped["table"], grouped["life"]
    schema = "wind double, sun double, capacity double, engine long, cycle long"
    rows = (
        spark["spark"]
        .createDataFrame(table)
        .groupby("engine")
        .applyInPandas(grouped["with_life"], f"{schema}, life double")
        .toPandas()
    )
    expected = table.assign(life=life.predict(table)).sort_values("cycle")
    assert_array_equal(rows.sort_values("cycle")["life"], expected["life"])


@pytest.mark.interop("machines", "polars", "batches of a file and of a table")
def test_batches_of_a_file_are_predicted_as_the_whole(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = run(page, "iter_slices(")
    expected = page["model"].predict(page["table"])
    for batches in (names["of_file"], names["of_polars"]):
        assert len(batches) == 6
        assert_array_equal(np.concatenate(batches), expected)


@pytest.mark.interop("machines", "numpy", "arrays in a file")
def test_an_array_in_a_file_is_predicted_as_one_in_memory(page, tmp_path):
    np.save(tmp_path / "sequences.npy", page["sequences"])
    mapped = np.load(tmp_path / "sequences.npy", mmap_mode="r")
    expected = page["network"].predict(page["sequences"])
    assert_array_equal(page["network"].predict(mapped), expected)


@pytest.fixture(scope="module")
def grouped(page):
    """The names after the page's block on groups."""
    dask = pytest.importorskip("dask")
    pytest.importorskip("dask.dataframe")
    return run(page | {"dask": dask, "table": page["table"].copy()}, "with_life")


@pytest.mark.interop("machines", "dask", "whole groups by shuffle and set_index")
def test_groups_are_ordered_if_they_are_brought_together(grouped):
    life, table = grouped["life"], grouped["table"]
    expected = table.assign(life=life.predict(table)).set_index("cycle")["life"]
    for rows in (
        grouped["by_shuffle"].compute(),
        grouped["by_index"].compute(),
        grouped["by_group"],
    ):
        assert_array_equal(rows.set_index("cycle")["life"][expected.index], expected)

    torn = grouped["scattered"].map_partitions(grouped["with_life"]).compute()
    rises = torn.sort_values("cycle").groupby("engine")["life"].diff() > 0
    assert rises.any(), "torn groups are in order by chance, so this shows nothing"
    whole = grouped["by_group"].sort_values("cycle").groupby("engine")["life"].diff()
    assert not (whole > 0).any()


def test_little_is_sent_to_workers(page):
    network = LSTMRegressor(32, epochs=1, random_state=0)
    unfitted = cloudpickle.dumps(PositiveOrderedRegressor(network))
    network.fit(page["sequences"], page["power"])
    n_weights = sum(weights.size for weights in network.weights_)
    for dumps in (pickle.dumps, cloudpickle.dumps):
        data = dumps(network)
        assert len(data) < 4 * n_weights + 3_000 < 25_000
        assert b"keras" not in data
    assert len(unfitted) < 2_000


def test_predict_needs_the_same_memory_for_any_number_of_rows(page):
    network = PositiveOrderedRegressor(LSTMRegressor(32, epochs=1, random_state=0))
    network.fit(page["sequences"], page["power"])

    def memory(n_rows):
        X = np.zeros((n_rows, 24, 1), np.float32)
        network.predict(X[:10])
        tracemalloc.start()
        try:
            result = network.predict(X)
            return tracemalloc.get_traced_memory()[1] - result.nbytes
        finally:
            tracemalloc.stop()

    few, many = memory(20_000), memory(100_000)
    per_row = (many - few) / 80_000
    assert per_row < 50, "X has 96 bytes a row"
    assert many < 30e6
