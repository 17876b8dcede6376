"""``pellucid features``, ``pellucid boundary``, ``pellucid learning``: close looks at a saved network, as pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pellucid.cli import options as o
from pellucid.cli import values as v
from pellucid.cli.failures import Debug
from pellucid.cli.sample import Data, NeededData

if TYPE_CHECKING:
    from pellucid.cli.models import Opened
    from pellucid.network import Network
    from pellucid.training.recorder import Recorder

METHODS = ("gradient_x_input", "integrated_gradients", "occlusion", "shapley", "last_layer")
FEATURES_EPILOG = """The sheet shows each unit's weights, an input that excites it (by gradient ascent), the rows of
DATA that excite it most, and for which class each unit of the last hidden layer speaks. With --row it shows instead
which part each input of that row has in the prediction.

Examples:

  pellucid features runs/pictures-4x3-2025-01-31-120000 pictures-4x3 --output features.png

  pellucid features runs/digits-2025-01-31-120000 digits --layer dense_2

  pellucid features runs/iris-2025-01-31-120000 iris.csv --row 7 --method occlusion --output parts.png"""
BOUNDARY_EPILOG = """Over two features: regions of classes, or a surface of numbers; along one: a curve. --hidden shows
the rows as a layer sees them, before and after training.

Examples:

  pellucid boundary runs/iris-2025-01-31-120000 iris.csv --feature "petal length" --feature "petal width"

  pellucid boundary runs/iris-2025-01-31-120000 iris.csv --rest pca --output plane.png

  pellucid boundary runs/prices-2025-01-31-120000 prices.csv --feature area --output curve.png

  pellucid boundary runs/digits-2025-01-31-120000 digits --hidden --output hidden.png"""
LEARNING_EPILOG = """Cost and metrics over the epochs; with --record histograms of weights and gradients and dead units;
with --weight the cost along one weight on DATA, with the steps of gradient descent.

