"""Checks: does every formula give what the engine computed?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pellucid.views.worksheet.cells import Block
from pellucid.views.worksheet.sheets import Sheet
from pellucid.views.worksheet.write import EXPECTED

CHECK = "Check"
FIRST = 8  # the first row of the list, from 1
ROUNDING = "1E-15"  # of 1 and of the largest number of a block: what is left where large terms cancel


@dataclass(frozen=True)
class Check:
    """The comparison of one block with the engine's numbers, as formulas.

    Attributes
    ----------
    block : Block
    differing : str
        How many of its numbers differ by more than the tolerance.
    largest : str
        The largest difference.
    """

    block: Block
    differing: str
    largest: str


def checks_of(sheets: Sequence[Sheet]) -> list[Check]:
    """A check for every block with formulas that the engine knows the numbers of."""
    return [_check(block) for sheet in sheets for block in sheet.blocks if block.checked and block.formulas is not None]


def changed(start: Sheet) -> str:
    """How many of the given numbers are not what they were."""
    return "+".join(
        f"SUMPRODUCT(--({block.area_on(start.name)}<>{block.area_on(EXPECTED.format(start.name))}))"
        for block in start.blocks
    )


def verdict(count: int) -> str:
    """All checks in a sentence."""
    differing = f"SUM(D{FIRST}:D{FIRST + count - 1})"
    return (
        f'IF(B4>0,"numbers on Start were changed, so Pellucid\'s no longer apply",'
        f'IF({differing}=0,"all agree",{differing}&" numbers differ"))'
    )


def _check(block: Block) -> Check:
    here, there = block.area_on(block.sheet), block.area_on(EXPECTED.format(block.sheet))
    size = block.values.size
    room = f"tolerance*ABS({there})+{ROUNDING}*(1+MAX(ABS({there})))"
    wrong = f"SUMPRODUCT(--(ABS({here}-{there})>{room}))"
    # A cell with an error, for instance of an input that is text, counts as all different.
    return Check(block, f"IFERROR({wrong},{size})", f'IFERROR(SUMPRODUCT(MAX(ABS({here}-{there}))),"error")')
