"""What a warm start or `partial_fit` cannot continue."""

from dataclasses import asdict

from sklstm._utils.text import shortened

_START_ANEW = "Start anew: call `fit` with `warm_start=False`, or use a clone."
_Y_BECOMES = {
    "shift": "shifted and scaled",
    "scale": "scaled, but not shifted",
    None: "left as it is",
}


def check_same_task(estimator, quantiles, rule):
    """Raise if training would continue with other outputs, or other scales.

    `quantiles` are the levels, and `rule` the `scaling_rule`, that the parameters ask
    for now. Weights trained on X and y of one scale are useless for another.
    """
    owner = type(estimator).__name__
    fitted = estimator._scaling_rule
    if quantiles != estimator._levels:
        change = f"quantiles={estimator._levels}, which cannot become {quantiles}"
    elif rule["normalize"] != fitted["normalize"]:
        change = (
            f"normalize={fitted['normalize']}, which cannot become {rule['normalize']}"
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
    raise ValueError(f"{owner}: training continues with {change}. {_START_ANEW}")


def check_same_network(architecture, fitted, owner):
    """Raise if training would continue another network than the fitted one."""
    for part, value in asdict(architecture).items():
        if part != "dropout" and value != fitted[part]:
            raise ValueError(
                f"{owner}: training continues a network with {part}={fitted[part]!r}, "
                f"which cannot become {value!r}. {_START_ANEW}"
            )
