"""``pellucid train SOURCE``: from data to a trained network and a run folder."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from pellucid.cli import options as o
from pellucid.cli import picture_options as po
from pellucid.cli import values as v
from pellucid.cli.failures import Debug

EPILOG = """Every option has a default that suits the source; what was chosen and why is printed, and kept in the run
folder with the figures of every epoch, the result and the model.

A table without an option about the network or its training gets the default recipe for tables: a linear model and small
networks are tried on inner folds, and the best becomes one network of several members. Any option from --layers to
--early-stopping, or --dtype, trains one network instead, as does a table that is streamed.

Examples:

  pellucid train digits

  pellucid train mnist --layers 100 --epochs 5 --data folder/with/idx/files

  pellucid train mnist --model lenet5 --epochs 5

  pellucid train photographs --size 64 --augment shift=4,flip=horizontal

  pellucid train pictures-4x3 --seed 3

  pellucid train iris.csv --target species

  pellucid train iris.csv --target species --folds 10 --seeds 3

  pellucid train patients.csv --missing "glucose,insulin=0" --layers 12,8 --epochs 150 --batch-size 10

  pellucid train houses.xlsx --target price --task numbers --layers 32,16

  pellucid train visits.parquet --target bought --column shop=category

  pellucid train --resume runs/digits-2025-01-31-120000

