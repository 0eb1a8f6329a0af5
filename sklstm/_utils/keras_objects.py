"""Recognise objects of Keras without importing it."""


def is_keras(candidate, name):
    """Return whether an object is one of Keras' `name`, such as "Model" or "Loss"."""
    return any(
        kind.__name__ == name
        and kind.__module__.split(".")[0] in ("keras", "tf_keras", "tensorflow")
        for kind in type(candidate).__mro__
    )


def calls_of(operation):
    """Return the calls of a layer or operation, one for each model that it is in.

    Returns
    -------
    list of (list, list, dict)
        For each call, its tensors, what it returned, and what else it was given by the
        names of its arguments, such as initial states.
    """
    return [
        (call.input_tensors, call.output_tensors, _further(call.arguments))
        for call in operation._inbound_nodes  # no public name has all calls
    ]


def _further(arguments):
    by_place = {f"argument {k}": v for k, v in enumerate(arguments.args) if k > 0}
    return by_place | arguments.kwargs
