"""Projections onto bounds and orders: pure functions from arrays to arrays.

Imports nothing else of sklstm, and knows nothing of names, estimators or messages.
"""
