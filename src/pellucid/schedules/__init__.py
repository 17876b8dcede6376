"""Learning rates over time: which rate each update uses."""

from __future__ import annotations

from pellucid.schedules.base import Schedule
from pellucid.schedules.constant import Constant
from pellucid.schedules.cosine import Cosine
from pellucid.schedules.decay import Exponential, Step
from pellucid.schedules.one_cycle import OneCycle
from pellucid.schedules.table import SCHEDULES, as_schedule
from pellucid.schedules.warm_up import WarmUp

__all__ = [
    "SCHEDULES",
    "Constant",
    "Cosine",
    "Exponential",
    "OneCycle",
    "Schedule",
    "Step",
    "WarmUp",
    "as_schedule",
]
