"""What is declared about the outputs, resolved once and applied to predictions.

One module for each kind of statement, `resolve` to put them together, `apply` to act on
predictions, and `violations` to measure them. The maths is in `_projection`.
"""
