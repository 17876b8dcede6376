"""Pictures as the engine changes them, for looking at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.errors import DataError

if TYPE_CHECKING:
    from pellucid.layers.augment.spec import Augment


def augmented(layer: Augment, X: ArrayLike, seed: int = 0, count: int = 1) -> NDArray[np.float32]:
    """Random versions of pictures, as a network that begins with ``layer`` would see them while it trains.

    A network of this layer and one unit makes ``count`` steps of training with a learning rate of 0, and what went
    through is read.

    Parameters
    ----------
    layer : Augment
    X : array (B, H, W, C), or (B, H, W) for grey pictures
    seed : int
        The same seed gives the same versions.
    count : int
        Versions of each picture.

    Returns
    -------
    float32 ndarray (B, count, *shape of a picture)

    Raises
    ------
    DataError
        X holds no pictures.

    Examples
    --------
    >>> from pellucid.layers.augment.spec import Augment
    >>> augmented(Augment(flip="horizontal"), [[[1.0, 2.0]]], seed=2, count=4).reshape(4, 2)
    array([[1., 2.],
           [1., 2.],
           [2., 1.],
           [2., 1.]], dtype=float32)
    """
    from pellucid.engines import Data, make_engine
    from pellucid.layers import Dense, Flatten, Input
    from pellucid.layers.base import check_whole
    from pellucid.network import Network

    pictures = np.ascontiguousarray(X, np.float32)
    if pictures.ndim not in (3, 4) or not pictures.size:
        raise DataError(f"augmented: X must hold pictures, of shape (B, H, W, C) or (B, H, W), got {pictures.shape}.")
    shape = (*pictures.shape[1:], 1)[:3]
    net = Network([Input(shape), layer, Flatten(name="pixels"), Dense(1)])
    net.compile(loss="mean_squared_error", optimizer="gradient_descent")
    plan = net.plan(16, labels=False)
    engine = make_engine(plan, threads=1)
    numbers, found = np.zeros((1, 3)), np.empty((len(pictures), check_whole(count, "count"), *shape), np.float32)
    slot = plan.outputs[net.layers[0][0]]
    for first in range(0, len(pictures), 16):
        some = pictures[first : first + 16].reshape(-1, plan.slots["input"].units)
        data = Data(some, np.zeros((len(some), 1), np.float32))
        for version in range(count):
            update = first // 16 * count + version  # another one for every version and group of pictures
            for _ in engine.steps("train", data, batch_size=16, step_numbers=numbers, updates=update, seed=seed):
                found[first : first + 16, version] = engine.read(slot).reshape(-1, *shape)
    return found.reshape(len(pictures), count, *pictures.shape[1:])
