"""A workbook that predicts, for Excel and LibreOffice: see :mod:`pellucid.views.worksheet.predictor`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.errors import DescriptionError
from pellucid.exchange.samples import take

if TYPE_CHECKING:
    from pellucid.network import Network


def export(net: Network, path: Path, *, samples: Any = None) -> tuple[Path, ...]:
    """Write the workbook.

    Parameters
    ----------
    samples : array or table, optional
        The rows that it begins with; some that are drawn unless given.

    Raises
    ------
    DescriptionError
        A layer or activation without spreadsheet formulas, more cells than a small workbook has, or another ending.
    """
    from pellucid.record.model_file import write_whole
    from pellucid.views.worksheet.predictor import build_predictor, write_predictor

    if path.suffix.lower() != ".xlsx":
        raise DescriptionError(f'{path}: expected a file that ends with .xlsx, not "{path.suffix}".')
    write_whole(path, write_predictor(net, build_predictor(net, take(net, samples).X)))
    return (path,)
