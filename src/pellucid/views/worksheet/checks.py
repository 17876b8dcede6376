"""Checks: does every formula give what the engine computed?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pellucid.optimizers.worksheet import words_of
from pellucid.training.steps import Followed
from pellucid.views.worksheet.cells import Block, on
from pellucid.views.worksheet.sheets import Sheet
from pellucid.views.worksheet.write import EXPECTED

if TYPE_CHECKING:
    from pellucid.views.worksheet.rows import Rows

CHECK = "Check"
FIRST = 8  # the first row of the list, from 1
ROUNDING = 1e-15  # of 1 and of the largest number of a block: what is left where large terms cancel
ENLARGED = 1e-6  # the same where an optimizer divides what is left by its own size


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


def changed(start: Sheet, rows: Rows | None = None) -> str:
    """How many of the given numbers, and cells of raw rows, are not what they were."""
    given = [(start.name, block.area) for block in start.blocks if block.formulas is None]
    given += [] if rows is None else [(rows.name, rows.area)]
    return "+".join(f"SUMPRODUCT(--({on(name, area)}<>{on(EXPECTED.format(name), area)}))" for name, area in given)


def verdict(count: int, given: str = "numbers on Start") -> str:
    """All checks in a sentence; ``given``: what else may have been changed."""
    differing = f"SUM(D{FIRST}:D{FIRST + count - 1})"
    return (
        f'IF(B4>0,"{given} were changed, so Pellucid\'s no longer apply",'
        f'IF({differing}=0,"all agree",{differing}&" numbers differ"))'
    )


def rounding_of(followed: Followed) -> float:
    """What rounding may make of a number, as a share of 1 and of the largest number of its block.

    A gradient that would be 0, such as that of a bias before BatchNorm, is a rest of rounding, another one in each
    program. Adam and its like divide it by its own size, so that the new parameters differ far more than the rest did.
    """
    if "SQRT" not in words_of(followed.network.optimizer).value:
        return ROUNDING
    for step in followed.steps:
        sizes = np.abs([g for name, array in step.values.items() if name.endswith(".gradient") for g in array.ravel()])
        if ((sizes > 0) & (sizes < 1e-13 * sizes.max())).any():
            return ENLARGED
    return ROUNDING


def _check(block: Block) -> Check:
    here, there = block.area_on(block.sheet), block.area_on(EXPECTED.format(block.sheet))
    size = block.values.size
    room = f"tolerance*ABS({there})+rounding*(1+MAX(ABS({there})))"
    wrong = f"SUMPRODUCT(--(ABS({here}-{there})>{room}))"
    # A cell with an error, for instance of an input that is text, counts as all different.
    return Check(block, f"IFERROR({wrong},{size})", f'IFERROR(SUMPRODUCT(MAX(ABS({here}-{there}))),"error")')
