"""``pellucid export MODEL --to FORMAT``: a saved network for another tool."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pellucid.cli import options as o
from pellucid.cli import values as v
from pellucid.cli.failures import Debug
from pellucid.exchange.table import FORMATS, find

EPILOG = f"""Formats:

{chr(10).join(f"  {row.name}: {row.what}; {row.suffix}{chr(10)}" for row in FORMATS.values())}
Examples:

  pellucid export runs/digits-2025-01-31-120000 --to onnx

  pellucid export model.pellucid --output model.onnx --opset 13

  pellucid export model.pellucid --to python --weights beside

  pellucid export model.pellucid --to c --output firmware/model.c --function classify"""


def export(
    model: o.Model,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", help=f"{', '.join(FORMATS)}. [default: by the ending of --output]",
            **v.listed("format", tuple(FORMATS)),
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="The file to write. [default: the model's name and the format's ending]")
    ] = None,
    opset: Annotated[int | None, typer.Option(help="onnx: the set of operators. [default: 17]", metavar="N")] = None,
    dtype: Annotated[str | None, typer.Option(help="onnx: float32 or float64. [default: float32]")] = None,
    preparation: Annotated[
        bool | None,
        typer.Option(
            "--preparation/--no-preparation",
            help="onnx: whether the model takes a table's raw columns, or rows as the network takes them. "
            "[default: raw columns]", show_default=False,
        ),
    ] = None,
    weights: Annotated[
        str | None, typer.Option(help="python: inside the program, or beside it as .npz. [default: inside]")
    ] = None,
    function: Annotated[
        str | None, typer.Option(help="c: what the function is called. [default: predict]", metavar="NAME")
    ] = None,
    debug: Debug = False,
) -> None:  # fmt: skip
    """Write a saved network for another tool. A file of that name is replaced."""
    from pellucid.cli.models import open_model
    from pellucid.cli.show import Page, command
    from pellucid.tables.preparation import preparation_of

    if to is None and output is None:
        raise typer.BadParameter(f"say which format is meant: {', '.join(FORMATS)}.", param_hint="--to")
    net = open_model(model).net
    path = output or Path(f"{_name(model)}{FORMATS[str(to)].suffix}")
    asked: dict[str, Any] = {
        "opset": opset, "dtype": dtype, "preparation": preparation, "weights": weights, "function": function
    }  # fmt: skip
    written = net.export(path, to, **{name: value for name, value in asked.items() if value is not None})
    page = Page()
    page.line("Written", ", ".join(map(str, written)))
    table = preparation_of(net.preparation) is not None
    row, rows = find(path, to), "table.csv" if table else "samples.csv"
    if table and not row.raw:
        back = f"from_{row.name} gets the preparation back"
        says = f"{written[-1].name} says how they are made" if path.suffix in (".pt", ".pth") else back
        page.line("Inputs", f"prepared rows, not raw ones; {says}")
    if row.name == "excel":
        page.line("Use", "open it in Excel or LibreOffice; its first sheet says how")
    if row.name == "python":
        page.line("Test", command("python", written[1]))
        page.line("Use", command("python", written[0], rows))
    if row.name == "c":
        page.line("Test", _built(written[0], written[2]))
        page.line("Use", f"{_built(written[0], written[3])} {rows}")


def _built(network: Path, program: Path) -> str:
    """The commands that build a program in C and run it."""
    from pellucid.cli.show import command

    binary = program.with_suffix("")
    built = command("cc", "-std=c99", "-O2", network, program, "-lm", "-o", binary)
    return f"{built} && {command(binary if binary.is_absolute() else f'./{binary}')}"


def _name(model: Path) -> str:
    """What a model is called: its run folder, or its file without the ending."""
    model = model.resolve()
    return model.name if model.is_dir() else model.parent.name if model.name == "model.pellucid" else model.stem
