"""Import of optional packages."""

import importlib


def import_extra(module, *, extra, needed_for):
    """Return a module of an optional package.

    Parameters
    ----------
    module : str
        Full name of the module.
    extra : str
        Extra of sklstm that installs it.
    needed_for : str
        Name of the feature that needs it, for the error message.

    Raises
    ------
    ImportError
        If the package is not installed. The message shows how to install it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{needed_for} needs {module.partition('.')[0]}; install it with "
            f'`pip install "sklstm[{extra}]"`.'
        ) from error
