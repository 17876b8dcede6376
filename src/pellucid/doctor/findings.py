"""What the doctor says: findings, ranked, with the place, the evidence in numbers, and the remedy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from html import escape
from typing import Any

from pellucid.trace.numbers import shown_number

SEVERITIES = ("error", "warning", "note")  # cannot work; results suffer; good to know


@dataclass(frozen=True)
class Place:
    """Where a finding is; what does not belong to it is None.

    Rows, units and epochs count from 0, as in the arrays; text shows epochs from 1, as the training does. ``source``
    is where the row stands in the file that it is from, as in "line 107".
    """

    data: str | None = None
    row: int | None = None
    column: str | None = None
    class_name: str | None = None
    layer: str | None = None
    unit: str | None = None
    weights: str | None = None
    epoch: int | None = None
    source: str | None = None

    def __str__(self) -> str:
        words = [] if self.data is None else [self.data]
        words += [] if self.row is None else [f"row {self.row}{f' ({self.source})' if self.source else ''}"]
        words += [] if self.column is None else [f'column "{self.column}"']
        words += [] if self.class_name is None else [f'class "{self.class_name}"']
        if self.layer is not None:
            words.append(self.layer if self.unit is None else f"{self.layer}[{self.unit}]")
        words += [] if self.weights is None else [self.weights]
        words += [] if self.epoch is None else [f"epoch {self.epoch + 1}"]
        return ", ".join(words)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or good to know.

    Attributes
    ----------
    name : str
        As in "dead units".
    severity : {"error", "warning", "note"}
        The network cannot work so; its results suffer; good to know.
    message : str
        What was found, in a sentence.
    place : Place
        Where; of several places the worst.
    evidence : dict of str to number or text
        The numbers that it rests on.
    remedy : str
        What to do.
    weight : float
        How grave it is among findings of the same severity: the larger, the graver.
    """

    name: str
    severity: str
    message: str
    place: Place = field(default_factory=Place)
    evidence: Mapping[str, Any] = field(default_factory=dict)
    remedy: str = ""
    weight: float = 1.0

    def to_dict(self) -> dict[str, Any]:
        """The plain-data form."""
        place = {name: value for name, value in asdict(self.place).items() if value is not None}
        return {
            "name": self.name, "severity": self.severity, "message": self.message, "place": place,
            "evidence": dict(self.evidence), "remedy": self.remedy,
        }  # fmt: skip

    @property
    def facts(self) -> str:
        """The evidence in one line."""
        return "; ".join(f"{name} {_shown(value)}" for name, value in self.evidence.items())


@dataclass(frozen=True)
class Diagnosis:
    """What the doctor found. ``print`` it; Jupyter shows it as a table.

    Attributes
    ----------
    network : str
        The network's name.
    findings : tuple of Finding
        The gravest first.
    checked : tuple of str
        The checks that were made.
    skipped : dict of str to str
        The checks that could not be made, and what they need.
    """

    network: str
    findings: tuple[Finding, ...]
    checked: tuple[str, ...]
    skipped: Mapping[str, str]

    def named(self, name: str) -> tuple[Finding, ...]:
        """The findings of one name."""
        return tuple(one for one in self.findings if one.name == name)

    @property
    def worst(self) -> str | None:
        """The gravest severity, None where nothing was found."""
        return self.findings[0].severity if self.findings else None

    @property
    def headline(self) -> str:
        """How many findings there are, in a line."""
        counts = [(s, sum(one.severity == s for one in self.findings)) for s in SEVERITIES]
        found = ", ".join(f"{n} {s}{'s' if n > 1 else ''}" for s, n in counts if n) or "nothing found"
        return f"{self.network}: {found} ({len(self.checked)} checks made, {len(self.skipped)} left out)"

    def text(self) -> str:
        """Every finding with its evidence and remedy, and what could not be checked."""
        lines = [self.headline]
        for number, one in enumerate(self.findings, start=1):
            where = str(one.place)
            lines += ["", f"{number}. {one.severity}: {one.name}{f' at {where}' if where else ''}"]
            lines += [f"   {one.message}"]
            lines += [f"   evidence: {one.facts}"] if one.evidence else []
            lines += [f"   remedy:   {one.remedy}"] if one.remedy else []
        if self.skipped:
            lines += ["", "Not checked:"]
            lines += [f"   {name}: {why}" for name, why in self.skipped.items()]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text()

    def html(self) -> str:
        """The findings as an HTML table, with every word from the data escaped."""
        head = "".join(f'<th scope="col">{name}</th>' for name in ("severity", "what", "where", "evidence", "remedy"))
        rows = "".join(
            f"<tr><td>{one.severity}</td><td><b>{escape(one.name)}</b><br>{escape(one.message)}</td>"
            f"<td>{escape(str(one.place))}</td><td>{escape(one.facts)}</td><td>{escape(one.remedy)}</td></tr>"
            for one in self.findings
        )
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>" if self.findings else ""
        left = "".join(f"<li>{escape(name)}: {escape(why)}</li>" for name, why in self.skipped.items())
        rest = f"<details><summary>Not checked</summary><ul>{left}</ul></details>" if left else ""
        return f"<p><b>{escape(self.headline)}</b></p>{table}{rest}"

    def _repr_html_(self) -> str:
        return self.html()

    def __repr__(self) -> str:
        return f"<Diagnosis of {self.headline}>"

    def to_dict(self) -> dict[str, Any]:
        """The plain-data form, fit for JSON."""
        return {
            "network": self.network, "findings": [one.to_dict() for one in self.findings],
            "checked": list(self.checked), "skipped": dict(self.skipped),
        }  # fmt: skip


def _shown(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else shown_number(value)
