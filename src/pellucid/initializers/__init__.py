"""First values of the parameters, and the random numbers they are drawn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pellucid.initializers.generator import generator as generator  # at once: its module has the same name
from pellucid.lazy import lazy
from pellucid.named import Places, Table

if TYPE_CHECKING:
    from pellucid.initializers.base import Initializer as Initializer
    from pellucid.initializers.constants import Constant as Constant
    from pellucid.initializers.constants import Ones as Ones
    from pellucid.initializers.constants import Zeros as Zeros
    from pellucid.initializers.orthogonal import Orthogonal as Orthogonal
    from pellucid.initializers.plain import Normal as Normal
    from pellucid.initializers.plain import Uniform as Uniform
    from pellucid.initializers.scaled import GlorotNormal as GlorotNormal
    from pellucid.initializers.scaled import GlorotUniform as GlorotUniform
    from pellucid.initializers.scaled import HeNormal as HeNormal
    from pellucid.initializers.scaled import HeUniform as HeUniform
    from pellucid.initializers.scaled import LecunNormal as LecunNormal
    from pellucid.initializers.scaled import LecunUniform as LecunUniform

_KINDS: Places[Initializer] = Places(
    __name__,
    {
        "zeros": "constants.Zeros",
        "ones": "constants.Ones",
        "constant": "constants.Constant",
        "uniform": "plain.Uniform",
        "normal": "plain.Normal",
        "glorot_uniform": "scaled.GlorotUniform",
        "glorot_normal": "scaled.GlorotNormal",
        "he_uniform": "scaled.HeUniform",
        "he_normal": "scaled.HeNormal",
        "lecun_uniform": "scaled.LecunUniform",
        "lecun_normal": "scaled.LecunNormal",
        "orthogonal": "orthogonal.Orthogonal",
    },
)
INITIALIZERS: Table[Initializer] = Table("initializer", _KINDS)

_PLACES = _KINDS.modules | {"Initializer": "base"}

if not TYPE_CHECKING:  # they cannot compute it, and take all names above
    __all__ = sorted([*_PLACES, "INITIALIZERS", "generator"])
__getattr__, __dir__ = lazy(__name__, _PLACES)
