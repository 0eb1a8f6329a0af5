"""Quantiles of any regressor.

`multi` fits one clone of a regressor for each level; `level_parameter` finds out how
that regressor is told its level. `calibrated` gives the quantiles of any regressor the
coverage that their levels say; `conformal` is its maths. `base` is what both share.
"""
