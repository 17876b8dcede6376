"""What ``pellucid train`` chooses where the user does not: a network and a training that suit the source."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pellucid.errors import DescriptionError

if TYPE_CHECKING:
    from pellucid.cli.sources import Source
    from pellucid.network import Network

SCHEDULES = ("constant", "one_cycle", "cosine", "exponential", "step")
# The rate where another optimizer is chosen than the recipe's.
RATES = {"gradient_descent": 0.1, "sgd": 0.1, "momentum": 0.02, "nesterov": 0.02, "rmsprop": 0.002, "adagrad": 0.05}
ADAM_RATE = 0.01
CYCLE = "time for the rate to rise and fall"


@dataclass(frozen=True)
class Recipe:
    """Everything about a training but the data.

    Attributes
    ----------
    layers : tuple of int
        Units of the hidden layers.
    output_units : int
    validation : float
        The share of the rows that is held out, or of MNIST's training pictures that training is watched on.
    reasons : dict of str to str
        Why a field is as it is: "given", or the recipe's reason.
    """

    layers: tuple[int, ...]
    activation: str
    output_activation: str
    output_units: int
    loss: str
    optimizer: str
    rate: float
    schedule: str
    epochs: int
    batch_size: int | None
    validation: float
    dropout: float = 0.0
    l2: float = 0.0
    class_weight: str | None = None
    early_stopping: int | None = None
    dtype: str = "float32"
    reasons: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain data, without the reasons."""
        plain = asdict(self)
        del plain["reasons"]
        return plain


_TABLE = Recipe(
    (32, 16), "relu", "", 0, "", "adam", ADAM_RATE, "one_cycle", 100, 32, 0.2,
    reasons={"layers": "a start for tables of up to some thousand rows", "epochs": CYCLE},
)  # fmt: skip
_RECIPES = {
    "digits": Recipe(
        (128,), "relu", "", 0, "", "adam", ADAM_RATE, "one_cycle", 30, 32, 0.2, dropout=0.2,
        reasons={"layers": "one hidden layer is enough for 8×8 pixels", "epochs": CYCLE},
    ),
    "mnist": Recipe(
        (256, 128), "relu", "", 0, "", "adam", 0.004, "one_cycle", 10, 128, 0.0, dropout=0.2,
        reasons={"layers": "a plain network that passes 98 % on the test pictures", "epochs": CYCLE},
    ),
    "pictures-4x3": Recipe(
        (3,), "sigmoid", "sigmoid", 2, "total_squared_error", "gradient_descent", 0.5, "constant", 200, None, 0.0,
        reasons={
            "layers": "the 12-3-2 network of the exercise",
            "loss": "the total that the exercise adds up",
            "optimizer": "all 64 pictures at once",
            "validation": "the exercise is to read these 64",
        },
    ),
    "csv": _TABLE,
}  # fmt: skip


def choose(source: Source, given: dict[str, Any]) -> Recipe:
    """The recipe for a source, with the user's options in it. ``given`` holds None for what was not given.

    Raises
    ------
    DescriptionError
        Options that do not go together.
    """
    recipe = _RECIPES[source.kind]
    own = {name: value for name, value in given.items() if value is not None}
    reasons = dict(recipe.reasons) | dict.fromkeys(own, "given")
    recipe = replace(recipe, **own)
    if recipe.early_stopping and source.kind == "mnist" and not recipe.validation:
        recipe = replace(recipe, validation=0.1)
        reasons["validation"] = "early stopping needs pictures to watch"
    if recipe.early_stopping and not recipe.validation:
        raise DescriptionError("--early-stopping needs rows to watch. Give --validation, for instance 0.2.")
    if recipe.class_weight and source.task != "classes":
        raise DescriptionError("--class-weight is for classes, but the target is numbers. Leave it out.")
    if "optimizer" in own and own["optimizer"] != _RECIPES[source.kind].optimizer:
        recipe = replace(recipe, **_rhythm(recipe, own, reasons))
    recipe = _output(recipe, source, own, reasons)
    if "loss" in own and recipe.loss == "total_squared_error" and source.kind != "pictures-4x3":
        reasons["rate"] = reasons.get("rate", "of the mean; a total over a batch may need a smaller one")
    return replace(recipe, reasons=reasons)


