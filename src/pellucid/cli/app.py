"""The commands, put together. Heavy packages are imported by the functions that need them, so that help is instant."""

from __future__ import annotations

from typing import Annotated

import typer

from pellucid import __version__
from pellucid.cli.activations import activations
from pellucid.cli.augment import EPILOG as AUGMENT_EPILOG
from pellucid.cli.augment import augment
from pellucid.cli.diagram import EPILOG as DIAGRAM_EPILOG
from pellucid.cli.diagram import diagram
from pellucid.cli.doctor import EPILOG as DOCTOR_EPILOG
from pellucid.cli.doctor import doctor
from pellucid.cli.evaluate import EPILOG as EVALUATE_EPILOG
from pellucid.cli.evaluate import evaluate
from pellucid.cli.export import EPILOG as EXPORT_EPILOG
from pellucid.cli.export import export
from pellucid.cli.failures import Commands
from pellucid.cli.look import BOUNDARY_EPILOG, FEATURES_EPILOG, LEARNING_EPILOG, boundary, features, learning
from pellucid.cli.predict import EPILOG as PREDICT_EPILOG
from pellucid.cli.predict import predict
from pellucid.cli.repeat import EPILOG as REPEAT_EPILOG
from pellucid.cli.repeat import repeat
from pellucid.cli.report import EPILOG as REPORT_EPILOG
from pellucid.cli.report import report
from pellucid.cli.step import EPILOG as STEP_EPILOG
from pellucid.cli.step import step
from pellucid.cli.summary import summary
from pellucid.cli.train import EPILOG as TRAIN_EPILOG
from pellucid.cli.train import train
from pellucid.cli.worksheet import EPILOG as WORKSHEET_EPILOG
from pellucid.cli.worksheet import worksheet

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


app.command(epilog=TRAIN_EPILOG, short_help="Train a network on a data set, pictures or a table.")(train)
app.command(epilog=REPEAT_EPILOG, short_help="Train as a run did, and compare the weights.")(repeat)
app.command(epilog=EVALUATE_EPILOG, short_help="How well a saved network does on data.")(evaluate)
app.command(epilog=PREDICT_EPILOG, short_help="What a saved network says about rows or pictures.")(predict)
app.command(short_help="What a saved network is.")(summary)
app.command(epilog=EXPORT_EPILOG, short_help="Write a saved network for another tool.")(export)
app.command(epilog=STEP_EPILOG, short_help="Training steps layer by layer, every number shown.")(step)
app.command(epilog=DIAGRAM_EPILOG, short_help="Draw a saved network, and one sample's numbers in it.")(diagram)
app.command(epilog=FEATURES_EPILOG, short_help="What units look for; why a row was predicted so.")(features)
app.command(epilog=BOUNDARY_EPILOG, short_help="Decision boundary, curve, or hidden space.")(boundary)
app.command(epilog=LEARNING_EPILOG, short_help="Curves of a training; weights over time.")(learning)
app.command(epilog=DOCTOR_EPILOG, short_help="What is wrong with a network, its data, its training.")(doctor)
app.command(epilog=WORKSHEET_EPILOG, short_help="Training steps as a workbook of live formulas.")(worksheet)
app.command(epilog=REPORT_EPILOG, short_help="Write one HTML file about a training.")(report)
app.command(short_help="List or draw the activations.")(activations)
app.command(epilog=AUGMENT_EPILOG, short_help="Draw pictures and random versions of them.")(augment)
