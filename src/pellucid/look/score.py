"""What a network for tables says about one row, and which column adds how much, as a value that can be shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.drawn import Drawn
from pellucid.trace.numbers import shown_number

if TYPE_CHECKING:
    from pellucid.views.diagram import Diagram

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Score(Drawn):
    """What a network says about one row, and which column adds how much.

    Attributes
    ----------
    output : str
        What is scored: ``p(yes)``, or the target's name.
    members : ndarray (members,)
        What each member says.
    usual_members : ndarray (members,)
        What each says of the usual row.
    columns, cells, usual : tuple of str
        The columns that the network uses, the row's cells, and the usual row's.
    parts : ndarray (columns, members)
        What the column adds, by each member: for each member they add up to ``members`` − ``usual_members``.
    true : str, optional
        The target, where the row has it.
    """

    output: str
    members: Array
    usual_members: Array
    columns: tuple[str, ...]
    cells: tuple[str, ...]
    usual: tuple[str, ...]
    parts: Array
    true: str | None = None

    @property
    def value(self) -> float:
        """The score: the mean of the members."""
        return float(self.members.mean())

    @property
    def usual_value(self) -> float:
        """The score of the usual row."""
        return float(self.usual_members.mean())

    @property
    def spread(self) -> float:
        """The standard deviation between the members (dividing by members − 1); NaN for one.

        Members differ in their rows and their start; so it says how much the answer depends on these, not how likely
        it is to be wrong.
        """
        return float(_spread(self.members))

    @property
    def mean(self) -> Array:
        """What each column adds (columns,); the sum is ``value`` − ``usual_value``."""
        return np.asarray(self.parts.mean(axis=1))

    @property
    def spreads(self) -> Array:
        """The standard deviation of each column's part between the members (columns,); NaN for one member."""
        return np.asarray(_spread(self.parts))

    def order(self) -> NDArray[np.int64]:
        """The columns' numbers, those that add or take the most first."""
        return np.argsort(-np.abs(self.mean), kind="stable").astype(np.int64)

    def rows(self) -> list[tuple[str, str, str, float, float]]:
        """(column, cell, usual cell, part, spread) of each column, the largest part first."""
        mean, spreads = self.mean, self.spreads
        return [
            (self.columns[k], self.cells[k], self.usual[k], float(mean[k]), float(spreads[k])) for k in self.order()
        ]

    def to_dict(self) -> dict[str, Any]:
        """The plain-data form, fit for JSON; a spread that is not known is None."""
        plain: dict[str, Any] = {
            "output": self.output, "score": self.value, "spread": _known(self.spread), "usual_score": self.usual_value,
            "members": self.members.tolist(),
            "columns": [
                {"name": name, "value": cell, "usual": usual, "adds": part, "spread": _known(spread)}
                for name, cell, usual, part, spread in self.rows()
            ],
        }  # fmt: skip
        return plain | ({} if self.true is None else {"true": self.true})

    def text(self) -> str:
        """The score and the columns as a table, the largest part first."""
        single = len(self.members) == 1
        head = ("column", "value", "usual", "adds") if single else ("column", "value", "usual", "adds", "±")
        body = []
        for name, cell, usual, part, spread in self.rows():
            row = (name, _cut(cell), _cut(usual), f"{'+' if part > 0 else ''}{self.shown(part)}")
            body.append(row if single else (*row, self.shown(spread)))
        wide = [max(len(row[k]) for row in (head, *body)) for k in range(len(head))]
        first = f"{self.output} = {self.shown(self.value)}"
        if not single:
            first += f" ± {self.shown(self.spread)} between {len(self.members)} members"
        first += f"; a usual row has {self.shown(self.usual_value)}"
        if self.true is not None:
            first += f"; true: {self.true}"
        lines = [
            "  ".join([f"{row[0]:<{wide[0]}}", *(f"{cell:>{w}}" for cell, w in zip(row[1:], wide[1:], strict=True))])
            for row in (head, *body)
        ]
        return "\n".join([first, "", *lines])

    def shown(self, value: float) -> str:
        """Thousandths of a probability; four digits of a number."""
        return f"{value:.3f}" if self.output.startswith("p(") else shown_number(value)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Score: {self.output} = {self.value:.4g}, {len(self.columns)} columns, {len(self.members)} members>"

    def draw(self, theme: str = "auto") -> Diagram:
        """From the usual row's score to this row's, column by column."""
        from pellucid.views.score_picture import draw_score

        return draw_score(self, theme)


def _spread(values: Array) -> Any:
    return values.std(axis=-1, ddof=1) if values.shape[-1] > 1 else np.full(values.shape[:-1], np.nan)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value


def _cut(cell: str) -> str:
    return cell if len(cell) <= 24 else cell[:23] + "…"