def _rhythm(recipe: Recipe, own: dict[str, Any], reasons: dict[str, str]) -> dict[str, Any]:
    """Rate and batch size for another optimizer than the recipe's."""
    changed: dict[str, Any] = {}
    if "rate" not in own:
        changed["rate"] = RATES.get(recipe.optimizer, ADAM_RATE)
        reasons["rate"] = f"a usual one for {recipe.optimizer}"
    if recipe.optimizer == "gradient_descent":
        if "batch_size" in own:
            raise DescriptionError("gradient_descent takes all rows at once: leave out --batch-size, or use sgd.")
        changed["batch_size"] = None
        reasons["batch_size"] = "gradient_descent takes all rows at once"
    elif recipe.batch_size is None:
        changed["batch_size"] = 32
    return changed


def _output(recipe: Recipe, source: Source, own: dict[str, Any], reasons: dict[str, str]) -> Recipe:
    """Output units, activation and loss that fit the targets and one another."""
    activation, loss = own.get("output_activation"), own.get("loss")
    if source.task == "numbers":
        if "output_activation" not in own:
            reasons["output_activation"] = "identity, because the target is numbers"
        return replace(
            recipe, output_activation=activation or "identity", loss=loss or "mean_squared_error", output_units=1
        )
    classes = len(source.class_names)
    if recipe.output_units and (loss is None or loss == recipe.loss) and activation in (None, recipe.output_activation):
        return recipe
    if activation is None:
        activation = _activation_for(loss, classes)
        reasons["output_activation"] = (
            f"{activation}, which fits {loss}" if loss else f"{activation} for {classes} classes"
        )
    if loss is None:
        loss = _loss_for(activation)
        reasons["loss"] = f"{loss}, which fits {activation}"
    one = classes == 2 and activation != "softmax" and not (activation == "sigmoid" and "squared" in loss)
    return replace(recipe, output_activation=activation, loss=loss, output_units=1 if one else classes)


def _activation_for(loss: str | None, classes: int) -> str:
    """The output activation that a loss takes; without a loss, the usual one."""
    if loss is None:
        return "sigmoid" if classes == 2 else "softmax"
    from pellucid.losses import LOSSES

    fits = LOSSES.get(loss).fits
    return fits[0] if fits else "sigmoid"


def _loss_for(activation: str) -> str:
    if activation == "softmax":
        return "categorical_crossentropy"
    return {"sigmoid": "binary_crossentropy", "hard_sigmoid": "binary_crossentropy", "step": "perceptron",
            "identity": "hinge", "tanh": "hinge"}.get(activation, "squared_error")  # fmt: skip


def build(recipe: Recipe, source: Source, mean_target: float, seed: int) -> Network:
    """The network of a recipe, compiled.

    ``mean_target`` is where the output of a network for numbers starts.
    """
    from pellucid import Dense, Dropout, Flatten, Input, Network
    from pellucid.initializers import Constant
    from pellucid.layers import Layer
    from pellucid.regularizers import L2

    shape = source.data.input_shape
    regularizer = L2(recipe.l2) if recipe.l2 else None
    layers: list[Layer] = [Input(shape), *([Flatten()] if len(shape) > 1 else [])]
    for units in recipe.layers:
        layers.append(Dense(units, activation=recipe.activation, regularizer=regularizer))
        if recipe.dropout:
            layers.append(Dropout(recipe.dropout))
    numbers = source.task == "numbers"
    starts_at_mean = numbers and recipe.output_activation == "identity"
    layers.append(
        Dense(
            recipe.output_units,
            activation=recipe.output_activation,
            regularizer=regularizer,
            bias_initializer=Constant(mean_target) if starts_at_mean else "zeros",
        )
    )
    net = Network(layers, name=source.short_name, seed=seed, dtype=recipe.dtype)
    net.class_names = None if numbers else source.class_names
    net.feature_names = source.data.feature_names
    rate = recipe.rate if recipe.schedule == "constant" else {"kind": recipe.schedule, "rate": recipe.rate}
    signs = recipe.loss == "hinge" and recipe.output_units == 1
    metric: Any = "mae" if numbers else {"kind": "accuracy", "threshold": 0.0} if signs else "accuracy"
    net.compile(recipe.loss, {"kind": recipe.optimizer, "rate": rate}, [metric])
    return net
