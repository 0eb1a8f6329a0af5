"""PositiveOrderedRegressor and adjust_predictions, which users work with.

`regressor` and `adjust` are thin shells. They validate the input (`wrapped` the inner
regressor, `target` and `advice` its y, `sample_values` the columns of X), and pass
arrays to `_constraints`.
"""
