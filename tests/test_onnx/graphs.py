"""Running ONNX models."""

import numpy as np

from sklstm.onnx import to_onnx


def session_of(model):
    import onnxruntime  # which not every environment has

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options)


def run(estimator, X, *, dtype="float32", **rows):
    """Return what the graph of an estimator predicts."""
    session = session_of(to_onnx(estimator, dtype=dtype, row_bounds=tuple(rows)))
    return session.run(["y"], {"X": np.asarray(X, dtype=dtype), **rows})[0]
