"""`to_onnx`: from a fitted estimator to a model, outermost estimator last."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sklstm._recurrent.lstm import LSTMRegressor
from sklstm._utils.text import shortened
from sklstm._utils.validation import check_choice
from sklstm._version import __version__
from sklstm._wrapper.regressor import PositiveOrderedRegressor
from sklstm.onnx._constraints import (
    OWNER,
    add_constraints,
    check_wrapper,
    constraints_of,
    declared_row_bounds,
)
from sklstm.onnx._graph import Graph, import_onnx, thawed
from sklstm.onnx._network import add_network

_OPSET = 18
_IR_VERSION = 9
_SIDES = ("lower", "upper")


@dataclass
class _Model:
    """A graph with its inputs, and the one value that it predicts.

    `dtype` and `n_outputs` are those of this value. `opsets` are the versions of the
    domains of its operators.
    """

    graph: Graph
    inputs: list
    output: str
    dtype: Any
    n_outputs: int
    opsets: dict


def to_onnx(
    estimator: Any, *, dtype: str = "float32", row_bounds: Sequence[str] = ()
) -> Any:
    """Return a fitted estimator as an ONNX model, with its constraints.

    The model has an input ``X`` and an output ``y``, and does what `predict` does:
    scaling of X, the network, scaling of y, bounds and order. These hold exactly in the
    numbers that the model returns.

    Parameters
    ----------
    estimator : estimator
        A fitted LSTMRegressor, a PositiveOrderedRegressor, or a Pipeline or any other
        regressor that skl2onnx converts, in which these may be nested. LSTM networks do
        not need skl2onnx.
    dtype : {"float32", "float64"}, default="float32"
        The dtype of ``X`` and ``y``. LSTM layers are computed in float32 in any case,
        and scaling in float64.
    row_bounds : tuple of {"lower", "upper"}, default=()
        Bounds that are given with each row, as in ``predict(X, upper=...)``. They are
        further inputs of these names, float64, of shape (n_samples, n_outputs), next to
        the bounds that are declared. Bounds that are declared as an expression or a
        function of X are given in this way, too, and need not be named here.

    Returns
    -------
    model : onnx.ModelProto
        To be saved with ``onnx.save(model, "model.onnx")``. ``X`` has the shape of the
        X seen in `fit`, and ``y`` the shape (n_samples, n_outputs), also for one
        output.

    Raises
    ------
    ValueError
        If a graph cannot do what is declared: linear `rules`, projections onto partial
        orders, and `sample_order`; or if skl2onnx does not know an estimator.
    ImportError
        If onnx is not installed, or skl2onnx, where it is needed.

    Notes
    -----
    The model assumes what `predict` checks: X and the bounds are finite, or infinite
    for no bound, and the bounds of a row do not cross. Absent steps of sequences, which
    are NaN in every channel, are skipped if the training rows had some.

    A projected value may differ from `predict` by rounding, and in float32 bounds are
    the closest float32 numbers that obey. Chains are sorted, or projected by the
    min-max formula of isotonic regression [1]_.

    References
    ----------
    .. [1] Robertson, T., Wright, F. T. and Dykstra, R. L. (1988). "Order Restricted
       Statistical Inference". Wiley, theorem 1.4.4.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import Ridge
    >>> from sklstm import PositiveOrderedRegressor
    >>> from sklstm.onnx import to_onnx
    >>> X = np.random.default_rng(0).normal(size=(50, 3))
    >>> y = np.abs(X[:, :2]).cumsum(axis=1)
    >>> model = PositiveOrderedRegressor(Ridge()).fit(X, y)
    >>> onnx_model = to_onnx(model)  # doctest: +SKIP
    >>> import onnxruntime  # doctest: +SKIP
    >>> session = onnxruntime.InferenceSession(
    ...     onnx_model.SerializeToString()
    ... )  # doctest: +SKIP
    >>> session.run(None, {"X": X.astype(np.float32)})[0].shape  # doctest: +SKIP
    (50, 2)
    """
    dtype, row_bounds = _check_parameters(dtype, row_bounds)
    helper = import_onnx("onnx.helper")
    model = _convert(estimator, dtype, row_bounds)
    model.graph.cast(model.output, dtype)
    model.graph.nodes[-1].output[0] = "y"
    graph = helper.make_graph(
        model.graph.nodes,
        "sklstm",
        model.inputs,
        [_value("y", dtype, (model.n_outputs,))],
        model.graph.constants,
    )
    written = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid(*item) for item in model.opsets.items()],
        producer_name="sklstm",
        producer_version=__version__,
        ir_version=_IR_VERSION,
    )
    try:
        import_onnx("onnx.checker").check_model(written, full_check=True)
    except Exception as error:
        error.add_note(
            f"{OWNER}: the converters of {shortened(estimator)} wrote an invalid graph "
            f"with dtype={dtype.name!r}. Use the other `dtype`, or replace the step "
            "that the message is about."
        )
        raise
    return written


def _check_parameters(dtype, row_bounds):
    if not (isinstance(dtype, type | np.dtype) and dtype in (np.float32, np.float64)):
        check_choice(dtype, "dtype", ("float32", "float64"), OWNER)
    is_single = isinstance(row_bounds, str) or not np.iterable(row_bounds)
    given = (row_bounds,) if is_single else tuple(row_bounds)
    if not all(isinstance(side, str) and side in _SIDES for side in given):
        raise ValueError(
            f"{OWNER}: `row_bounds` must hold 'lower', 'upper', or both; got "
            f"{shortened(row_bounds)}."
        )
    return np.dtype(dtype), set(given)


def _value(name, dtype, row_shape):
    """Return the type of an input or output with any number of rows."""
    helper = import_onnx("onnx.helper")
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return helper.make_tensor_value_info(name, kind, ["n_samples", *row_shape])


def _convert(estimator, dtype, row_bounds):
    """Return the model of an estimator; further inputs act in the outermost wrapper."""
    estimator = thawed(estimator)
    steps, last = [], estimator
    if isinstance(estimator, Pipeline):
        *steps, (_, last) = [(name, thawed(step)) for name, step in estimator.steps]
        steps = [(name, s) for name, s in steps if s not in (None, "passthrough")]
    if isinstance(last, PositiveOrderedRegressor):
        check_is_fitted(last)
        check_wrapper(last)
        inner = thawed(last.regressor_)
        inner = Pipeline([*steps, ("regressor", inner)]) if steps else inner
        return _constrained(_convert(inner, dtype, set()), last, dtype, row_bounds)
    if row_bounds:
        raise ValueError(
            f"{OWNER}: `row_bounds` act in a PositiveOrderedRegressor, which must be "
            f"the outermost estimator or the last step; got {type(last).__name__}."
        )
    if isinstance(last, LSTMRegressor) and not steps:
        check_is_fitted(last)
        graph = Graph()
        output = add_network(graph, last, "X")
        return _Model(
            graph,
            [_value("X", dtype, last._row_shape)],
            output,
            np.dtype(np.float64),
            last.n_outputs_,
            {"": _OPSET},
        )
    if isinstance(last, Pipeline) and not steps:
        return _convert(last, dtype, row_bounds)
    thawn = Pipeline([*steps, ("last", last)]) if steps else last
    return _converted_by_skl2onnx(thawn, dtype)


def _constrained(model, wrapper, dtype, row_bounds):
    """Return the model with the constraints of a PositiveOrderedRegressor."""
    constraints = constraints_of(wrapper, model.n_outputs)
    rows = {}
    for side in _SIDES:
        if side in row_bounds | declared_row_bounds(constraints):
            if any(known.name == side for known in model.inputs):
                raise ValueError(
                    f"{OWNER}: `{side}` would be an input of two estimators."
                )
            rows[side] = side
            model.inputs.append(_value(side, np.float64, (model.n_outputs,)))
    values = model.graph.cast(model.output, dtype)
    model.output = add_constraints(model.graph, values, constraints, dtype, rows)
    model.dtype = dtype
    return model


def _converted_by_skl2onnx(estimator, dtype):
    if not hasattr(estimator, "fit") or type(estimator).__module__.startswith("keras."):
        raise ValueError(
            f"{OWNER}: {type(estimator).__name__} is not an estimator of scikit-learn. "
            "LSTMRegressor.from_keras takes over a network of Keras; the converters of "
            "its own library, such as `export`, write other models."
        )
    check_is_fitted(estimator)
    skl2onnx = import_onnx("skl2onnx")
    from sklstm.onnx._skl2onnx import register_converters, tensor_type

    register_converters()
    n_features = getattr(estimator, "n_features_in_", None)
    if n_features is None:
        raise ValueError(
            f"{OWNER}: the number of columns of X is unknown, since "
            f"{type(estimator).__name__} has no `n_features_in_`."
        )
    row_shape = getattr(_first_step(estimator), "_row_shape", (n_features,))
    inputs = [("X", tensor_type(dtype)([None, *row_shape]))]
    try:
        converted = skl2onnx.convert_sklearn(
            estimator, initial_types=inputs, target_opset=_OPSET
        )
    except Exception as error:
        error.add_note(
            f"{OWNER}: skl2onnx could not convert {shortened(estimator)}. Estimators "
            "of other libraries need a converter, registered with "
            "skl2onnx.update_registered_converter."
        )
        raise
    proto = converted.graph
    graph = Graph()
    graph.nodes.extend(proto.node)
    graph.constants.extend(proto.initializer)
    n_outputs = _count_outputs(estimator, row_shape)
    return _Model(
        graph,
        [_value("X", dtype, row_shape)],
        graph.reshape(proto.output[0].name, -1, n_outputs),
        dtype,
        n_outputs,
        {opset.domain: opset.version for opset in converted.opset_import},
    )


def _count_outputs(estimator, row_shape):
    """Return how many outputs an estimator predicts; skl2onnx says 1 for forests."""
    row = np.zeros((1, *row_shape))
    names = getattr(estimator, "feature_names_in_", None)
    if names is not None:
        import pandas as pd  # which was there in `fit`

        row = pd.DataFrame(row, columns=names)
    return np.asarray(estimator.predict(row)).size


def _first_step(estimator):
    while isinstance(estimator, Pipeline):
        estimator = thawed(estimator.steps[0][1])
    return estimator
