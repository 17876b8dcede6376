"""First values of the parameters, and the random numbers they are drawn from."""

from __future__ import annotations

from pellucid.initializers.base import Initializer
from pellucid.initializers.constants import Constant, Ones, Zeros
from pellucid.initializers.generator import generator
from pellucid.initializers.orthogonal import Orthogonal
from pellucid.initializers.plain import Normal, Uniform
from pellucid.initializers.scaled import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
)
from pellucid.named import Table

INITIALIZERS: Table[Initializer] = Table(
    "initializer",
    [
        Zeros,
        Ones,
        Constant,
        Uniform,
        Normal,
        GlorotUniform,
        GlorotNormal,
        HeUniform,
        HeNormal,
        LecunUniform,
        LecunNormal,
        Orthogonal,
    ],
)

__all__ = [
    "INITIALIZERS",
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Normal",
    "Ones",
    "Orthogonal",
    "Uniform",
    "Zeros",
    "generator",
]
