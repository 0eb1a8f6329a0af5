"""A graph of ONNX operators under construction.

All operators have the same meaning in each opset from 13 on, so that they can be added
to graphs of other packages.
"""

import numpy as np
from sklearn.frozen import FrozenEstimator

from sklstm._utils.optional import import_extra


def import_onnx(module="onnx"):
    """Return a module of the package that writes ONNX."""
    return import_extra(module, extra="onnx", needed_for="to_onnx")


def thawed(estimator):
    """Return the estimator inside FrozenEstimator."""
    while isinstance(estimator, FrozenEstimator):
        estimator = estimator.estimator
    return estimator


class Graph:
    """Nodes and constants; a value is the name of what a node or constant yields.

    Parameters
    ----------
    prefix : str
        What all names start with.
    """

    def __init__(self, prefix="sklstm"):
        self.nodes = []
        self.constants = []
        self._prefix = prefix
        self._names = {}

    def _new_name(self, kind):
        return f"{self._prefix}_{kind}_{len(self.nodes) + len(self.constants)}"

    def add(self, operator, *inputs, n_outputs=1, **attributes):
        """Add a node; return the name of its output, or of each of several.

        Parameters
        ----------
        operator : str
            The kind of node, such as "Add".
        *inputs : str
            Names of its inputs.
        n_outputs : int, default=1
            Number of its outputs.
        **attributes : dict
            Attributes of the node.
        """
        name = self._new_name(operator)
        outputs = [name if k == 0 else f"{name}_{k}" for k in range(n_outputs)]
        helper = import_onnx("onnx.helper")
        self.nodes.append(
            helper.make_node(operator, list(inputs), outputs, name=name, **attributes)
        )
        return outputs[0] if n_outputs == 1 else tuple(outputs)

    def constant(self, values, dtype=None):
        """Add a constant array, once for all equal ones, and return its name."""
        values = np.ascontiguousarray(values, dtype=dtype)
        key = values.dtype.str, values.shape, values.tobytes()
        if key not in self._names:
            name = self._names[key] = self._new_name("constant")
            tensor = import_onnx("onnx.numpy_helper").from_array(values, name)
            self.constants.append(tensor)
        return self._names[key]

    def take(self, value, indices, axis):
        """Return elements of a value along an axis."""
        return self.add("Gather", value, self.constant(indices, np.int64), axis=axis)

    def reshape(self, value, *shape):
        """Return a value in another shape; 0 stands for the size that it has."""
        return self.add("Reshape", value, self.constant(shape, np.int64))

    def cast(self, value, dtype):
        """Return a value in another dtype."""
        to = import_onnx("onnx.helper").np_dtype_to_tensor_dtype(np.dtype(dtype))
        return self.add("Cast", value, to=to)
