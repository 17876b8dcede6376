"""The data of a run, read again as its config.json describes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.errors import DataError
from pellucid.sources.picture_options import PictureOptions, network_form
from pellucid.sources.source import WITH_TASK

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.sources.source import Source


def options_of(net: Network, broken: str | None = None, stream: bool | None = None) -> PictureOptions:
    """Pictures are read as the network was trained on them."""
    form = network_form(net)
    if form is None:
        return PictureOptions(broken=broken, stream=stream)
    return PictureOptions(form.size, form.channels, form.fit, broken, stream, form.background)


def load_as(
    given: str, target: str | None, folder: Path | None, task: str | None, options: PictureOptions, **table: Any
) -> Source:  # fmt: skip
    """Read a source as :func:`options_of` a network say.

    Raises
    ------
    DataError
        It holds pictures, and the network was not trained on pictures.
    """
    from pellucid.sources.load import load_source, source_kind

    if source_kind(given) != "pictures":
        options = PictureOptions(broken=options.broken, stream=options.stream)  # the others were not given
    elif options.size is None:
        raise DataError(f"{given} holds pictures, and this network was not trained on pictures.")
    return load_source(given, target, folder, task, options=options, **table)


def source_of(config: Mapping[str, Any], options: PictureOptions, folder: Path | None = None) -> Source:
    """The source of a run.

    Parameters
    ----------
    config : mapping
        What config.json holds.
    options : PictureOptions
        As the run's network was trained on pictures.
    folder : Path, optional
        Where the files of mnist are, if not where they were.

    Raises
    ------
    DataError
        A table is to be read from disk and was not, or the other way round: other rows would be held out.
    """
    about = config["data"]
    if folder is None and about["folder"] is not None:
        folder = Path(about["folder"])
    how: dict[str, Any] = {}
    streamed, table = bool(about.get("streamed")), about["kind"] == "table"
    if table and options.stream not in (None, streamed):
        option, place = ("--stream", "in memory") if options.stream else ("--no-stream", "from disk")
        raise DataError(
            f"{option} does not go with a run's own rows: those of {about['source']} were held out as it was read "
            f"{place}, and only so are they the same again. Leave it out."
        )
    if table or (options.stream is None and streamed):
        options = replace(options, stream=streamed)
    if table and streamed:  # prepared anew, as it was for the training
        chosen = config["options"]["given"]
        how = {name: chosen[key] for name, key in (("columns", "column"), ("missing", "missing")) if key in chosen}
        how["aside"] = about["held_out_share"] or 0.0, about["split_seed"]
    target = about["target"] if table else None
    task = about["task"] if about["kind"] in WITH_TASK else None
    return load_as(about["source"], target, folder, task, options, **how)


def training_data(config: Mapping[str, Any], net: Network) -> tuple[Any, Any, tuple[Any, Any] | None]:
    """X, y and the validation data of a run's training, as ``fit`` was given them.

    Raises
    ------
    DataError
        The data have changed.
    """
    from pellucid.sources.hashes import data_hash
    from pellucid.sources.rows import take_rows
    from pellucid.sources.table import in_deviations

    about, chosen = config["data"], config["options"]["chosen"]
    in_memory = about["kind"] == "pictures" and not about.get("streamed")
    source = source_of(config, options_of(net, stream=False if in_memory else None))
    refuse_other_data(config, data_hash(source.data))
    watching = bool(chosen["early_stopping"])
    rows, _ = in_deviations(source, take_rows(source, chosen["validation"], config["seed"], watching))
    watched, _ = rows.watched(chosen["validation"], watching)
    return rows.train.X, rows.train.y, None if watched is None else (watched.X, watched.y)


def refuse_other_data(before: Mapping[str, Any], sha256: str) -> None:
    """Refuse to go on with other data than the run's, whose config.json ``before`` is.

    Raises
    ------
    DataError
    """
    about = before["data"]
    if about["sha256"] != sha256:
        raise DataError(
            f"{about['source']} has changed since the training began, so it cannot be gone on with. Put the data back "
            f"as they were, or train anew."
        )
