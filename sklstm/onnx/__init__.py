"""Fitted estimators as ONNX graphs, which run without Python.

A graph holds all that `predict` does: scaling, the network and the constraints.
"""

from sklstm.onnx._convert import to_onnx

__all__ = ["to_onnx"]
