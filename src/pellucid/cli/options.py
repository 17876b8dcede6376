"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pellucid.cli import values as v
from pellucid.cli.recipes import MODELS, SCHEDULES
from pellucid.sources.source import NAMES, TASKS


def _sources(incomplete: str) -> list[str]:
    return [name for name in NAMES if name.startswith(incomplete)]


SOURCE_HELP = (
    "digits (8×8 pixels, from scikit-learn), mnist (28×28; downloaded once, 11 MB), pictures-4x3 (64 binary pictures "
    "of 0 and 1), or a path: a folder with one folder of pictures for each class, or with folders train and test of "
    "that kind; a table (CSV, Parquet, Excel); a CSV file of pictures' paths and labels; an .npz file; a folder of "
    "IDX files."
)
Source = Annotated[str, typer.Argument(metavar="SOURCE", help=SOURCE_HELP, show_default=False, autocompletion=_sources)]
OptionalSource = Annotated[
    str | None,
    typer.Argument(metavar="SOURCE", help=SOURCE_HELP, show_default=False, autocompletion=_sources),
]
Model = Annotated[
    Path, typer.Argument(metavar="MODEL", help="A model file, or the folder of a run.", show_default=False)
]
Target = Annotated[
    str | None,
    typer.Option("--target", help="Tables: the target column, by name or by number from 1. [default: the last]"),
]
Task = Annotated[
    str | None,
    typer.Option(
        "--task",
        help="Tables: whether the target is classes or numbers. [default: text and few whole numbers are classes]",
        **v.listed("task", TASKS),
    ),
]
Column = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="NAME=KIND",
        help="Tables: the kind of a column, by name or by number from 1, where it is not the one that is found: "
        "number, category, yes/no, date or ignored. Once for each such column.",
    ),
]
Missing = Annotated[
    list[str] | None,
    typer.Option(
        "--missing",
        metavar="COLUMN=VALUE",
        help="Tables: a value that stands for a missing one, as in pressure=0 or, for several columns by name or by "
        "number from 1, 2,3,6=0. May be given several times.",
    ),
]
Folds = Annotated[
    int | None,
    typer.Option(
        "--folds", min=2, metavar="N",
        help="Cross-validation: train on all but one of N parts and judge by that one, N times; what is fitted is "
        "fitted in each. Then the network that is saved is trained on all rows.",
    ),
]  # fmt: skip
Seeds = Annotated[
    int | None,
    typer.Option(
        "--seeds", min=1, metavar="N", help="With --folds: so many cross-validations, each cut anew. [default: 1]"
    ),
]
Data = Annotated[
    Path | None, typer.Option("--data", help="mnist: the folder with its four files. [default: a download, kept]")
]
Threads = Annotated[
    int | None, typer.Option("--threads", min=1, help="At most so many. [default: all cores; the result is the same]")
]
Layers = Annotated[
    str | None,
    typer.Option("--layers", callback=v.units, help='Units of the hidden layers, as in "64,32"; 0 for none.'),
]
Activation = Annotated[
    str | None,
    typer.Option(
        "--activation", help="Of the hidden layers; see pellucid activations.", **v.named("activations", "ACTIVATIONS")
    ),
]
OutputActivation = Annotated[
    str | None,
    typer.Option("--output-activation", help="Of the last layer.", **v.named("activations", "ACTIVATIONS")),
]
Loss = Annotated[str | None, typer.Option("--loss", help="What is made small.", **v.named("losses", "LOSSES"))]
Optimizer = Annotated[
    str | None,
    typer.Option("--optimizer", help="adam, sgd, momentum, gradient_descent, …", **v.named("optimizers", "OPTIMIZERS")),
]
Rate = Annotated[
    float | None,
    typer.Option(
        "--rate",
        "--learning-rate",
        "--lr",
        callback=v.positive,
        help="The learning rate; with a schedule, its highest.",
    ),
]
Schedule = Annotated[
    str | None,
    typer.Option("--schedule", help=f"Of the rate: {', '.join(SCHEDULES)}.", **v.listed("schedule", SCHEDULES)),
]
ModelKind = Annotated[
    str | None,
    typer.Option(
        "--model", help=f"For pictures: {', '.join(MODELS[:-1])}, or plain (dense layers).", **v.listed("model", MODELS)
    ),
]
AugmentFields = Annotated[
    str | None,
    typer.Option(
        "--augment", callback=v.augmentation, metavar="FIELDS",
        help="For pictures: random changes while training, as in shift=2,rotate=10,zoom=0.1,flip=horizontal; or none. "
        "pellucid augment draws them.",
    ),
]  # fmt: skip
CheckpointEvery = Annotated[
    str,
    typer.Option(
        "--checkpoint-every", callback=v.rhythm, metavar="SPAN",
        help="How often a checkpoint is written, as in 30s, 500steps or 2epochs.",
    ),
]  # fmt: skip
Log = Annotated[
    list[str] | None,
    typer.Option(
        "--log", callback=v.logs, metavar="KIND", autocompletion=lambda incomplete: list(v.LOGS),
        help="Write a log into the run folder: jsonl (lines of JSON) or tensorboard (event files). May be given twice.",
    ),
]  # fmt: skip
Average = Annotated[
    float | None,
    typer.Option(
        "--average", callback=v.below_1, help="Keep a running average of the weights, as in 0.999; 0 for none."
    ),
]
WeightDecay = Annotated[
    float | None, typer.Option("--weight-decay", callback=v.not_negative, help="Of the optimizer; adamw has 0.01.")
]
LabelSmoothing = Annotated[
    float | None,
    typer.Option("--label-smoothing", callback=v.below_1, help="The share of a target given to all classes."),
]
