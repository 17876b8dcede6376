"""Worksheets: a few training steps of a small network as a workbook of live formulas."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.errors import DescriptionError

if TYPE_CHECKING:
    from pellucid.network import Network


def write_worksheet(
    net: Network, path: str | os.PathLike[str], X: Any, y: Any, steps: int, exercise: bool, sample_weight: Any
) -> None:
    """Write the workbook; see :meth:`pellucid.Network.to_excel`."""
    from pellucid.record.model_file import write_whole
    from pellucid.views.worksheet.book import build_book, write_book

    if Path(path).suffix.lower() != ".xlsx":
        raise DescriptionError(f'{path}: expected a file that ends with .xlsx, not "{Path(path).suffix}".')
    write_whole(path, write_book(build_book(net, X, y, steps, sample_weight), exercise))
