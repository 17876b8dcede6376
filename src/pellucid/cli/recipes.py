"""What ``pellucid train`` chooses where the user does not: a network and a training that suit the source."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pellucid.errors import DescriptionError

if TYPE_CHECKING:
    from pellucid.sources.source import Source

MODELS = ("lenet1", "lenet5", "small_cnn", "small_resnet", "small_vgg", "five_conv", "plain")
# Options that some models only have, and those models.
ONLY = {
    "layers": ("plain", "small_vgg"), "dropout": ("plain", "small_vgg"), "activation": ("plain",), "l2": ("plain",),
}  # fmt: skip
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
        Units of the hidden layers of a plain network; filters of the blocks of small_vgg.
    output_units : int
    validation : float
        The share of the rows that is held out; where there is a test set, the share that training is watched on.
    model : str
        One of MODELS.
    augment : dict, optional
        The fields of the layer Augment.
    standardize : bool
        Whether the network begins with Standardize.
    weight_decay, average : float, optional
        As of the optimizer; None is its own default.
    label_smoothing : float
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
    model: str = "plain"
    augment: dict[str, Any] | None = None
    standardize: bool = False
    weight_decay: float | None = None
    average: float | None = None
    label_smoothing: float = 0.0
    reasons: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain data, without the reasons."""
        plain = asdict(self)
        del plain["reasons"]
        return plain


@dataclass(frozen=True)
class RecipeForTables:
    """The default recipe for tables, :func:`pellucid.recipes.fit_table`: it chooses all but the rows held out."""

    validation: float = 0.2
    early_stopping: None = None
    reasons: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """What is tried, as plain data."""
        from pellucid.recipes import TableRecipe

        return {"validation": self.validation, "recipe": TableRecipe().to_dict()}


_TABLE = Recipe(
    (32, 16), "relu", "", 0, "", "adam", ADAM_RATE, "one_cycle", 100, 32, 0.2,
    reasons={"layers": "a start for tables of up to some thousand rows", "epochs": CYCLE},
)  # fmt: skip
_STREAMED = Recipe(
    (128, 64), "relu", "", 0, "", "adam", 0.004, "one_cycle", 10, 256, 0.2,
    reasons={"layers": "a start for tables of millions of rows", "epochs": CYCLE},
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
    "table": _TABLE,
}  # fmt: skip


def choose(source: Source, given: dict[str, Any]) -> Recipe | RecipeForTables:
    """The recipe for a source, with the user's options in it. ``given`` holds None for what was not given.

    A table in memory gets the default recipe for tables, unless an option describes one network or its training.

    Raises
    ------
    DescriptionError
        Options that do not go together.
    """
    own = {name: value for name, value in given.items() if value is not None}
    if source.kind == "table" and source.streamed and "early_stopping" in own:
        raise DescriptionError(
            f"--early-stopping needs rows that are set aside before the table is prepared, which is done while "
            f"{source.given} is read from disk. Leave it out, or use --no-stream."
        )
    if source.kind == "table" and not source.streamed and not own.keys() - {"validation"}:
        return RecipeForTables(own.get("validation", 0.2), reasons=dict.fromkeys(own, "given"))
    start = _start(source, own)
    reasons = source.reasons | start.reasons | dict.fromkeys(own, "given")
    recipe = replace(start, **own)
    _check_model(recipe.model, own)
    recipe = replace(recipe, augment=recipe.augment or None, average=recipe.average or None)  # "none" and 0 were given
    if recipe.early_stopping and source.data.test is not None and not recipe.validation:
        recipe = replace(recipe, validation=0.1)
        reasons["validation"] = f"early stopping needs {source.noun}s to watch"
    if recipe.early_stopping and not recipe.validation:
        raise DescriptionError("--early-stopping needs rows to watch. Give --validation, for instance 0.2.")
    if recipe.class_weight and source.task != "classes":
        raise DescriptionError("--class-weight is for classes, but the target is numbers. Leave it out.")
    if "optimizer" in own and own["optimizer"] != start.optimizer:
        recipe = replace(recipe, **_rhythm(recipe, own, reasons))
    recipe = _output(recipe, source, own, reasons)
    if "loss" in own and recipe.loss == "total_squared_error" and source.kind != "pictures-4x3":
        reasons["rate"] = reasons.get("rate", "of the mean; a total over a batch may need a smaller one")
    if recipe.label_smoothing and "label_smoothing" not in own and not recipe.loss.endswith("_crossentropy"):
        recipe = replace(recipe, label_smoothing=0.0)
        del reasons["label_smoothing"]
    return replace(recipe, reasons=reasons)


def _start(source: Source, own: dict[str, Any]) -> Recipe:
    """The recipe without the user's options, but for the model."""
    model = own.get("model")
    if not source.has_pictures and model not in (None, "plain"):
        raise DescriptionError(f"--model {model} is for pictures; {source.given} is a table. Leave it out.")
    if not source.has_pictures and "augment" in own:
        raise DescriptionError(f"--augment is for pictures; {source.given} is a table. Leave it out.")
    if source.kind == "table" and source.streamed:
        return _STREAMED
    asked = next((name for name in ("layers", "activation", "l2") if name in own), None)
    if source.kind in _RECIPES and model in (None, "plain") and (source.kind != "mnist" or model or asked):
        return _RECIPES[source.kind]
    if not source.has_pictures:
        return _TABLE
    from pellucid.cli.picture_recipes import picture_recipe

    if source.kind == "mnist" and model is None:
        model, reasons = "lenet5", {"model": "99.4 % of the test pictures in a minute or two"}
    else:
        reasons = {"model": f"the one with --{asked}"} if model is None and asked else {}
    height, width, *channels = source.data.input_shape
    test, held_out = source.data.test, own.get("validation", 0.2)
    recipe = picture_recipe(
        source.data.n if test is not None else round(source.data.n * (1 - held_out)),
        height,
        width,
        channels[0] if channels else 1,
        len(source.class_names),
        photographs=bool(channels) and channels[0] == 3,
        model="plain" if model is None and asked else model,
    )
    return replace(recipe, validation=0.0 if test is not None else 0.2, reasons=recipe.reasons | reasons)


def _check_model(model: str, own: dict[str, Any]) -> None:
    """Refuse options that a model does not have."""
    for name, models in ONLY.items():
        if name in own and model not in models:
            raise DescriptionError(
                f"--{name} is not for the model {model}, which has its own. Leave it out, or use --model "
                f"{' or '.join(models)}."
            )


def _rhythm(recipe: Recipe, own: dict[str, Any], reasons: dict[str, str]) -> dict[str, Any]:
    """Rate and batch size for another optimizer than the recipe's."""
    changed: dict[str, Any] = {}
    if "weight_decay" not in own:
        changed["weight_decay"] = None
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
