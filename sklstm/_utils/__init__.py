"""Helpers that several sub-packages share.

They deal with private names of scikit-learn, tables, numbers, labels, quantile levels,
wrapped estimators, persistence, optional packages and text.
"""
