"""The rows that a saved network is judged by: a run's own, or all of a source that is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.errors import DataError

if TYPE_CHECKING:
    from pellucid.cli.models import Opened
    from pellucid.data import Dataset
    from pellucid.network import Network
    from pellucid.sources.picture_options import PictureOptions
    from pellucid.sources.rows import Rows
    from pellucid.sources.source import Source


def rows_for(
    opened: Opened,
    given: str | None,
    target: str | None,
    folder: Path | None,
    broken: str | None,
    stream: bool | None,
) -> tuple[Source, Rows]:
    """A source, and the rows of it for training and for judging.

    ``given`` is SOURCE, all of whose rows are taken; without it, the run's own source and rows are.

    Raises
    ------
    DataError
        Nothing is known of the network's own rows, or they have changed, or the source does not fit the network.
    """
    from pellucid.sources.of_run import options_of

    options = options_of(opened.net, broken, stream)
    if given is None:
        return _own_rows(opened, target, folder, options)
    return _all_rows(opened, given, target, folder, options)


def inputs_of(net: Network, material: Source, data: Dataset) -> Any:
    """Samples of a source as ``predict`` takes them.

    A table's columns become numbers here, where the network does not say itself what becomes of them.
    """
    from pellucid.cli.tables import numeric_inputs
    from pellucid.tables.preparation import preparation_of

    numeric = material.kind == "table" and preparation_of(net.preparation) is None
    return numeric_inputs(data.X, net) if numeric else data.X


def _own_rows(opened: Opened, target: str | None, folder: Path | None, options: PictureOptions) -> tuple[Source, Rows]:
    """The rows that a run was judged by."""
    from pellucid.sources.hashes import data_hash
    from pellucid.sources.of_run import source_of
    from pellucid.sources.rows import take_rows

    if opened.run is None:
        raise DataError("Name the data to evaluate on; only a run folder knows its own.")
    if target is not None:
        raise DataError("--target belongs to a SOURCE. Name the table too.")
    about = opened.run.config["data"]
    source = source_of(opened.run.config, options, folder)
    if data_hash(source.data) != about["sha256"]:
        raise DataError(
            f"{about['source']} has changed since the training, so the held-out rows cannot be told apart. "
            f"Name the {'file' if about['kind'] == 'table' else 'source'} to evaluate on all its {source.noun}s."
        )
    return source, take_rows(source, about["held_out_share"] or 0.0, about["split_seed"])


def _all_rows(
    opened: Opened, given: str, target: str | None, folder: Path | None, options: PictureOptions
) -> tuple[Source, Rows]:
    """All rows of a source; its test set, where it has one."""
    from pellucid.cli.sample import check_fits
    from pellucid.sources.hashes import cells_hash, data_hash, file_hash
    from pellucid.sources.load import source_kind
    from pellucid.sources.of_run import load_as
    from pellucid.sources.rows import Rows, take_rows
    from pellucid.sources.source import WITH_TASK
    from pellucid.sources.table import load_like
    from pellucid.tables.preparation import preparation_of
    from pellucid.tables.raw import NoColumnError

    kind = source_kind(given)
    task = None if kind not in WITH_TASK else "numbers" if opened.net.class_names is None else "classes"
    about = {} if opened.run is None else opened.run.config["data"]
    if kind == "table" and _from_disk(opened.net, given, options.stream):
        source = load_like(given, opened.net, target or opened.target)
        found = source.data.n == about.get("samples") and (
            file_hash(Path(given)) if about.get("streamed") else cells_hash(source)
        )
    else:
        if kind == "table":
            options = replace(options, stream=False)  # its rows are prepared as the network says
        goal = (target or _target_of(opened)) if kind == "table" else target
        try:
            source = load_as(given, goal, folder, task, options)
        except NoColumnError as error:
            if target is not None:
                raise
            raise DataError(
                f'{given}: there is no column "{goal}" with the true answers, so the network cannot be judged by it. '
                f"Add it, or name the column that has them by --target; pellucid predict needs none."
            ) from error
        preparation = preparation_of(opened.net.preparation) if kind == "table" else None
        if kind != "table":
            check_fits(opened.net, source.data, given)
        elif preparation is not None:
            rows: Any = source.data.X
            preparation.match(rows)  # columns that are not the network's are told before its classes
        if source.data.test is not None:
            return source, take_rows(source, 0.0, 0)
        of_file = kind == about.get("kind") == "table" and about.get("streamed")
        found = file_hash(Path(given)) if of_file else data_hash(source.data)
    if found != about.get("sha256"):
        return source, Rows(source.data, source.data, f"{source.noun}s")
    held_out = f", all but {about['judged_samples']:,} of which it was trained on" if about["held_out_share"] else ""
    return source, Rows(source.data, source.data, f"{source.noun}s{held_out or ' that it was trained on'}")


def _from_disk(net: Network, given: str, stream: bool | None) -> bool:
    """Whether a table is read from disk: as the user says, else where it is too large. Its network must know how its
    rows are prepared."""
    from pellucid.sources.table import too_large
    from pellucid.tables.preparation import preparation_of

    return preparation_of(net.preparation) is not None and (too_large(Path(given)) if stream is None else stream)


def _target_of(opened: Opened) -> str | None:
    """The target column's name, from the run or from the network's preparation."""
    return opened.target or (opened.net.preparation or {}).get("target")
