"""Quantiles of any regressor."""
