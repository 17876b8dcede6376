"""The torch package, which only torch's own objects need."""

from __future__ import annotations

from typing import Any

from pellucid.errors import PellucidError


def find_torch() -> Any:
    """The package, or the error that says how to install it."""
    try:
        import torch
    except ImportError as error:
        raise PellucidError("Modules of PyTorch need the package torch. Install it with: pip install torch") from error
    return torch
