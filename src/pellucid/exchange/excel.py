"""A workbook that predicts, for Excel and LibreOffice: see :mod:`pellucid.views.worksheet.predictor`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.errors import DescriptionError
from pellucid.exchange.columns import draw_rows
from pellucid.exchange.samples import take
from pellucid.tables.preparation import preparation_of

if TYPE_CHECKING:
    from pellucid.network import Network


def export(net: Network, path: Path, *, samples: Any = None) -> tuple[Path, ...]:
    """Write the workbook. Of a network that was trained on a table it takes raw rows, and makes inputs of them.

    Parameters
    ----------
    samples : array or table, optional
        The rows that it begins with; some that are drawn unless given.

    Raises
    ------
    DescriptionError
        More cells than a small workbook has, or another ending.
    """
    from pellucid.record.model_file import write_whole
    from pellucid.views.worksheet.predictor import build_predictor, write_predictor

    if path.suffix.lower() != ".xlsx":
        raise DescriptionError(f'{path}: expected a file that ends with .xlsx, not "{path.suffix}".')
    preparation = preparation_of(net.preparation)
    if samples is None and preparation is not None:
        samples = draw_rows(preparation, usual=True)
    taken = take(net, samples)
    write_whole(path, write_predictor(net, build_predictor(net, taken.X, taken.rows)))
    return (path,)
