"""The rows that a saved network is judged by: a run's own, or all of a source that is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.cli import picture_options as po
from pellucid.errors import DataError

if TYPE_CHECKING:
    from pellucid.cli.models import Opened
    from pellucid.cli.rows import Rows
    from pellucid.cli.sources import Source
    from pellucid.data import Dataset
    from pellucid.network import Network


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
    options = _picture_options(opened.net, broken, stream)
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


def _own_rows(
    opened: Opened, target: str | None, folder: Path | None, options: po.PictureOptions
) -> tuple[Source, Rows]:
    """The rows that a run was judged by."""
    from pellucid.cli.rows import take_rows
    from pellucid.cli.sources import WITH_TASK, data_hash

    if opened.run is None:
        raise DataError("Name the data to evaluate on; only a run folder knows its own.")
    if target is not None:
        raise DataError("--target belongs to a SOURCE. Name the table too.")
    about = opened.run.config["data"]
    target = about["target"] if about["kind"] == "table" else None
    task = about["task"] if about["kind"] in WITH_TASK else None
    if folder is None and about["folder"] is not None:
        folder = Path(about["folder"])
    how: dict[str, Any] = {}
    if about.get("streamed"):  # prepared anew, as it was for the training
        options = replace(options, stream=True)
        chosen = opened.run.config["options"]["given"]
        how = {name: chosen[key] for name, key in (("columns", "column"), ("missing", "missing")) if key in chosen}
        how["aside"] = about["held_out_share"] or 0.0, about["split_seed"]
    elif about["kind"] == "table":
        options = replace(options, stream=False)
    source = _load(about["source"], target, folder, task, options, **how)
    if data_hash(source.data) != about["sha256"]:
        raise DataError(
            f"{about['source']} has changed since the training, so the held-out rows cannot be told apart. "
            f"Name the {'file' if about['kind'] == 'table' else 'source'} to evaluate on all its {source.noun}s."
        )
    return source, take_rows(source, about["held_out_share"] or 0.0, about["split_seed"])


def _all_rows(
    opened: Opened, given: str, target: str | None, folder: Path | None, options: po.PictureOptions
) -> tuple[Source, Rows]:
    """All rows of a source; its test set, where it has one."""
    from pellucid.cli.rows import Rows, take_rows
    from pellucid.cli.sample import check_fits
    from pellucid.cli.sources import WITH_TASK, data_hash, file_hash, source_kind
    from pellucid.cli.tables import cells_hash, load_like

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
        source = _load(given, (target or _target_of(opened)) if kind == "table" else target, folder, task, options)
        if kind != "table":
            check_fits(opened.net, source.data, given)
        if source.data.test is not None:
            return source, take_rows(source, 0.0, 0)
        found = file_hash(Path(given)) if about.get("streamed") else data_hash(source.data)
    if found != about.get("sha256"):
        return source, Rows(source.data, source.data, f"{source.noun}s")
    held_out = f", all but {about['judged_samples']:,} of which it was trained on" if about["held_out_share"] else ""
    return source, Rows(source.data, source.data, f"{source.noun}s{held_out or ' that it was trained on'}")


def _from_disk(net: Network, given: str, stream: bool | None) -> bool:
    """Whether a table is read from disk: as the user says, else where it is too large. Its network must know how its
    rows are prepared."""
    from pellucid.cli.tables import too_large
    from pellucid.tables.preparation import preparation_of

    return preparation_of(net.preparation) is not None and (too_large(Path(given)) if stream is None else stream)


def _load(
    given: str, target: str | None, folder: Path | None, task: str | None, options: po.PictureOptions, **table: Any
) -> Source:  # fmt: skip
    from pellucid.cli.sources import load_source, source_kind

    if source_kind(given) != "pictures":
        options = po.PictureOptions(broken=options.broken, stream=options.stream)  # the others were not given
    elif options.size is None:
        raise DataError(f"{given} holds pictures, and this network was not trained on pictures.")
    return load_source(given, target, folder, task, options=options, **table)


def _target_of(opened: Opened) -> str | None:
    """The target column's name, from the run or from the network's preparation."""
    return opened.target or (opened.net.preparation or {}).get("target")


def _picture_options(net: Network, broken: str | None, stream: bool | None) -> po.PictureOptions:
    """Pictures are read as the network was trained on them."""
    form = po.network_form(net)
    if form is None:
        return po.PictureOptions(broken=broken, stream=stream)
    return po.PictureOptions(form.size, form.channels, form.fit, broken, stream, form.background)
