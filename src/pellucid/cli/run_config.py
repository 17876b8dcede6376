"""What config.json of a run says: the command as it was given, and the data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from pellucid.cli.recipes import Recipe, RecipeForTables
    from pellucid.sources.rows import Rows
    from pellucid.sources.source import Source


def command_given(ctx: typer.Context) -> str:
    """The command as it could be typed: SOURCE and the options that were given."""
    from pellucid.cli.show import command

    words: list[str] = []
    for parameter in ctx.command.params:
        name = str(parameter.name)
        source = ctx.get_parameter_source(name)
        value = ctx.params.get(name)
        if source is None or source.name != "COMMANDLINE" or name == "debug":
            continue
        if name == "source":
            words.insert(0, str(value))
        elif isinstance(value, (list, tuple)):
            words += [word for one in value for word in (parameter.opts[0], str(one))]
        elif isinstance(value, bool):
            words += parameter.opts[:1] if value else parameter.secondary_opts[:1]
        else:
            words += [parameter.opts[0], str(value)]
    return command("pellucid", "train", *words)


def describe_data(
    source: Source, rows: Rows, recipe: Recipe | RecipeForTables, seed: int, folder: Path | None
) -> dict[str, Any]:
    """The data, for config.json."""
    from pellucid.sources.hashes import data_hash
    from pellucid.sources.picture_files import broken_pictures

    data = source.data
    pictures = {"preparation": source.preparation, "streamed": source.streamed, "broken": broken_pictures(data)}
    about = pictures if source.kind == "pictures" else {}
    if source.kind == "table":
        about = {"streamed": source.streamed}
    return about | {
        "source": source.given,
        "kind": source.kind,
        "folder": None if folder is None else str(folder),
        "target": source.target,
        "task": source.task,
        "task_reason": source.why,
        "samples": data.n + (source.aside.n if source.aside is not None else 0),
        "input_shape": list(data.input_shape),
        "feature_names": data.feature_names,
        "class_names": data.class_names,
        "sha256": data_hash(data),
        "judged_by": rows.kind,
        "judged_samples": rows.judge.n,
        "held_out_share": None if data.test is not None else recipe.validation if rows.held_out else 0.0,
        "split_seed": seed,
    }
