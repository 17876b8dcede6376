"""The formats that a network can be exported to, and the one door to them."""

from __future__ import annotations

import importlib
import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.errors import DescriptionError, nearest, unknown

if TYPE_CHECKING:
    from pellucid.network import Network


@dataclass(frozen=True)
class Format:
    """A row of the table.

    Attributes
    ----------
    name : str
        What ``to=`` and ``--to`` call it.
    suffix : str
        The ending of a file by which it is chosen.
    module : str
        Where its ``export(net, path, **options)`` is, which writes files and returns their paths.
    what : str
        What comes out, for help.
    raw : bool
        Whether it takes a table's raw columns, so that the preparation is inside.
    """

    name: str
    suffix: str
    module: str
    what: str
    raw: bool = True

    @property
    def export(self) -> Callable[..., tuple[Path, ...]]:
        """The function that writes it."""
        found: Callable[..., tuple[Path, ...]] = importlib.import_module(self.module).export
        return found

    @property
    def options(self) -> list[str]:
        """The options that it takes."""
        return [p.name for p in inspect.signature(self.export).parameters.values() if p.kind is p.KEYWORD_ONLY]


FORMATS = {
    row.name: row
    for row in [
        Format("onnx", ".onnx", "pellucid.exchange.onnx.write", "a model for onnxruntime and other tools"),
        Format("keras", ".keras", "pellucid.exchange.keras.write", "a model for Keras 3", raw=False),
        Format(
            "torch", ".safetensors", "pellucid.exchange.torch.write", "PyTorch's state dict, and its module", raw=False
        ),
        Format("python", ".py", "pellucid.exchange.python.write", "a program that needs NumPy alone, and its test"),
        Format("c", ".c", "pellucid.exchange.c.write", "C99 that needs libm alone, and its test"),
        Format("excel", ".xlsx", "pellucid.exchange.excel", "a workbook of live formulas that predicts"),
    ]
}


def export(net: Network, path: str | os.PathLike[str], to: str | None = None, **options: Any) -> tuple[Path, ...]:
    """Write a network for another tool; see :meth:`pellucid.Network.export`."""
    path = Path(path)
    chosen = find(path, to)
    for name in options:
        if name not in chosen.options:
            has = f"It has: {', '.join(chosen.options)}." if chosen.options else "It has none."
            raise DescriptionError(
                f'Format "{chosen.name}" has no option "{name}".{nearest(name, chosen.options)} {has}'
            )
    return chosen.export(net, path, **options)


def find(path: Path, to: str | None) -> Format:
    """The format that is asked for, or the one that the path's ending says.

    >>> find(Path("model.onnx"), None).name, find(Path("model.txt"), "c").name
    ('onnx', 'c')
    """
    if to is not None:
        if to not in FORMATS:
            raise unknown("format", to, FORMATS)
        return FORMATS[to]
    for row in FORMATS.values():
        if path.suffix.lower() == row.suffix:
            return row
    known = ", ".join(f'{row.suffix} ("{row.name}")' for row in FORMATS.values())
    words = f'{path}: the ending does not say which format is meant. Known endings: {known}; or give to="onnx".'
    raise DescriptionError(words)
