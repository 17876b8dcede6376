"""DATA and --row on the command line: one sample and its target."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pellucid.errors import DataError

if TYPE_CHECKING:
    from pellucid.cli.models import Opened
    from pellucid.data import Dataset
    from pellucid.network import Network

Row = Annotated[int, typer.Option("--row", min=1, metavar="N", help="Which row of DATA, from 1.")]
SAMPLE_HELP = (
    "Where a sample is taken from: a CSV file, with or without the target column; digits, mnist, pictures-4x3; an .npz "
    "file; a folder of IDX files; a picture, or a folder with one folder of pictures for each class."
)
Data = Annotated[str | None, typer.Argument(metavar="DATA", help=SAMPLE_HELP, show_default=False)]
NeededData = Annotated[str, typer.Argument(metavar="DATA", help=SAMPLE_HELP, show_default=False)]


def take_sample(opened: Opened, given: str, row: int, target: str | None, folder: Path | None) -> tuple[Any, Any]:
    """One sample, of the network's input shape, and its target or None.

    Raises
    ------
    DataError
        There is no such row, or the data do not fit the network.
    """
    import numpy as np

    X, true = samples(opened, given, target, folder)
    if row > len(X):
        raise DataError(f"{given}: --row {row} is past its last row, {len(X):,}. Give a number from 1 to {len(X):,}.")
    x = X.take([row - 1])[0] if hasattr(X, "class_names") else X[row - 1]
    net = opened.net
    if x.size != int(np.prod(net.input_shape)):
        came, wanted = ("×".join(map(str, shape)) for shape in (x.shape, net.input_shape))
        raise DataError(f"{given}: a sample has the shape {came}, but the network takes {wanted}.")
    y = None if true is None else target_of(opened, true[row - 1], given)
    return np.asarray(x, float).reshape(net.input_shape), y


def take_first(
    opened: Opened, given: str, limit: int | None, target: str | None, folder: Path | None
) -> tuple[Any, Any]:
    """The first samples and their targets, as ``fit`` takes them.

    Raises
    ------
    DataError
        The data have no targets, or do not fit the network.
    """
    import numpy as np

    X, true = samples(opened, given, target, folder)
    if true is None:
        raise DataError(f"{given} has no targets, so nothing can be learned from it. Give data with a target.")
    count = len(X) if limit is None else min(limit, len(X))
    rows = X.take(range(count)) if hasattr(X, "class_names") else X[:count]
    size, wanted = rows[0].size if count else 0, int(np.prod(opened.net.input_shape))
    if size != wanted:
        raise DataError(f"{given}: a sample has {size} numbers, but the network takes {wanted}.")
    y = [target_of(opened, written, given) for written in true[:count]]
    return np.asarray(rows, float).reshape(count, *opened.net.input_shape), y


def samples(opened: Opened, given: str, target: str | None, folder: Path | None) -> tuple[Any, list[str] | None]:
    """The inputs of all samples, of a table or of pictures, and the truth in words where the data have it."""
    from pellucid.cli.predict_pictures import is_picture
    from pellucid.sources.load import load_source
    from pellucid.sources.picture_options import PictureOptions, network_form
    from pellucid.training.samples import prepared

    form = network_form(opened.net)
    if given == "-" or not is_picture(given):
        X, true = rows_with_truth(opened, given, target, folder)
        return prepared(opened.net, X, given), true
    if form is None:
        raise DataError(f"{given}: this network was not trained on pictures, so it cannot be shown any.")
    if Path(given).is_file() and Path(given).suffix.lower() not in (".csv", ".tsv", ".txt", ".npz"):
        import numpy as np

        from pellucid.data.picture import read_as

        return np.asarray(read_as(Path(given), form), np.float32)[np.newaxis] / np.float32(255), None
    options = PictureOptions(form.size, form.channels, form.fit, background=form.background)
    return _judged(load_source(given, quiet=True, options=options).data)


def rows_with_truth(
    opened: Opened, given: str, target: str | None, folder: Path | None
) -> tuple[Any, list[str] | None]:
    """The samples, and the true answers where the data have them."""
    from pellucid.cli.tables import STDIN, rows_to_predict
    from pellucid.sources.load import load_source, refuse_folder, source_kind

    if given != STDIN and source_kind(given) != "table":
        data = load_source(given, target, folder).data
        check_fits(opened.net, data, given)
        return _judged(data)
    refuse_folder(folder, given)
    table = rows_to_predict(given, opened.net, target or opened.target, told=target is not None)
    return table.X, table.true


def check_fits(net: Network, data: Dataset, given: str) -> None:
    """Refuse samples of another size than those of the network.

    Raises
    ------
    DataError
    """
    from math import prod

    if prod(data.input_shape) != prod(net.input_shape):
        came, wanted = ("×".join(map(str, shape)) for shape in (data.input_shape, net.input_shape))
        raise DataError(
            f"{given}: a sample has the shape {came}, but the network takes {wanted}. Give data like those that it was "
            f"trained on."
        )


def _judged(data: Dataset) -> tuple[Any, list[str]]:
    """The samples of data, or of their test set, and the truth in words."""
    judged, names = data.test or data, data.class_names or ()
    return judged.X, [names[k] if judged.y.dtype.kind in "iu" else str(k) for k in judged.y]


def target_of(opened: Opened, written: str, given: str) -> Any:
    """The target as ``fit`` takes it: a label from 0, or a number."""
    import numpy as np

    from pellucid.cli.outcome import codes
    from pellucid.tables.targets import class_name

    classes = opened.net.class_names
    return float(written) if classes is None else int(codes(np.array([class_name(written, classes)]), classes)[0])
