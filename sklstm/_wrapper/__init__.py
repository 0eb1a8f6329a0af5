"""What users hold: PositiveOrderedRegressor and adjust_predictions.

`regressor` and `adjust` are thin shells. They read what the user gave (`wrapped` the
inner regressor, `target` its y, `sample_values` the columns of X) and hand arrays to
`_constraints`.
"""
