"""Quantiles of any regressor.

`multi` fits one clone of a regressor for each level; `level_parameter` finds out how
that regressor is told its level.
"""
