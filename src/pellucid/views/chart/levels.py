"""Where a quantity over a plane is zero, as lines: marching squares (Lorensen and Cline 1987, in two dimensions)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pellucid.views.chart.plot import Plot

# For each of the sixteen patterns of a cell's corners (bottom left, bottom right, top right, top left: 1, 2, 4, 8 where
# above zero), the sides that a line joins: 0 bottom, 1 right, 2 top, 3 left.
SIDES: dict[int, tuple[tuple[int, int], ...]] = {
    1: ((3, 0),), 2: ((0, 1),), 3: ((3, 1),), 4: ((1, 2),), 5: ((3, 0), (1, 2)), 6: ((0, 2),), 7: ((3, 2),),
    8: ((2, 3),), 9: ((0, 2),), 10: ((0, 1), (2, 3)), 11: ((1, 2),), 12: ((3, 1),), 13: ((0, 1),), 14: ((3, 0),),
}  # fmt: skip


def zero_lines(x: NDArray[np.float64], y: NDArray[np.float64], z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pieces of the lines along which z is 0, each from one side of a cell of the grid to another.

    Parameters
    ----------
    x, y : ndarray (W,), (H,)
        Where z is known.
    z : ndarray (H, W)

    Returns
    -------
    ndarray (pieces, 2, 2)
        Start and end of each, as (x, y).

    Examples
    --------
    >>> import numpy as np
    >>> zero_lines(np.array([0.0, 1.0]), np.array([0.0, 2.0]), np.array([[-1.0, 1.0], [-1.0, 3.0]])).tolist()
    [[[0.5, 0.0], [0.25, 2.0]]]
    """
    low, right, high, left = z[:-1, :-1], z[:-1, 1:], z[1:, 1:], z[1:, :-1]
    pattern = (low > 0) * 1 + (right > 0) * 2 + (high > 0) * 4 + (left > 0) * 8
    pieces = []
    for kind, pairs in SIDES.items():
        i, j = np.nonzero(pattern == kind)
        if not len(i):
            continue
        corners = [(i, j), (i, j + 1), (i + 1, j + 1), (i + 1, j)]  # bottom left, and on against the clock
        for pair in pairs:
            ends = []
            for side in pair:
                (a, b), (c, d) = corners[side], corners[(side + 1) % 4]
                share = z[a, b] / (z[a, b] - z[c, d])
                ends.append(np.stack([x[b] + share * (x[d] - x[b]), y[a] + share * (y[c] - y[a])], axis=-1))
            pieces.append(np.stack(ends, axis=1))
    return np.concatenate(pieces) if pieces else np.zeros((0, 2, 2))


def draw_zero_lines(
    plot: Plot, x: NDArray[np.float64], y: NDArray[np.float64], z: NDArray[np.float64], colour: str, width: float
) -> None:
    """Draw them."""
    pieces = zero_lines(x, y, z)
    if len(pieces):
        px, py = plot.x(pieces[..., 0]).tolist(), plot.y(pieces[..., 1]).tolist()
        path = "".join(f"M{a:.1f} {c:.1f}L{b:.1f} {d:.1f}" for (a, b), (c, d) in zip(px, py, strict=True))
        plot.canvas.curve(path, plot.box, colour, width, kind="boundary")
