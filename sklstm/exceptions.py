"""Warnings of sklstm. Its errors are Python's ``ValueError`` and ``TypeError``."""

__all__ = ["ConstraintWarning"]


class ConstraintWarning(UserWarning):
    """The training target itself violates the constraints declared for it."""
