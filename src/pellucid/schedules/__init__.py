"""Learning rates over time: which rate each update uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pellucid.lazy import lazy
from pellucid.schedules.table import KINDS
from pellucid.schedules.table import SCHEDULES as SCHEDULES
from pellucid.schedules.table import as_schedule as as_schedule

if TYPE_CHECKING:
    from pellucid.schedules.base import Schedule as Schedule
    from pellucid.schedules.constant import Constant as Constant
    from pellucid.schedules.cosine import Cosine as Cosine
    from pellucid.schedules.decay import Exponential as Exponential
    from pellucid.schedules.decay import Step as Step
    from pellucid.schedules.one_cycle import OneCycle as OneCycle
    from pellucid.schedules.warm_up import WarmUp as WarmUp

_PLACES = KINDS.modules | {"Schedule": "base"}

if not TYPE_CHECKING:  # they cannot compute it, and take all names above
    __all__ = sorted([*_PLACES, "SCHEDULES", "as_schedule"])
__getattr__, __dir__ = lazy(__name__, _PLACES)
