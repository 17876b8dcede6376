"""Keys for what layers draw at random: functions of seed, update and layer alone, so nothing depends on a history."""

from __future__ import annotations

from pellucid.engines.cpu.lanes import compiled
from pellucid.engines.cpu.run import SEED, STEP, UPDATES


@compiled
def mixed(a, b):
    """Two 64-bit numbers mixed to one (the finishing steps of SplitMix64)."""
    h = a * 0x1E3779B97F4A7C15 + b
    h = (h ^ ((h >> 30) & 0x3FFFFFFFF)) * 0x3F58476D1CE4E5B9
    h = (h ^ ((h >> 27) & 0x1FFFFFFFFF)) * 0x14D049BB133111EB
    return h ^ ((h >> 31) & 0x1FFFFFFFF)


@compiled
def mask_key(run, number):
    """The key of this update in the layer that is the network's ``number``-th."""
    return mixed(mixed(run[SEED], run[UPDATES] + run[STEP]), number)