Examples:

  pellucid learning runs/digits-2025-01-31-120000

  pellucid learning runs/digits-2025-01-31-120000 --record --output weights.png

  pellucid learning runs/iris-2025-01-31-120000 iris.csv --weight "dense_1.weights[0, 2]" --output cost.png"""


def _output(name: str) -> Any:
    return typer.Option("--output", "-o", help=f"The file, .png or .svg. [default: {name}]", show_default=False)


def features(
    ctx: typer.Context,
    model: o.Model,
    data: Data = None,
    output: Annotated[Path, _output("features.png")] = Path("features.png"),
    layer: Annotated[str | None, typer.Option(help="Which layer. [default: the first with weights]")] = None,
    units: Annotated[str | None, typer.Option(metavar="N,N…", help="Which units, as in 0,3,7.")] = None,
    most: Annotated[int, typer.Option(min=1, metavar="N", help="How many rows for each unit.")] = 5,
    row: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Attribute the prediction of this row of DATA instead, from 1."),
    ] = None,
    method: Annotated[
        str, typer.Option(help=f"With --row: {', '.join(METHODS)}.", **v.listed("method", METHODS))
    ] = "integrated_gradients",
    target: o.Target = None,
    files: o.Data = None,
    debug: Debug = False,
) -> None:
    """Show what the units of a layer look for, or why one row was predicted as it was."""
    from pellucid.cli.given import NO_DATA, refuse
    from pellucid.cli.models import open_model
    from pellucid.errors import DataError
    from pellucid.views.diagram.picture import check_ending

    check_ending(output)
    if row is not None:
        refuse(
            ctx, ("layer", "units", "most"), "is about units, but --row shows one prediction. Leave one of them out."
        )
    else:
        refuse(ctx, ("method",), "goes with --row. Give --row too, or leave it out.")
    if row is None and data is None:
        refuse(ctx, ("most", "target", "files"), NO_DATA)
    opened = open_model(model)
    if row is not None:
        from pellucid.cli.sample import take_sample

        if data is None:
            raise DataError("--row is a row of DATA. Name the data too.")
        found: Any = opened.net.attribute(take_sample(opened, data, row, target, files)[0], method)
    else:
        X, y = (None, None) if data is None else rows_of(opened, data, target, files)
        found = replace(opened.net.features(X, y, layer=layer, units=_units(units), most=most), first_row=1)
    found.save(output)
    print(found)
    if row is not None and method != "last_layer" and opened.net.preparation:
        print(f"\nValues are as the network gets them: pellucid summary {model} says how they are made of the columns.")
    print(f"\nDrawn: {output}")


def boundary(
    ctx: typer.Context,
    model: o.Model,
    data: NeededData,
    output: Annotated[Path, _output("boundary.png")] = Path("boundary.png"),
    feature: Annotated[
        list[str] | None,
        typer.Option("--feature", "-f", metavar="NAME", help="A feature on an axis: one for a curve, two for a plane."),
    ] = None,
    rest: Annotated[
        str, typer.Option(help="Where other features stand: median, mean, pca, or the number of a row, from 1.")
    ] = "median",
    hidden: Annotated[
        bool, typer.Option("--hidden", help="The hidden space before and after training instead.")
    ] = False,
    layer: Annotated[
        str | None, typer.Option(help="With --hidden: which layer. [default: the last hidden one]")
    ] = None,
    target: o.Target = None,
    files: o.Data = None,
    debug: Debug = False,
) -> None:
    """Draw what a network says over two features, along one, or its hidden space."""
    from pellucid.cli.given import refuse
    from pellucid.cli.models import open_model
    from pellucid.errors import DataError
    from pellucid.views.diagram.picture import check_ending

    check_ending(output)
    if hidden:
        refuse(ctx, ("feature", "rest"), "is about the inputs, but --hidden shows a layer. Leave one of them out.")
    else:
        refuse(ctx, ("layer",), "goes with --hidden. Give --hidden too, or leave it out.")
    opened = open_model(model)
    net = opened.net
    X, y = rows_of(opened, data, target, files)
    _check_axes(net, feature or [], hidden, rest)
    axes = [int(name) if name.isdigit() and name not in (net.feature_names or ()) else name for name in feature or ()]
    if rest.isdigit() and not 1 <= int(rest) <= len(X):
        raise DataError(f"{data}: --rest {rest} is none of its rows. Give a number from 1 to {len(X):,}.")
    held: Any = int(rest) - 1 if rest.isdigit() else rest
    found: Any
    if hidden:
        found = net.hidden_space(X, y, layer=layer)
    elif len(axes) == 1 or (_size(net.input_shape) == 1 and not axes):
        found = net.curve(X, y, feature=axes[0] if axes else None, rest=held)
    else:
        found = net.boundary(X, y, features=axes or None, rest=held)
    if rest.isdigit() and not hidden:
        found = replace(found, rest=f"other features at those of row {rest}")
    found.save(output)
    print(found)
    print(f"\nDrawn: {output}")


def learning(
    ctx: typer.Context,
    model: o.Model,
    data: Data = None,
    output: Annotated[Path, _output("learning.png")] = Path("learning.png"),
    record: Annotated[
        bool, typer.Option("--record", help="Train the run again, to the same bits, and record weights and gradients.")
    ] = False,
    weight: Annotated[
        str | None,
        typer.Option(metavar="PLACE", help="The cost along one weight, as dense_1.weights[0, 2]; needs DATA."),
    ] = None,
    steps: Annotated[int, typer.Option(min=1, metavar="N", help="With --weight: steps of gradient descent.")] = 20,
    rate: Annotated[
        float | None, typer.Option(callback=v.positive, help="With --weight: the rate. [default: the network's]")
    ] = None,
    target: o.Target = None,
    files: o.Data = None,
    debug: Debug = False,
) -> None:
    """Draw the curves of a training, its weights over time, or the cost along one weight."""
    from pellucid.cli.given import refuse
    from pellucid.cli.models import open_model
    from pellucid.errors import DataError
    from pellucid.views.diagram.picture import check_ending

    check_ending(output)
    opened = open_model(model)
    if weight is None:
        alone = "goes with --weight, the cost along one weight. Give --weight too, or leave it out."
        refuse(ctx, ("data", "steps", "rate", "target", "files"), alone)
    if weight is not None and record:
        raise DataError("Give --record or --weight, not both: each is a picture of its own.")
    if weight is not None:
        if data is None:
            raise DataError("--weight: a cost needs rows and targets. Name the data too.")
        found = opened.net.cost_along(weight, *rows_of(opened, data, target, files), steps=steps, rate=rate)
        found.save(output)
        print(found)
        print()
    elif record:
        _again(opened, model).save(output)
    else:
        _curves(opened.net, output)
    print(f"Drawn: {output}")


def _curves(net: Network, output: Path) -> None:
    """Draw the figures over the epochs, and print the first and the last."""
    from pellucid.tables.targets import standard_units

    history = net.history
    units = standard_units(net)
    history.plot(output, net.name if units is None else f"{net.name}: figures of {units}")
    print(f"{'':<24}{'epoch 1':>12}{f'epoch {len(history.epoch)}':>14}")
    for name, values in history.history.items():
        if name != "seconds":
            print(f"{name.replace('_', ' '):<24}{values[0]:>12.4g}{values[-1]:>14.4g}")
    print()


def rows_of(opened: Opened, given: str, target: str | None, files: Path | None) -> tuple[Any, Any]:
    """The rows of DATA, and their targets where it has any."""
    from pellucid.cli.sample import samples, target_of

    X, true = samples(opened, given, target, files)
    if hasattr(X, "class_names"):
        X = X.take(range(len(X)))
    shape = opened.net.input_shape
    if len(X) and X[0].size == _size(shape):
        X = X.reshape(len(X), *shape)
    return X, None if true is None else [target_of(opened, written, given) for written in true]


def _check_axes(net: Network, feature: list[str], hidden: bool, rest: str) -> None:
    """Say which features there are where none, or too many, were chosen."""
    from pellucid.cli.show import some
    from pellucid.errors import DescriptionError

    inputs = _size(net.input_shape)
    if hidden or rest == "pca" or len(feature) in (1, 2) or (not feature and inputs <= 2):
        return
    names = some(net.feature_names) if net.feature_names else f"0 to {inputs - 1}"
    what = "which of its" if not feature else f"{len(feature)} were named of its"
    raise DescriptionError(
        f"--feature: {what} {inputs} inputs? Name two for a plane, or one for a curve: {names}. "
        f"Or --rest pca, which lays a plane through all of them; or --hidden."
    )


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for n in shape:
        size *= n
    return size


def _units(given: str | None) -> list[int] | None:
    """Numbers of units from text.

    >>> _units("0,3, 7"), _units(None)
    ([0, 3, 7], None)
    """
    if given is None:
        return None
    parts = [part.strip() for part in given.split(",")]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise typer.BadParameter(
            f'expected numbers separated by commas, as in 0,3,7; got "{given}".', param_hint="'--units'"
        )
    return [int(part) for part in parts]


def _again(opened: Opened, model: Path) -> Recorder:
    """The record of a run's training, done once more."""
    from pellucid.callbacks import Recorder
    from pellucid.cli.again import train_again
    from pellucid.cli.work import Repeated
    from pellucid.errors import DataError

    if opened.run is None:
        raise DataError(f"{model}: --record trains a run again, and only a run folder knows how. Leave it out.")
    kept: list[Recorder] = []

    class Recorded(Repeated):
        """Records weights and gradients."""

        def fit(self, net: Network, X: Any, y: Any, callbacks: list[Any], **options: Any) -> Any:
            rows = X.take(range(min(64, len(X)))) if hasattr(X, "class_names") else X[:64]
            kept.append(Recorder(rows, y[:64], share=float("inf")))
            return super().fit(net, X, y, [*callbacks, kept[0]], **options)

    train_again(opened.run.config, Recorded(opened.run.config), quiet=True)
    if not kept:
        raise DataError(f"{model}: this run made its network out of several, so there is no one training to record.")
    return kept[0]
