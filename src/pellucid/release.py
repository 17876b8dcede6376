"""The release of an installed package, found without importing much."""

from __future__ import annotations

import importlib.util
from pathlib import Path


def release_of(package: str) -> str:
    """The release of an installed package, as the folder beside it is called that says what was installed.

    Where there is not one such folder, ``importlib.metadata`` is asked, which takes longer to import than the engine's
    kernels to load.

    Examples
    --------
    >>> import numpy
    >>> release_of("numpy") == numpy.__version__
    True
    """
    spec = importlib.util.find_spec(package)
    if spec is not None and spec.origin is not None:
        found = list(Path(spec.origin).parents[1].glob(f"{package}-*.dist-info"))
        if len(found) == 1:
            return found[0].stem.partition("-")[2]
    from importlib.metadata import version

    return version(package)