Ctrl-C ends the training early; the weights so far are kept and the run folder is written. After that, or after a crash,
--resume goes on, and ends with the same network as if nothing had happened; of --folds, and of the default recipe for
tables, with the folds or trainings that are missing."""


def train(
    ctx: typer.Context,
    source: o.OptionalSource = None,
    target: o.Target = None,
    task: o.Task = None,
    column: o.Column = None,
    missing: o.Missing = None,
    folds: o.Folds = None,
    seeds: o.Seeds = None,
    data: o.Data = None,
    size: po.Size = None,
    channels: po.Channels = None,
    fit: po.Fit = None,
    broken: po.Broken = None,
    stream: po.Stream = None,
    model: o.ModelKind = None,
    augment: o.AugmentFields = None,
    layers: o.Layers = None,
    activation: o.Activation = None,
    output_activation: o.OutputActivation = None,
    dropout: Annotated[
        float | None, typer.Option(callback=v.share, help="The share of hidden units left out at each step.")
    ] = None,
    l2: Annotated[
        float | None, typer.Option("--l2", callback=v.not_negative, help="Penalty l2 Σw² on weights.")
    ] = None,
    weight_decay: o.WeightDecay = None,
    loss: o.Loss = None,
    label_smoothing: o.LabelSmoothing = None,
    optimizer: o.Optimizer = None,
    average: o.Average = None,
    rate: o.Rate = None,
    schedule: o.Schedule = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="How often all rows are gone through.")] = None,
    batch_size: Annotated[
        int | None, typer.Option("--batch-size", "--batch", min=1, help="Rows of one update.")
    ] = None,
    class_weight: Annotated[
        str | None,
        typer.Option(help="balanced: every class counts the same in total.", **v.listed("class weight", ("balanced",))),
    ] = None,
    early_stopping: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Stop when the loss on rows set aside for it has not improved for N epochs; keep the best weights.",
        ),
    ] = None,
    validation: Annotated[
        float | None,
        typer.Option(
            callback=v.share,
            help="The share of rows held out for the result; where there is a test set (mnist), the share to watch. "
            "[default: 0.2; 0 for pictures-4x3 and where there is a test set]",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same network, to the last bit.")] = 0,
    threads: o.Threads = None,
    dtype: Annotated[
        str | None,
        typer.Option(help="float32 or float64. [default: float32]", **v.listed("dtype", ("float32", "float64"))),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="The run folder; must not be there yet. [default: runs/<source>-<date>-<time>]"),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="Go on with the training of a run folder that was stopped, to the same bits."),
    ] = None,
    checkpoint_every: o.CheckpointEvery = "10s",
    log: o.Log = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="A line an epoch, also in a terminal.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the run folder's path only.")] = False,
    evaluation: Annotated[
        bool | None,
        typer.Option(
            help="Write curves and pictures of the result to the run folder's evaluation/. [default: yes for files "
            "and folders of your own]",
            show_default=False,
        ),
    ] = None,
    report: Annotated[
        bool,
        typer.Option("--report", help="Write report.html to the run folder: curves, a replay, the worst mistakes, …"),
    ] = False,
    debug: Debug = False,
) -> None:
    """Train a network on SOURCE and leave a run folder: model, history, result and how they came about."""
    if resume is not None:
        from pellucid.cli.resume import go_on

        return go_on(ctx, resume, threads, verbose, quiet)
    if source is None:
        ctx.fail("Missing argument 'SOURCE'.")
    from pellucid.cli.conclude import add_evaluation, add_folds, judge, say_next, wants_evaluation, write_report
    from pellucid.cli.folds import all_rows, check_folds, cross_validated
    from pellucid.cli.introduce import show_choice
    from pellucid.cli.recipes import choose
    from pellucid.cli.run_config import command_given, describe_data
    from pellucid.cli.show import Page
    from pellucid.cli.trainings import STOPPED_EARLY, training_of
    from pellucid.cli.work import Repeated, Work
    from pellucid.engines import made_with
    from pellucid.record.model_file import weights_hash
    from pellucid.sources.load import load_source
    from pellucid.sources.picture_options import PictureOptions
    from pellucid.sources.rows import take_rows

    began, clock, page = time.perf_counter(), datetime.now().astimezone(), Page(quiet)
    rhythm, logs = v.parse_rhythm(checkpoint_every), tuple(dict.fromkeys(log or ()))
    work: Work = ctx.obj or Work(rhythm, logs)
    work.check(output)
    pictures = PictureOptions(None if size is None else po.parse_size(size), channels, fit, broken, stream)
    kinds = v.parse_columns(column)
    marks = v.parse_marks(missing)
    aside = 0.2 if validation is None else validation, seed
    material = load_source(
        source, target, data, task, quiet=quiet, options=pictures, columns=kinds, missing=marks, aside=aside
    )
    given = {
        "model": model, "augment": None if augment is None else v.fields_of(augment),
        "layers": None if layers is None else v.parse_units(layers), "activation": activation,
        "output_activation": output_activation, "dropout": dropout, "l2": l2, "weight_decay": weight_decay,
        "loss": loss, "label_smoothing": label_smoothing, "optimizer": optimizer, "average": average, "rate": rate,
        "schedule": schedule, "epochs": epochs, "batch_size": batch_size, "class_weight": class_weight,
        "early_stopping": early_stopping, "validation": validation, "dtype": dtype,
    }  # fmt: skip
    recipe = choose(material, given)
    check_folds(material, folds, seeds, given)
    if folds is None:
        rows = take_rows(material, recipe.validation, seed, bool(recipe.early_stopping))
    else:
        rows = all_rows(material, recipe, seed, folds)
    training = training_of(recipe, material, rows, seed)
    if training.anew:
        _refuse_for_recipe(ctx)
    anew = "cross-validations" if folds else "trainings by the default recipe for tables" if training.anew else None
    config: dict[str, Any] = {
        "command": command_given(ctx),
        "begun": f"{clock:%Y-%m-%d %H:%M:%S %z}",
        "seconds": None,
        "ended": None,
        "weights_sha256": None,
        "seed": seed,
        "threads": threads,
        "options": {
            "given": {
                name: value
                for name, value in (
                    given | {"column": kinds or None, "missing": marks or None, "folds": folds, "seeds": seeds}
                ).items()
                if value is not None
            }
            | pictures.given(),
            "chosen": recipe.to_dict(),
            "reasons": recipe.reasons,
        },
        "data": describe_data(material, rows, recipe, seed, data),
        **training.plain(),
        "checkpoint": rhythm,
        "log": list(logs),
        "anew": anew,
        "made_with": made_with(),
    }
    work.begin(material.short_name, output, config)
    if type(work) is Work:
        training.introduce(page)
    how: int | str = 0 if quiet else 2 if verbose else "auto"
    validated = None
    if folds is not None and not isinstance(work, Repeated):
        from pellucid.evaluation import KeptFolds

        said = list(range(seed, seed + (seeds or 1)))
        depends = {name: config[name] for name in ("options", "data", "seed", "made_with")}
        kept = None if work.folder is None else KeptFolds(work.folder.folds, depends)
        validated = work.make(lambda: cross_validated(material, recipe, folds, said, threads, how, kept))
        validated.show(page)
    snapshots = None
    if report and not training.anew:
        from pellucid.training.snapshots import Snapshots

        snapshots = Snapshots()
    net, ended = training.train(work, threads, how, snapshots)
    work.network = net
    if work.folder is None:
        return
    net.free_memory()  # the figures are then those that the model file gives
    if net.recipe is not None:
        show_choice(page, net.recipe)
    if validated is None:
        result = judge(page, net, material, rows, threads).to_dict()
    else:
        watched = "" if rows.watch is None else f", {rows.watch.n:,} of which were watched"
        page.prose(f"The network that is saved was trained on all {material.data.n:,} {material.noun}s{watched}.")
        result = validated.to_dict()
    config |= {"seconds": round(time.perf_counter() - began, 2), "ended": ended, "weights_sha256": weights_hash(net)}
    config |= {"network": net.to_dict(), "compile": net.compile_settings()}
    if net.recipe is not None:
        config["options"]["why"] = net.recipe["why"]
    work.folder.end(net, config, result)
    if wants_evaluation(evaluation, str(source)):
        if validated is None:
            add_evaluation(page, work.folder, net, material, rows, threads)
        else:
            add_folds(page, work.folder, validated)
    if report:
        write_report(page, work.folder, net, material, rows, snapshots)
    stopped = ended.startswith(STOPPED_EARLY)
    if not stopped:
        work.folder.remove_folds()
    say_next(page, work.folder.path, material, rows, quiet, stopped=stopped, report=report)


def _refuse_for_recipe(ctx: typer.Context) -> None:
    """Refuse options about the one training that the recipe does not do."""
    from pellucid.errors import DescriptionError

    for name, option in (("log", "--log"), ("checkpoint_every", "--checkpoint-every")):
        source = ctx.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise DescriptionError(
                f"{option} is about the training of one network, but the default recipe for tables trains several. "
                f"Leave it out, or describe one network, for instance by --layers 32,16."
            )
