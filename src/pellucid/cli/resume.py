"""``pellucid train --resume RUN``: a training that was stopped goes on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from pellucid.cli.again import command_of, train_again
from pellucid.cli.work import Restarted, Resumed, Work, finished
from pellucid.errors import ModelFileError

BESIDES = ("resume", "threads", "verbose", "quiet", "debug")  # options that --resume goes with


def go_on(ctx: typer.Context, folder: Path, threads: int | None, verbose: bool, quiet: bool) -> None:
    """``pellucid train --resume FOLDER``."""
    from pellucid.cli.show import Page, count
    from pellucid.cli.trainings import STOPPED_EARLY
    from pellucid.record.run import has_ended, read_config
    from pellucid.record.run_folder import RunFolder
    from pellucid.training.keeper import latest_checkpoint

    for parameter in ctx.command.params:
        given = ctx.get_parameter_source(str(parameter.name))
        if given is not None and given.name == "COMMANDLINE" and parameter.name not in BESIDES:
            name = "SOURCE" if parameter.name == "source" else parameter.opts[0]
            raise typer.BadParameter(
                f"it goes on with the training as it was begun. Leave out {name}.", param_hint="--resume"
            )
    config, place, page = read_config(folder), RunFolder(folder), Page(quiet)
    work: Work
    if config.get("anew"):
        work = Restarted(place, config)
        ended = has_ended(folder) and not str(config["ended"]).startswith(STOPPED_EARLY)
        kept = finished(place)
        if kept:
            words = f"Going on with {folder}, begun {config['begun']}: {kept} and taken over."
        else:
            words = f"Beginning {folder} anew, begun {config['begun']}: {config['anew']} leave no checkpoints."
        words += " The same seed gives the same network."
    else:
        if not place.checkpoints.is_dir():
            raise ModelFileError(f"{folder}: its checkpoints are missing, so its training cannot go on.")
        found = latest_checkpoint(place.checkpoints)
        work, ended = Resumed(place, config), found.finished and has_ended(folder)
        done = f"{count(found.standing.epoch, 'epoch')} and {count(found.standing.step, 'step')}"
        words = f"Going on with {folder}, begun {config['begun']}, after {done}."
    if ended and _complete(folder, config):
        page.prose(f"The training in {folder} has ended: {config['ended']}. There is nothing to go on with.")
        if quiet:
            print(folder)
        return
    page.prose(words)
    page.text()
    train_again(config, work, threads=threads or config["threads"], verbose=verbose, quiet=quiet, output=folder)


def _complete(folder: Path, config: Mapping[str, Any]) -> bool:
    """Whether nothing is missing of what is written after the result."""
    from pellucid.cli.conclude import wants_evaluation

    params = command_of(config).params
    return not (
        (wants_evaluation(params.get("evaluation"), str(params["source"])) and not (folder / "evaluation").is_dir())
        or (params.get("report") and not (folder / "report.html").is_file())
    )
