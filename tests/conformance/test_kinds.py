"""The table of kinds is complete: nothing that the library lists escapes the conformance tests."""

import dataclasses

import kinds
import pytest
import torch_formulas
import torch_layers
import torch_updates

from pellucid.activations import ACTIVATIONS
from pellucid.layers import LAYERS
from pellucid.losses import LOSSES
from pellucid.optimizers import OPTIMIZERS
from pellucid.regularizers import REGULARIZERS
from pellucid.schedules import SCHEDULES

TABLES = {
    "ACTIVATIONS": ACTIVATIONS,
    "LOSSES": LOSSES,
    "LAYERS": LAYERS,
    "OPTIMIZERS": OPTIMIZERS,
    "SCHEDULES": SCHEDULES,
    "REGULARIZERS": REGULARIZERS,
}
PEERS = {
    "ACTIVATIONS": torch_formulas.ACTIVATIONS,
    "LOSSES": torch_formulas.LOSSES,
    "LAYERS": torch_layers.LAYERS,
    "OPTIMIZERS": torch_updates.OPTIMIZERS,
    "SCHEDULES": torch_updates.SCHEDULES,
}
# Fields that no row needs to set: names are names, rates of optimizers are set by schedules too, and clipping,
# averaging and initial values are tried by tests of their own.
NOT_TRIED = {"name", "shape", "clip_norm", "clip_value", "average", "activation", "units"}


def missing_rows(registered, rows):
    """Kinds without a row, and rows without a kind."""
    return sorted(set(registered) ^ set(rows))


@pytest.mark.parametrize("table", TABLES)
def test_every_kind_has_a_row(table):
    assert missing_rows(TABLES[table].names, getattr(kinds, table)) == []


@pytest.mark.parametrize("table", PEERS)
def test_every_kind_has_a_peer(table):
    assert missing_rows(TABLES[table].names, PEERS[table]) == []


@pytest.mark.parametrize("table", TABLES)
def test_every_option_is_tried(table):
    for kind in TABLES[table]:
        fields = {field.name for field in dataclasses.fields(kind)} - NOT_TRIED
        tried = set()
        for row in getattr(kinds, table)[kind.kind]:
            layers = [options for name, options in row.get("layers", []) if name == kind.kind]
            tried |= {field for options in (layers or [row]) for field in options}
        assert fields - tried == set(), f"{kind.kind}: no row sets these"


def test_a_kind_without_a_row_is_found():
    assert missing_rows([*LOSSES.names, "poisson"], kinds.LOSSES) == ["poisson"]
    assert missing_rows(LAYERS.names, kinds.LAYERS.keys() - {"Dense"}) == ["Dense"]
