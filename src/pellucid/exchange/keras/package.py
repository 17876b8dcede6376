"""The h5py package, which is installed with ``pellucid[keras]``."""

from __future__ import annotations

from typing import Any

from pellucid.errors import PellucidError


def find_h5py() -> Any:
    """The package, or the error that says how to install it."""
    try:
        import h5py
    except ImportError as error:
        raise PellucidError(
            'Keras files need the package h5py. Install it with: pip install "pellucid[keras]"'
        ) from error
    return h5py
