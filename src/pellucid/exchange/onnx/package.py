"""The onnx package, which is installed with ``pellucid[onnx]``."""

from __future__ import annotations

from typing import Any

from pellucid.errors import PellucidError


def find_onnx() -> Any:
    """The package, or the error that says how to install it."""
    try:
        import onnx
    except ImportError as error:
        raise PellucidError(
            'ONNX files need the package onnx. Install it with: pip install "pellucid[onnx]"'
        ) from error
    return onnx
