"""The commands, put together. Heavy packages are imported by the functions that need them, so that help is instant."""

from __future__ import annotations

from typing import Annotated

import typer

from pellucid import __version__
from pellucid.cli.commands import Commands

HELP = """Neural networks you can see through: train one, use it, look at it.

Examples:

  pellucid train digits

  pellucid train flowers.csv --target kind --layers 32,16

  pellucid train photographs

  pellucid evaluate runs/digits-2025-01-31-120000

  pellucid predict runs/digits-2025-01-31-120000 digits --limit 5

  pellucid predict runs/photographs-2025-01-31-120000 tom.jpg more-photographs

  pellucid activations --output sheet.png

`pellucid COMMAND --help` explains a command. Exit codes: 0 done, 1 the data or a file will not do, 2 the command was
written wrongly, 130 stopped by Ctrl-C."""

app = typer.Typer(
    cls=Commands,
    help=HELP,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"pellucid {__version__}")
        raise typer.Exit()


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """What holds for every command."""
