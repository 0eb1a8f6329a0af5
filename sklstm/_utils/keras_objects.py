"""Recognise objects of Keras without importing it."""


def is_keras(candidate, name):
    """Return whether an object is one of Keras' `name`, such as "Model" or "Loss"."""
    return any(
        kind.__name__ == name
        and kind.__module__.split(".")[0] in ("keras", "tf_keras", "tensorflow")
        for kind in type(candidate).__mro__
    )
