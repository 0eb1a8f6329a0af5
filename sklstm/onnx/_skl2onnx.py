"""Converters with which skl2onnx converts sklstm's estimators inside others."""

import numpy as np

from sklstm._quantiles.multi import MultiQuantileRegressor
from sklstm._recurrent.lstm import LSTMRegressor
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


def tensor_type(dtype):
    """Return skl2onnx's type of arrays of a dtype."""
    types = import_onnx("skl2onnx.common.data_types")
    return types.FloatTensorType if dtype == np.float32 else types.DoubleTensorType


def register_converters():
    """Register the converters; registering them again changes nothing."""
    skl2onnx = import_onnx("skl2onnx")
    for kind, convert in (
        (LSTMRegressor, _convert_network),
        (PositiveOrderedRegressor, _convert_wrapper),
        (MultiQuantileRegressor, _convert_quantiles),
    ):
        skl2onnx.update_registered_converter(
            kind, f"Sklstm{kind.__name__}", _set_shape, convert, overwrite=True
        )


def _dtype(operator):
    is_double = "Double" in type(operator.inputs[0].type).__name__
    return np.dtype(np.float64 if is_double else np.float32)


def _n_outputs(estimator):
    if isinstance(estimator, MultiQuantileRegressor):
        return len(estimator.regressors_)
    return estimator.n_outputs_


def _set_shape(operator):
    kind = tensor_type(_dtype(operator))
    operator.outputs[0].type = kind([None, _n_outputs(operator.raw_operator)])


def _convert_network(scope, operator, container):
    graph = _new_graph(scope)
    x = operator.inputs[0].full_name
    value = add_network(graph, operator.raw_operator, x)
    _write(graph, value, operator, container)


def _convert_wrapper(scope, operator, container):
    wrapper, dtype = operator.raw_operator, _dtype(operator)
    check_wrapper(wrapper)
    constraints = constraints_of(wrapper, _n_outputs(wrapper))
    by_row = declared_row_bounds(constraints)
    if by_row:
        raise ValueError(
            f"{OWNER}: `{by_row.pop()}` differs by row, which is an input only if the "
            "PositiveOrderedRegressor is the outermost estimator or the last step."
        )
    graph = _new_graph(scope)
    raw = _add_inner(wrapper.regressor_, scope, operator, container)
    values = graph.cast(graph.reshape(raw, -1, constraints.n_outputs), dtype)
    value = add_constraints(graph, values, constraints, dtype, {})
    _write(graph, value, operator, container)


def _convert_quantiles(scope, operator, container):
    graph = _new_graph(scope)
    columns = [
        graph.reshape(_add_inner(one, scope, operator, container), -1, 1)
        for one in operator.raw_operator.regressors_
    ]
    value = columns[0] if len(columns) == 1 else graph.add("Concat", *columns, axis=1)
    _write(graph, value, operator, container)


def _new_graph(scope):
    return Graph(scope.get_unique_variable_name("sklstm"))


def _add_inner(estimator, scope, operator, container):
    """Add what another estimator predicts for the same X, and return its name."""
    algebra = import_onnx("skl2onnx.algebra.onnx_operator")
    name = scope.get_unique_variable_name("raw")
    algebra.OnnxSubEstimator(
        thawed(estimator),
        operator.inputs[0],
        op_version=container.target_opset,
        output_names=[name],
    ).add_to(scope=scope, container=container)
    return name


def _write(graph, value, operator, container):
    """Add a graph, the value of which the operator predicts, to skl2onnx's own."""
    helper = import_onnx("onnx.helper")
    for tensor in graph.constants:
        container.add_initializer(tensor.name, None, None, tensor)
    graph.cast(value, _dtype(operator))
    del graph.nodes[-1].output[:]
    graph.nodes[-1].output.append(operator.outputs[0].full_name)
    for node in graph.nodes:
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        container.add_node(
            node.op_type,
            list(node.input),
            list(node.output),
            name=node.name,
            **attributes,
        )
