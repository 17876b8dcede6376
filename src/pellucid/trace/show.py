"""A trace's tables as text and as HTML."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from pellucid.trace.tables import MOST, Section, Table, sections, title

if TYPE_CHECKING:
    from pellucid.trace.values import Trace


def trace_text(trace: Trace, layer: str | None = None, digits: int | None = 4, full: bool = False) -> str:
    """See :meth:`Trace.text`."""
    parts = [section_text(section) for section in sections(trace, layer, digits, None if full else MOST)]
    return "\n\n".join(([title(trace)] if layer is None else []) + parts)


def section_text(section: Section) -> str:
    """A title with its tables indented under it."""
    blocks = [table_text(table, "  ") for table in section.tables]
    return "\n".join([section.title, *("\n\n".join(blocks).split("\n") if blocks else [])])


def table_text(table: Table, indent: str = "") -> str:
    """Columns side by side: names to the left, numbers to the right."""
    lines = [table.head, *table.rows]
    widths = [max(len(line[k]) for line in lines) for k in range(len(table.head))]

    def row(line: tuple[str, ...]) -> str:
        cells = [
            f"{c:<{w}}" if k < table.left else f"{c:>{w}}" for k, (c, w) in enumerate(zip(line, widths, strict=True))
        ]
        return (indent + "  ".join(cells)).rstrip()

    rule = indent + "─" * (sum(widths) + 2 * (len(widths) - 1))
    return "\n".join([row(table.head), rule, *map(row, table.rows), *([indent + table.foot] if table.foot else [])])


def trace_html(trace: Trace, digits: int | None = 4) -> str:
    """The tables for a notebook: the input and the outcome open, every layer a fold."""
    parts = [f"<p><b>{html.escape(title(trace))}</b></p>"]
    for section in sections(trace, None, digits, MOST):
        tables = "".join(map(_table_html, section.tables))
        heading = f"<summary><b>{html.escape(section.title)}</b></summary>"
        parts.append(f"<details open>{heading}{tables}</details>")
    return f"<div>{''.join(parts)}</div>"


def _table_html(table: Table) -> str:
    def cells(line: tuple[str, ...], tag: str) -> str:
        sides = ["left" if k < table.left else "right" for k in range(len(line))]
        style = "padding:2px 12px;font-variant-numeric:tabular-nums"
        return "".join(
            f'<{tag} style="text-align:{side};{style}">{html.escape(c)}</{tag}>'
            for c, side in zip(line, sides, strict=True)
        )

    body = "".join(f"<tr>{cells(line, 'td')}</tr>" for line in table.rows)
    foot = f"<div>{html.escape(table.foot)}</div>" if table.foot else ""
    return f"<table><thead><tr>{cells(table.head, 'th')}</tr></thead><tbody>{body}</tbody></table>{foot}"
