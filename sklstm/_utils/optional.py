"""Packages that are extras: imported when needed, missed with the cure."""

import importlib


def import_extra(module, *, extra, needed_for):
    """Return a module of an optional package.

    Parameters
    ----------
    module : str
        Its full name.
    extra : str
        The extra of sklstm that installs it.
    needed_for : str
        What needs it; opens the message.

    Raises
    ------
    ImportError
        If it is not installed; the message says how to.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{needed_for} needs {module.partition('.')[0]}; install it with "
            f'`pip install "sklstm[{extra}]"`.'
        ) from error
