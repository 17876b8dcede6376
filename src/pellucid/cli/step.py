"""``pellucid step MODEL DATA``: training steps one layer at a time, with every number."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pellucid.cli import options as o
from pellucid.cli import values as v
from pellucid.cli.failures import Debug
from pellucid.cli.sample import NeededData

if TYPE_CHECKING:
    from rich.console import Console

    from pellucid.trace.stepper import Stepper

KEYS = "Enter next layer, s stage, u update, w weights, t whole trace, e explain, r reset, q quit"
COLOURS = {"forward": "cyan", "loss": "magenta", "backward": "yellow", "update": "green"}
EPILOG = f"""The steps go on from the weights that the network has, with all rows as one batch; the file MODEL
stays as it is. In a terminal each step waits for a key: {KEYS}.

Examples:

  pellucid step runs/iris-2025-01-31-120000 iris.csv --limit 2

  pellucid step model.pellucid few-rows.csv --rate 0.5 --all --updates 3 > steps.txt"""


def step(
    model: o.Model,
    data: NeededData,
    limit: Annotated[int, typer.Option(min=1, help="The first N rows.", metavar="N")] = 3,
    by: Annotated[
        str,
        typer.Option(
            help="How far one step goes: layer, stage, update.", **v.listed("step", ("layer", "stage", "update"))
        ),
    ] = "layer",
    everything: Annotated[
        bool, typer.Option("--all", help="Do not wait for keys; so it is where output is no terminal.")
    ] = False,
    updates: Annotated[int, typer.Option(min=1, help="With --all: how many updates.", metavar="N")] = 1,
    rate: Annotated[
        float | None, typer.Option(callback=v.positive, help="The learning rate. [default: the network's]")
    ] = None,
    digits: Annotated[int, typer.Option(min=1, max=17, help="Significant digits.")] = 4,
    full: Annotated[bool, typer.Option("--full", help="All rows of long tables.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Save the network after the finished updates.")
    ] = None,
    target: o.Target = None,
    files: o.Data = None,
    debug: Debug = False,
) -> None:
    """Step through training: forward, loss, backward, update, layer by layer."""
    from pellucid.cli.models import open_model
    from pellucid.cli.sample import take_first

    opened = open_model(model)
    X, y = take_first(opened, data, limit, target, files)
    stepper = opened.net.stepper(X, y, rate=rate)
    if everything or not (sys.stdin.isatty() and sys.stdout.isatty()):
        _all(stepper, by, updates, digits, full)
    else:
        _by_key(stepper, by, digits, full)
    if output is not None:
        stepper.keep()
        opened.net.save(output)
        print(f"Saved: {output}, after {opened.net.updates:,} updates")


def _all(stepper: Stepper, by: str, updates: int, digits: int, full: bool) -> None:
    """Every step of some updates, as plain text."""
    print(stepper.text(digits=digits, full=full))
    while not (stepper.finished and stepper.update == updates):
        for text in _taken(stepper, by, digits, full):
            print(f"\n{text}")
    print(f"\nCost: {' → '.join(f'{cost:.{digits}g}' for cost in stepper.costs)}", flush=True)


def _taken(stepper: Stepper, by: str, digits: int, full: bool) -> list[str]:
    """Take a step and tell about every layer that it went through."""
    texts = []
    first = True
    while first or (by == "stage" and not stepper.stage_done) or (by == "update" and not stepper.finished):
        texts.append(stepper.step().text(digits=digits, full=full))
        first = False
    return texts


def _by_key(stepper: Stepper, by: str, digits: int, full: bool) -> None:
    """Steps as keys ask for them."""
    from rich.console import Console

    console = Console(highlight=False)
    _show(console, stepper, stepper.text(digits=digits, full=full))
    while True:
        console.print(f"[dim]{KEYS}[/dim]")
        key = typer.getchar().lower()
        if key in ("q", "\x04", "\x1b"):
            break
        if key == "\x03":
            raise KeyboardInterrupt
        if key in ("\r", "\n", " ", "s", "u"):
            way = {"s": "stage", "u": "update"}.get(key, by)
            for text in _taken(stepper, way, digits, full):
                _show(console, stepper, text)
        elif key == "w":
            for name, array in stepper.weights.items():
                console.print(f"[bold]{name}[/bold]\n{array}")
        elif key == "t":
            console.print(stepper.trace.text(digits=digits, full=full), markup=False)
        elif key == "r":
            _show(console, stepper.reset(), stepper.text(digits=digits, full=full))
        elif key == "e":
            _explain(console, stepper, digits)


def _show(console: Console, stepper: Stepper, text: str) -> None:
    """The first line in the stage's colour, the rest as it is."""
    from rich.text import Text

    head, _, rest = text.partition("\n")
    colour = next((colour for stage, colour in COLOURS.items() if stage in head), "white")
    console.print(Text(head, style=f"bold {colour}"))
    console.print(Text(rest + "\n"), soft_wrap=True)


def _explain(console: Console, stepper: Stepper, digits: int) -> None:
    """Write out the number that is asked for; what does not exist is said, and the steps go on."""
    from pellucid.errors import PellucidError

    words = "Explain which unit or weight, as dense_1[0] or dense_1.weights[0, 1]? "
    try:
        wanted = console.input(words).strip()
    except EOFError:
        return
    try:
        console.print(stepper.trace.explain_any(wanted).text(digits), markup=False)
    except PellucidError as error:
        console.print(str(error), markup=False)
