"""Loss, optimizer and metrics in Keras's words, and back; None where one side does not know what the other means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pellucid.errors import PellucidError

if TYPE_CHECKING:
    from pellucid.network import Network

# Pellucid's loss: Keras's class, and the options that both have.
LOSSES: dict[str, tuple[str, tuple[str, ...]]] = {
    "mean_squared_error": ("MeanSquaredError", ()),
    "mean_absolute_error": ("MeanAbsoluteError", ()),
    "huber": ("Huber", ("delta",)),
    "binary_crossentropy": ("BinaryCrossentropy", ("label_smoothing",)),
    "categorical_crossentropy": ("CategoricalCrossentropy", ("label_smoothing",)),
    "hinge": ("Hinge", ()),
    "kl_divergence": ("KLDivergence", ()),
}
SHORT = {
    "mse": "MeanSquaredError", "mae": "MeanAbsoluteError", "bce": "BinaryCrossentropy", "kld": "KLDivergence",
    "kl_divergence": "KLDivergence", "kullback_leibler_divergence": "KLDivergence",
}  # fmt: skip
ADAM = {"beta_1": "beta_1", "beta_2": "beta_2", "epsilon": "epsilon"}
# Pellucid's optimizer: Keras's class, and the names of options, Pellucid's first.
OPTIMIZERS: dict[str, tuple[str, dict[str, str]]] = {
    "sgd": ("SGD", {}),
    "gradient_descent": ("SGD", {}),
    "momentum": ("SGD", {"momentum": "momentum"}),
    "nesterov": ("SGD", {"momentum": "momentum"}),
    "rmsprop": ("RMSprop", {"rho": "rho", "epsilon": "epsilon"}),
    "adagrad": ("Adagrad", {"epsilon": "epsilon"}),
    "adam": ("Adam", ADAM),
    "adamw": ("AdamW", ADAM | {"weight_decay": "weight_decay"}),
}
DECAYS = ("adamw",)  # whose weight decay is Keras's, off the parameter and not into the gradient
CLIPS = {"clip_norm": "global_clipnorm", "clip_value": "clipvalue"}


def to_keras(net: Network) -> dict[str, Any] | None:
    """``compile_config``, where Keras has the loss and the optimizer with these options."""
    if not net.compiled:
        return None
    loss, optimizer = net.loss.to_dict(), net.optimizer.to_dict()
    constant = isinstance(optimizer["rate"], (int, float)) and optimizer["average"] is None
    decays = optimizer["weight_decay"] and net.optimizer.name not in DECAYS
    if net.loss.name not in LOSSES or net.optimizer.name not in OPTIMIZERS or not constant or decays:
        return None
    (loss_kind, known), (kind, names) = LOSSES[net.loss.name], OPTIMIZERS[net.optimizer.name]
    options = {theirs: optimizer[own] for own, theirs in (names | CLIPS).items() if optimizer[own] is not None}
    options |= {"nesterov": True} if net.optimizer.name == "nesterov" else {}
    return {
        "optimizer": _object("optimizers", kind, {"learning_rate": float(optimizer["rate"])} | options),
        "loss": _object("losses", loss_kind, {option: loss[option] for option in known}),
        "metrics": ["accuracy"] if any(metric.name == "accuracy" for metric in net.metrics) else None,
    }


def _object(room: str, kind: str, config: dict[str, Any]) -> dict[str, Any]:
    return {"module": f"keras.{room}", "class_name": kind, "config": config, "registered_name": None}


def take_settings(net: Network, config: Any) -> None:
    """Compile a network as a ``compile_config`` says, where that can be said in Pellucid; else leave it as it is."""
    if not isinstance(config, Mapping):
        return
    loss, optimizer = _loss(config.get("loss")), _optimizer(config.get("optimizer"))
    metrics = config.get("metrics")
    accuracy = isinstance(metrics, list) and any(m in ("accuracy", "acc") for m in metrics if isinstance(m, str))
    if loss is None or optimizer is None:
        return
    try:
        net.compile(loss, optimizer, ["accuracy"] if accuracy else [])
    except PellucidError:
        return  # a loss that does not fit the output layer, or an option beyond Pellucid's range


def _plain(given: Any) -> tuple[str, dict[str, Any]]:
    """(class or name, options) of what is written as a name or as an object."""
    if isinstance(given, Mapping) and isinstance(given.get("config"), Mapping):
        return str(given.get("class_name")), dict(given["config"])
    if isinstance(given, Mapping) and isinstance(given.get("config"), str):
        return given["config"], {}  # a function, such as keras.losses.mean_squared_error
    return (given, {}) if isinstance(given, str) else ("", {})


def _loss(given: Any) -> dict[str, Any] | None:
    name, options = _plain(given)
    if options.get("from_logits") or options.get("reduction", "sum_over_batch_size") not in ("sum_over_batch_size",):
        return None
    kind = SHORT.get(name, name).replace("_", "").lower().removeprefix("sparse")
    for own, (theirs, known) in LOSSES.items():
        if theirs.lower() == kind:
            return {"kind": own} | {option: options[option] for option in known if options.get(option) is not None}
    return None


def _optimizer(given: Any) -> dict[str, Any] | None:
    name, options = _plain(given)
    rate, kind = options.get("learning_rate"), name.lower()
    momentum = options.get("momentum") or 0.0
    own = {"sgd": ("nesterov" if options.get("nesterov") else "momentum") if momentum else "sgd"}.get(kind, kind)
    beyond = ("clipnorm", "use_ema", "amsgrad", "centered", *([] if own in DECAYS else ["weight_decay"]))
    unknown = own not in OPTIMIZERS or any(options.get(option) for option in beyond) or (own == "rmsprop" and momentum)
    if unknown or isinstance(rate, bool) or not isinstance(rate, (int, float)):
        return None
    names = OPTIMIZERS[own][1] | CLIPS
    said = {mine: options[theirs] for mine, theirs in names.items() if options.get(theirs) is not None}
    return {"kind": own, "rate": float(f"{rate:.7g}")} | said  # Keras keeps it in float32
