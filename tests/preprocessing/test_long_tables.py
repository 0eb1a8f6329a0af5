"""make_windows from a long table: group columns, known futures, and what comes next."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from sklstm.preprocessing import make_windows

SHOPS = pd.DataFrame(
    {
        "shop": ["b", "a"] * 6,
        "sold": np.arange(12.0),
        "open": [1, 1, 0, 1, 0, 0, 1, 1, 1, 0, 0, 1],
        "region": [2] * 12,
    }
)


@st.composite
def panels(draw):
    """Interleaved series of unequal length; every value is different."""
    lookback, horizon = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    lengths = draw(st.lists(st.integers(9, 12), min_size=1, max_size=3))
    labels = draw(st.permutations(np.repeat(np.arange(len(lengths)), lengths)))
    values = np.arange(3.0 * len(labels)).reshape(-1, 3)
    return np.array(labels), values, lookback, horizon


class TestLabelInTheLastRow:
    @pytest.mark.parametrize("pad", [False, True])
    def test_the_target_is_in_the_last_row_and_in_no_channel(self, pad, table):
        groups = [0, 1] * 4
        X, y, rows = make_windows(
            table,
            lookback=3,
            target=1,
            label="last",
            groups=groups,
            pad=pad,
            return_rows=True,
        )
        n_windows = 4 if pad else 2
        assert X.shape == (2 * n_windows, 3, 2)
        assert_array_equal(y, table[rows, 1])
        assert_array_equal(X[:, -1], table[rows][:, [0, 2]])
        assert_array_equal(X[-1], table[[3, 5, 7]][:, [0, 2]])
        if pad:
            assert np.isnan(X[0, :2]).all()
            assert_array_equal(rows, [0, 2, 4, 6, 1, 3, 5, 7])

    def test_a_single_row_is_a_series_with_pad(self, table):
        X, y = make_windows(table[:1], lookback=2, target=0, label="last", pad=True)
        assert_array_equal(X, [[[np.nan, np.nan], [1, 2]]])
        assert_array_equal(y, [0])

    def test_names_and_index_are_those_of_the_row(self, table):
        frame = pd.DataFrame(table, columns=["a", "life", "b"], index=list("stuvwxyz"))
        X, y = make_windows(frame, lookback=3, target="life", label="last")
        pd.testing.assert_series_equal(y, frame["life"].iloc[2:])
        assert_array_equal(X[0], frame[["a", "b"]].iloc[:3])

    def test_the_last_window_of_each_series_without_its_target(self, table):
        groups = [0, 0, 0, 1, 1, 1, 1, 1]
        kwargs = {"lookback": 2, "label": "last", "groups": groups, "return_rows": True}
        X, _, rows = make_windows(table, target=1, **kwargs)
        future, last = make_windows(table, target=1, future=True, **kwargs)
        assert_array_equal(last, [2, 7])
        assert_array_equal(future, X[np.isin(rows, last)])
        # A table without the target has the same channels.
        unlabelled, _ = make_windows(table[:, [0, 2]], future=True, **kwargs)
        assert_array_equal(unlabelled, future)

    @pytest.mark.parametrize(
        ("kwargs", "message"),
        [
            ({"label": "end"}, "`label` must be 'next' or 'last'; got 'end'"),
            ({"label": ["last"]}, r"`label` must be .* got \['last'\]"),
            ({"label": "last", "horizon": 2}, "`horizon` must be 1 .*; got 2"),
            ({"label": "last"}, "`target` must be given if label='last'"),
            ({"label": "last", "target": [0, 1, 2]}, "leaves no column as a channel"),
            ({"label": "last", "target": 0, "known": 1}, "`known` cannot be used"),
            (
                {"label": "last", "target": 0, "lookback": 9},
                "lookback=9 needs as many rows, but the series has only 8.*pad=True",
            ),
        ],
    )
    def test_what_does_not_fit_is_refused(self, kwargs, message, table):
        with pytest.raises(ValueError, match=f"^make_windows: .*{message}"):
            make_windows(table, **({"lookback": 1} | kwargs))


class TestGroupsByName:
    @pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pa.Table.from_pandas])
    @pytest.mark.parametrize("names", ["shop", ["shop", "region"], ("region", "shop")])
    def test_columns_are_labels_and_not_channels(self, kind, names):
        X, y, rows = make_windows(
            kind(SHOPS),
            lookback=2,
            target="open",
            horizon=2,
            groups=names,
            return_rows=True,
        )
        named = [names] if isinstance(names, str) else list(names)
        expected = make_windows(
            SHOPS.drop(columns=named),
            lookback=2,
            target="open",
            horizon=2,
            groups=SHOPS[named],
            return_rows=True,
        )
        for found, right in zip((X, y, rows), expected, strict=True):
            assert_array_equal(found, right)
        if kind is pd.DataFrame:
            pd.testing.assert_frame_equal(y, expected[1])

    def test_positions_count_all_columns(self):
        array = SHOPS.assign(shop=[2, 1] * 6).to_numpy()
        for data in (array, array.tolist()):
            X, y = make_windows(data, lookback=3, groups=0, target=2)
            by_name = make_windows(SHOPS, lookback=3, groups="shop", target="open")
            assert_array_equal(X, by_name[0])
            assert_array_equal(y, by_name[1])

    def test_lists_of_labels_may_contain_names_of_columns(self):
        labels = ["sold", "x"] * 6
        numbers = SHOPS[["sold", "open"]]
        X, _ = make_windows(numbers, lookback=3, groups=labels)
        assert_array_equal(X, make_windows(numbers, lookback=3, groups=[0, 1] * 6)[0])

    def test_a_list_that_may_be_names_or_labels_is_refused(self):
        frame = SHOPS[["sold", "open"]].iloc[:2]
        for groups in (["sold", "open"], ("sold", "sold")):
            with pytest.raises(
                ValueError, match=r"may be names .* labels of the 2 rows"
            ):
                make_windows(frame, lookback=1, groups=groups)
        X, _ = make_windows(frame, lookback=1, groups=np.array(["sold", "sold"]))
        assert X.shape == (1, 1, 2)

    def test_a_tuple_may_be_the_name_of_a_column(self, table):
        columns = pd.MultiIndex.from_tuples([("x", "p"), ("x", "q"), ("z", "q")])
        frame = pd.DataFrame(table, columns=columns)
        frame[("x", "q")] = [0, 1] * 4
        X, _ = make_windows(frame, lookback=2, groups=("x", "q"))
        assert_array_equal(X[0], table[[0, 2]][:, [0, 2]])

    @pytest.mark.parametrize(
        ("kwargs", "message"),
        [
            ({"groups": "store"}, "`groups`='store' is not the name of a column"),
            ({"groups": ["shop", "store"]}, "'store' is not the name of a column"),
            ({"groups": ["shop", "shop"]}, "`groups` names a column twice"),
            ({"groups": list(SHOPS)}, "leaves no column as a channel"),
            (
                {"groups": "shop", "target": "shop"},
                "`target`='shop' is a column of `groups`",
            ),
            ({"groups": "shop", "known": 0}, "`known`=0 is a column of `groups`"),
            ({"groups": "shop", "lookback": 6}, "need 7 rows .* series 'a' has only 6"),
            ({}, "text such as 'b' in column 'shop'"),
        ],
    )
    def test_wrong_names_are_refused(self, kwargs, message):
        with pytest.raises(ValueError, match=f"^make_windows: .*{message}"):
            make_windows(SHOPS, **({"lookback": 1} | kwargs))

    def test_a_name_needs_a_dataframe(self, table):
        with pytest.raises(ValueError, match="`groups`='x' is a name, but data is a"):
            make_windows(table, lookback=1, groups="x")


class TestKnown:
    @given(panel=panels(), pad=st.booleans())
    def test_the_channel_ahead_ends_with_the_rows_to_forecast(self, panel, pad):
        labels, values, lookback, horizon = panel
        lookback = max(lookback, horizon)
        X, y, rows = make_windows(
            values,
            lookback=lookback,
            horizon=horizon,
            target=[0, 1],
            groups=labels,
            known=2,
            pad=pad,
            return_rows=True,
        )
        plain = make_windows(
            values,
            lookback=lookback,
            horizon=horizon,
            target=[0, 1],
            groups=labels,
            pad=pad,
        )
        assert_array_equal(X[:, :, :3], plain[0])
        assert_array_equal(y, plain[1])
        for window, first in zip(X, rows, strict=True):
            series = values[labels == labels[first], 2]
            end = np.flatnonzero(series == values[first, 2])[0] + horizon
            n_steps = (~np.isnan(window[:, 0])).sum()
            assert_array_equal(window[-n_steps:, 3], series[end - n_steps : end])
            # A step is absent in every channel or in none.
            assert np.isnan(window[: lookback - n_steps]).all()

    def test_several_columns_come_in_the_order_given(self, table):
        X, y = make_windows(table, lookback=2, known=[2, 0])
        assert_array_equal(X[0, :, 3:], table[1:3][:, [2, 0]])
        assert_array_equal(y, table[2:, 1])

    def test_integers_stay_integers_unless_steps_are_absent(self):
        table = np.arange(12).reshape(6, 2)
        assert make_windows(table, lookback=2, known=1)[0].dtype == table.dtype
        assert make_windows(table, lookback=2, known=1, pad=True)[0].dtype == np.float64

    @pytest.mark.parametrize(
        ("kwargs", "message"),
        [
            ({"known": 1, "target": [0, 1]}, "column 1 is in `target` and in `known`"),
            ({"known": [0, 1, 2]}, "`known` leaves no column as a target"),
            ({"known": []}, "`known` is empty"),
            ({"known": "x"}, "`known`='x' is a name"),
            ({"known": 1, "horizon": 3}, "lookback=2 and horizon=3"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, kwargs, message, table):
        with pytest.raises(ValueError, match=f"^make_windows: .*{message}"):
            make_windows(table, **({"lookback": 2} | kwargs))


class TestFuture:
    @given(panel=panels(), pad=st.booleans(), known=st.sampled_from([None, 1, [2, 1]]))
    def test_future_windows_are_those_that_training_would_have_seen(
        self, panel, pad, known
    ):
        labels, values, lookback, horizon = panel
        lookback = lookback if known is None else max(lookback, horizon)
        kwargs = {"lookback": lookback, "horizon": horizon, "known": known, "pad": pad}
        X, _, rows = make_windows(
            values, target=0, groups=labels, return_rows=True, **kwargs
        )
        # Cut the last `horizon` rows of each series, and forget what is not known.
        is_cut = pd.Series(labels).groupby(labels).cumcount(ascending=False) < horizon
        earlier, kept = values.copy(), np.arange(len(values))
        if known is None:
            kept = kept[~is_cut]
        else:
            earlier[np.ix_(is_cut, np.setdiff1d([0, 1, 2], known))] = np.nan

        future, last = make_windows(
            earlier[kept],
            target=0,
            groups=labels[kept],
            future=True,
            return_rows=True,
            **kwargs,
        )

        is_last = np.append(np.diff(labels[rows]) > 0, True)
        assert_array_equal(future, X[is_last])
        assert_array_equal(labels[kept][last], np.unique(labels))
        assert_array_equal(values[kept[last], 0], future[:, -1, 0])

    def test_only_the_history_is_needed(self, table):
        assert make_windows(table, lookback=8, horizon=5, future=True).shape[0] == 1
        with pytest.raises(ValueError, match="lookback=9 needs as many rows"):
            make_windows(table, lookback=9, horizon=5, future=True)

    @pytest.mark.parametrize(("n_missing", "n_found"), [(0, 0), (1, 1), (3, 3), (8, 8)])
    def test_other_rows_than_those_to_forecast_are_refused(
        self, n_missing, n_found, table
    ):
        table[8 - n_missing :, :2] = np.nan
        message = f"last horizon=2 rows .*'s' ends with {n_found} such rows"
        with pytest.raises(ValueError, match=message):
            make_windows(
                table, lookback=2, horizon=2, known=2, groups=["s"] * 8, future=True
            )

    def test_all_columns_may_be_known(self, table):
        X = make_windows(table, lookback=2, known=[0, 1, 2], future=True)
        assert_array_equal(X[0], np.hstack([table[5:7], table[6:8]]))

    def test_a_table_of_rows_to_come_is_not_taken_for_a_flag(self, table):
        for name in ("future", "pad"):
            with pytest.raises(TypeError, match=f"make_windows: `{name}` must be an"):
                make_windows(table, lookback=2, **{name: pd.DataFrame(table)})
