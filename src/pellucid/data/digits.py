"""The 8×8 handwritten digits that come with scikit-learn."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.data.dataset import Dataset
from pellucid.errors import DataError

GREY_LEVELS = 16  # each pixel is the number of ink dots, 0 to 16, in a square of 4×4


def load_digits() -> Dataset:
    """Return scikit-learn's digits: 1,797 pictures of 8×8 pixels.

    Returns
    -------
    Dataset
        ``X`` float32 (1797, 8, 8) from 0 (paper) to 1 (ink), ``y`` int64 (1797,) from 0 to 9.

    Raises
    ------
    DataError
        scikit-learn is not installed.

    Notes
    -----
    The test set of E. Alpaydin and C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning
    Repository, 1998.

    Examples
    --------
    >>> data = load_digits()
    >>> data.X.shape, data.y[:3].tolist()
    ((1797, 8, 8), [0, 1, 2])
    """
    table = _table()
    X = (table[:, :64].reshape(-1, 8, 8) / GREY_LEVELS).astype(np.float32)
    y = table[:, 64].astype(np.int64)
    names = tuple(str(d) for d in range(10))
    description = "Handwritten digits of 43 people, 8×8 pixels (Alpaydin and Kaynak, UCI, 1998)."
    return Dataset("digits", X, y, None, names, description)


def _table() -> NDArray[Any]:
    """The 64 pixels and the label of each picture, (1797, 65)."""
    # Importing sklearn.datasets takes seconds; its own CSV file is read in less than a tenth of one. Finding the
    # package does not import it. Where the file is not there, in another version, scikit-learn itself is asked.
    spec = importlib.util.find_spec("sklearn")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        file = Path(folder, "datasets", "data", "digits.csv.gz")
        if file.is_file():
            return np.loadtxt(file, delimiter=",")
    try:
        from sklearn import datasets
    except ImportError as error:
        raise DataError("The digits come with scikit-learn. Run: pip install scikit-learn") from error
    pixels, labels = datasets.load_digits(return_X_y=True)
    return np.column_stack([pixels, labels])
