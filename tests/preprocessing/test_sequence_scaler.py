"""SequenceScaler."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)
from sklearn.utils import get_tags

from sklstm.preprocessing import SequenceScaler, SlidingWindow

SCALERS = [None, MinMaxScaler(), RobustScaler()]


class TestSequenceScaler:
    @pytest.mark.parametrize("scaler", SCALERS)
    def test_each_channel_is_scaled_as_one_column(self, scaler, sequences):
        scaled = SequenceScaler(scaler).fit_transform(sequences)
        assert scaled.shape == sequences.shape
        for channel in range(2):
            column = sequences[:, :, channel].reshape(-1, 1)
            plain = clone(scaler or StandardScaler()).fit_transform(column)
            assert_allclose(scaled[:, :, channel], plain.reshape(30, 5))

    def test_2d_sequences_have_one_channel(self, sequences):
        X = sequences[:, :, 1]
        assert_array_equal(
            SequenceScaler().fit_transform(X),
            SequenceScaler().fit_transform(X[:, :, np.newaxis])[:, :, 0],
        )

    @pytest.mark.parametrize("scaler", SCALERS)
    def test_inverse_transform_returns_the_units(self, scaler, sequences):
        fitted = SequenceScaler(scaler).fit(sequences)
        back = fitted.inverse_transform(fitted.transform(sequences))
        assert_allclose(back, sequences)

    def test_partial_fit_in_batches_learns_what_fit_learns(self, sequences):
        batched = SequenceScaler()
        for batch in np.array_split(sequences, 4):
            batched.partial_fit(batch)
        whole = SequenceScaler().fit(sequences)
        assert_allclose(batched.transform(sequences), whole.transform(sequences))

    @pytest.mark.parametrize(
        ("scaler", "dtypes"),
        [(None, ["float64", "float32"]), (MinMaxScaler(), ["float64"])],
    )
    def test_the_tags_name_the_dtypes_that_the_scaler_preserves(self, scaler, dtypes):
        tags = get_tags(SequenceScaler(scaler)).transformer_tags
        assert tags.preserves_dtype == dtypes
        assert tags == get_tags(scaler or StandardScaler()).transformer_tags

    def test_methods_are_those_of_the_scaler(self):
        assert not hasattr(SequenceScaler(RobustScaler()), "partial_fit")
        assert hasattr(SequenceScaler(MinMaxScaler()), "partial_fit")
        assert hasattr(SequenceScaler(RobustScaler()), "inverse_transform")

    def test_input_and_given_scaler_are_not_changed(self, sequences):
        before, given = sequences.copy(), StandardScaler()
        SequenceScaler(given).fit_transform(sequences)
        assert_array_equal(sequences, before)
        assert not hasattr(given, "mean_")

    def test_missing_values_pass_if_the_scaler_allows_them(self, sequences):
        sequences[0, 0, 0] = np.nan
        scaled = SequenceScaler().fit_transform(sequences)
        assert np.isnan(scaled).sum() == 1

    @pytest.mark.parametrize("shape", [(4, 5, 3), (4, 5)])
    def test_another_shape_of_sequences_raises(self, shape, sequences):
        scaler = SequenceScaler().fit(sequences)
        for method in (scaler.transform, scaler.inverse_transform):
            with pytest.raises(ValueError, match=r"fitted on .*\(5, 2\)"):
                method(np.zeros(shape))

    def test_4d_sequences_raise(self):
        with pytest.raises(ValueError, match=r"3-D, .* the shape \(2, 2, 2, 2\)"):
            SequenceScaler().fit(np.zeros((2, 2, 2, 2)))

    @pytest.mark.parametrize("encode", ["onehot", "onehot-dense"])
    def test_a_scaler_that_changes_the_columns_raises(self, encode, sequences):
        binner = KBinsDiscretizer(
            encode=encode, quantile_method="averaged_inverted_cdf"
        )
        with pytest.raises(ValueError, match="as many columns as it is given"):
            SequenceScaler(binner).fit_transform(sequences)

    def test_rows_of_a_table_are_read_as_the_network_reads_them(self, sequences):
        flat = sequences.reshape(30, 10)
        scaler = SequenceScaler(MinMaxScaler(), n_timesteps=5).fit(flat)
        expected = SequenceScaler(MinMaxScaler()).fit_transform(sequences)
        assert_array_equal(scaler.transform(flat), expected.reshape(30, 10))
        assert_allclose(scaler.inverse_transform(scaler.transform(flat)), flat)

    @pytest.mark.parametrize("shape", [(30, 10), (30, 5, 2)])
    def test_n_timesteps_that_does_not_fit_raises(self, shape, sequences):
        with pytest.raises(ValueError, match="SequenceScaler: `n_timesteps`"):
            SequenceScaler(n_timesteps=3).fit(sequences.reshape(shape))

    @pytest.mark.parametrize("method", ["fit", "partial_fit"])
    def test_weights_of_sequences_reach_the_scaler(self, method, sequences):
        weight = np.arange(30) % 3
        weighted = getattr(SequenceScaler(), method)(sequences, sample_weight=weight)
        repeated = SequenceScaler().fit(np.repeat(sequences, weight, axis=0))
        assert_allclose(weighted.scaler_.mean_, repeated.scaler_.mean_)
        assert_allclose(weighted.scaler_.scale_, repeated.scaler_.scale_)

    def test_weights_are_routed_to_the_scaler_that_requests_them(self, sequences):
        weight = np.arange(30) % 3
        with config_context(enable_metadata_routing=True):
            scaler = StandardScaler().set_fit_request(sample_weight="rows")
            pipeline = make_pipeline(SequenceScaler(scaler), FunctionTransformer())
            pipeline.fit(sequences, rows=weight)
        expected = SequenceScaler().fit(sequences, sample_weight=weight)
        assert_array_equal(pipeline[0].scaler_.mean_, expected.scaler_.mean_)

    def test_weights_raise_if_the_scaler_does_not_accept_them(self, sequences):
        with pytest.raises(TypeError, match=r"RobustScaler.*argument 'sample_weight'"):
            SequenceScaler(RobustScaler()).fit(sequences, sample_weight=np.ones(30))

    def test_an_invalid_scaler_raises(self, sequences):
        with pytest.raises(ValueError, match=r"'scaler' .* of SequenceScaler must be"):
            SequenceScaler("standard").fit(sequences)

    @pytest.mark.parametrize("container", ["pandas", "polars"])
    def test_set_output_names_the_columns_of_tables(self, container):
        X = pd.DataFrame({"t-1": [1.0, 2.0, 3.0], "t": [4.0, 5.0, 6.0]})
        out = SequenceScaler().set_output(transform=container).fit_transform(X)
        assert list(out.columns) == ["t-1", "t"]
        assert_allclose(out.to_numpy().mean(), 0, atol=1e-12)

    def test_sequences_stay_arrays_whatever_the_output_container(self, sequences):
        with config_context(transform_output="pandas"):
            scaled = SequenceScaler().fit_transform(sequences)
            windows = SlidingWindow().fit_transform(sequences[0])
        assert_array_equal(scaled, SequenceScaler().fit_transform(sequences))
        assert isinstance(windows, np.ndarray)
        assert not hasattr(SequenceScaler().fit(sequences), "get_feature_names_out")


@pytest.mark.parametrize("exponent", [160, 200, 307])
def test_values_that_overflow_in_the_scaler_are_refused(exponent, rng):
    X = rng.choice([-1.0, 1.0], size=(20, 5, 2))
    large = 10.0**exponent * X
    refused = rf"overflows, since X reaches 1\.0e\+{exponent}\. Divide X by a constant"

    for method in ("fit", "partial_fit"):
        with pytest.raises(
            ValueError,
            match=rf"^SequenceScaler: `(mean|var)_` of StandardScaler.* {refused}",
        ):
            getattr(SequenceScaler(), method)(large)
    for scale in (SequenceScaler().fit(X), SequenceScaler(MinMaxScaler()).fit(X)):
        assert np.isfinite(scale.transform(large / 4)).all()
    scaler = SequenceScaler(MinMaxScaler())
    assert_allclose(scaler.fit_transform(large / 4), (X > 0) * 1.0)


def test_values_that_overflow_after_the_fit_are_refused():
    X = np.zeros((2, 3, 1))
    X[0] = 1e-10

    with pytest.raises(
        ValueError, match=r"the output of MinMaxScaler\(\) overflows, si"
    ):
        SequenceScaler(MinMaxScaler()).fit(X).transform(X + 1e300)
