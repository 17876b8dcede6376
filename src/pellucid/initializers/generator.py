"""One stream of random numbers for each parameter, so that parameters do not depend on one another."""

from __future__ import annotations

import hashlib
from numbers import Integral

import numpy as np

from pellucid.errors import DescriptionError


def generator(seed: int, name: str) -> np.random.Generator:
    """Return the random numbers of the parameter called ``name``, in a network with this ``seed``.

    The stream depends on the seed and the name alone: adding, dropping or resizing a layer leaves the first weights of
    all others as they were. The name enters by its BLAKE2b hash, which, unlike Python's ``hash``, is the same in every
    process; the bit generator is PCG64 by name, so that a later default of NumPy's changes nothing.

    Parameters
    ----------
    seed : int
        0 or more.
    name : str
        The parameter's name in the network, such as ``"dense_1/weights"``.

    Examples
    --------
    >>> a, b = generator(7, "dense_1/weights"), generator(7, "dense_1/weights")
    >>> a.random() == b.random()
    True
    >>> generator(7, "dense_2/weights").random() == generator(7, "dense_1/weights").random()
    False
    """
    if isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0:
        raise DescriptionError(f"The seed must be a whole number of 0 or more, not {seed!r}. Use seed=0.")
    digest = hashlib.blake2b(name.encode(), digest_size=16).digest()
    words = tuple(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(int(seed), spawn_key=words)))
