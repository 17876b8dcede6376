"""``pellucid predict --why``: which column adds how much to what is said of a row."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pellucid.cli.tables import ToPredict
    from pellucid.look import Score
    from pellucid.network import Network
    from pellucid.tables.preparation import Strange

SHOWN = 3  # rows in a terminal, unless --limit says otherwise


class Reasons:
    """Scores rows as they come.

    Parameters
    ----------
    net : Network
    picture : Path, optional
        Where the first row's score is drawn.

    Raises
    ------
    DescriptionError
        The network was not trained on raw rows of a table.
    """

    def __init__(self, net: Network, picture: Path | None) -> None:
        from pellucid.look import Scorer

        self._scorer, self._picture = Scorer(net), picture

    def columns(self, rows: Any) -> dict[str, list[Any]]:
        """Further columns of CSV: what is scored, the score, and what each column adds; an unknown spread is empty."""
        found: dict[str, list[Any]] = {}
        for score in self._scores(rows):
            cells = {
                "scored": score.output, "score": score.value, "score ±": score.spread,
                "usual row's score": score.usual_value,
            }  # fmt: skip
            for name, part, spread in zip(score.columns, score.mean.tolist(), score.spreads.tolist(), strict=True):
                cells |= {f"{name} adds": part, f"{name} ±": spread}
            for name, cell in cells.items():
                found.setdefault(name, []).append("" if cell != cell else cell)
        return found

    def show(self, parts: Iterator[ToPredict], limit: int | None) -> Strange | None:
        """Print the first rows' scores, one below another."""
        from pellucid.cli.tables import strange_so_far

        most, shown, strange = limit or SHOWN, 0, None
        for part in parts:
            rows = part.X[: most - shown]
            for row, score in enumerate(self._scores(rows), shown + 1):
                print(f"Row {row}: {score.text()}\n")
            shown, strange = shown + len(rows), strange_so_far(strange, part.strange)
            if shown == most:
                if len(rows) < len(part.X) or next(parts, None) is not None:
                    print("More rows follow; --limit N shows more, --output FILE.csv writes all.")
                break
        return strange

    def _scores(self, rows: Any) -> Iterator[Score]:
        for score in self._scorer.scores(rows):
            if self._picture is not None:
                score.save(self._picture)
                print(f"Drawn: {self._picture}", file=sys.stderr)
                self._picture = None
            yield score
