"""Checks of what a fit may train: the network of the last fit, or a new one."""

from dataclasses import asdict

from sklstm._recurrent.network import Architecture
from sklstm._utils.text import shortened

_REMEDY = "Call `fit` with warm_start=False, or fit a clone."
_Y_BECOMES = {
    "shift": "shifted and scaled",
    "scale": "scaled, but not shifted",
    None: "unscaled",
}


def check_same_task(estimator, quantiles, rule):
    """Raise if the parameters now require other outputs or other scales.

    Weights that were trained on one scale of X and y are of no use on another.

    Parameters
    ----------
    estimator : LSTMRegressor
        Fitted.
    quantiles : tuple of float or None
        The levels now.
    rule : dict
        The `scaling_rule` now.
    """
    owner = type(estimator).__name__
    fitted = estimator._scaling_rule
    if quantiles != estimator._levels:
        change = f"quantiles={estimator._levels}; they cannot become {quantiles}"
    elif rule["normalize"] != fitted["normalize"]:
        change = (
            f"normalize={fitted['normalize']}; it cannot become {rule['normalize']}"
        )
    elif rule["y"] != fitted["y"]:
        change = (
            f"y {_Y_BECOMES[fitted['y']]}, but loss={shortened(estimator.loss)} needs "
            f"y {_Y_BECOMES[rule['y']]}"
        )
    elif rule["per_timestep"] != fitted["per_timestep"]:
        is_each = "one scale for each column" if fitted["per_timestep"] else "one scale"
        change = (
            f"{is_each} of X, which n_timesteps={estimator.n_timesteps} would change"
        )
    else:
        return
    raise ValueError(f"{owner}: training continues with {change}. {_REMEDY}")


def check_same_network(architecture, fitted, owner):
    """Raise if the architecture differs from that of the fitted network."""
    fitted = asdict(Architecture(**fitted))  # a file may lack later parts
    for part, value in asdict(architecture).items():
        if part not in ("dropout", "masked") and value != fitted[part]:
            raise ValueError(
                f"{owner}: training continues with {part}={shortened(fitted[part])}; "
                "it cannot "
                f"become {shortened(value)}. {_REMEDY}"
            )


def refuse_another_network(estimator, owner):
    """Raise if a new network would lack layers that came from a Keras model.

    No parameter describes them, so that `fit` would train another network unasked.
    """
    taken_over = getattr(estimator, "_taken_over", None)
    if taken_over is None:
        return
    layers = [f"Dense({units}, {name!r})" for units, name in taken_over["hidden"]]
    if "head" in taken_over:
        layers.append(f"the last activation {taken_over['head']!r}")
    raise ValueError(
        f"{owner}: it was taken over from a Keras model with {', '.join(layers)}, "
        "which no parameter describes, so that `fit` would train another network. "
        "Train it further with `partial_fit` or warm_start=True, use it as it is with "
        f"FrozenEstimator, or fit a new {owner}(units={shortened(estimator.units)})."
    )
