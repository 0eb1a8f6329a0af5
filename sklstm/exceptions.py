"""Warnings of sklstm; its errors are the ``ValueError`` and ``TypeError`` of Python."""

__all__ = ["ConstraintWarning"]


class ConstraintWarning(UserWarning):
    """The training target itself breaks the constraints declared for it."""
