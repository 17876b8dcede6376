"""The sheet of raw rows to a file, with the values of columns that become codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pellucid.tables.columns import Date
from pellucid.views.worksheet import styles
from pellucid.views.worksheet.cells import Cell
from pellucid.views.worksheet.rows import FIRST_VALUE, SIDE, TOP, VALUES, Answer, Rows
from pellucid.views.worksheet.write import COLUMN, EDGE, EXPECTED, Writer

WIDEST = 30  # characters of a column
DATE, TIME = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"


class RowsWriter:
    """Writes the sheet with a workbook's writer."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def write(self, rows: Rows, answers: Sequence[Answer], title: str, verdict: str) -> None:
        """The sheet, a hidden one with the cells as they were delivered, and one of values where there are any."""
        writer, width = self._writer, len(rows.columns)
        page = writer.book.add_worksheet(rows.name)
        page.hide_gridlines(2)
        page.write_string(0, 0, title, writer.format(bold=True, font_size=14))
        page.write_formula(1, 0, f"={verdict}", writer.format(bold=True), "all agree")
        writer.judge(page, Cell(1, 0))
        heads = [column.name for column in rows.columns] + [answer.head for answer in answers]
        page.set_column(0, 0, 12)
        for k, head in enumerate(heads):
            texts = [head, *(_texts(rows, k) if k < width else answers[k - width].texts)]
            page.set_column(SIDE + k, SIDE + k, min(WIDEST, max(COLUMN, 1.2 * max(map(len, texts)))))
        self._title(page, SIDE, width, "rows of the table: write your own over them", "input")
        self._title(page, SIDE + width, len(answers), "what the network says", "a")
        under = {"align": "right", "bottom": 1, "bottom_color": styles.RULE, "font_color": styles.GREY, "bold": True}
        for k, head in enumerate(heads):
            page.write_string(TOP - 1, SIDE + k, head, writer.format(**under | (EDGE if k == width else {})))
        for s in range(len(rows)):
            page.write_string(TOP + s, 0, f"row {s + 1}", writer.format(font_color=styles.GREY))
            for k, answer in enumerate(answers):
                look = {"bg_color": styles.ROLES["a"].fill, "num_format": "0.0000", "align": "right", "bold": not k}
                style = writer.format(**look | ({} if k else EDGE))
                page.write_formula(TOP + s, SIDE + width + k, f"={answer.formulas[s]}", style, answer.values[s])
        self._cells(page, rows, looks=True)
        page.freeze_panes(TOP, SIDE)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        before = writer.book.add_worksheet(EXPECTED.format(rows.name))
        before.hide()
        self._cells(before, rows, looks=False)
        if rows.lists:
            self._values(rows)

    def _title(self, page: Any, first: int, width: int, text: str, role: str) -> None:
        style = self._writer.format(bold=True, align="center", bg_color=styles.ROLES[role].fill, text_wrap=True, **EDGE)
        if width > 1:
            page.merge_range(TOP - 2, first, TOP - 2, first + width - 1, "", style)
        page.write_string(TOP - 2, first, text, style)

    def _cells(self, page: Any, rows: Rows, looks: bool) -> None:
        """The raw cells, in the look of what can be changed."""
        typed = {"bg_color": styles.ROLES["input"].fill, "font_color": styles.TYPED, "bold": True, "align": "right"}
        for s, row in enumerate(rows.cells):
            for k, (column, cell) in enumerate(zip(rows.columns, row, strict=True)):
                shown = {"num_format": _form(rows, k)} if isinstance(column, Date) else {}
                style = self._writer.format(**typed | shown) if looks else None
                place = TOP + s, SIDE + k
                if cell is None:
                    page.write_blank(*place, None, style)
                elif isinstance(cell, bool):
                    page.write_boolean(*place, cell, style)
                elif isinstance(cell, (int, float)):
                    page.write_number(*place, cell, style)
                else:
                    page.write_string(*place, str(cell), style)

    def _values(self, rows: Rows) -> None:
        """The values that columns with codes know, which formulas look up."""
        page = self._writer.book.add_worksheet(VALUES)
        page.write_string(0, 0, "The values that become codes", self._writer.format(bold=True, font_size=14))
        for k, (name, values) in enumerate(rows.lists):
            page.set_column(k, k, min(WIDEST, max(COLUMN, len(name) + 2)))
            page.write_string(FIRST_VALUE - 1, k, name, self._writer.format(bold=True))
            for place, value in enumerate(values):
                page.write_string(FIRST_VALUE + place, k, value)


def _texts(rows: Rows, k: int) -> list[str]:
    """A column's cells as long as they are shown."""
    dates = isinstance(rows.columns[k], Date)
    return [_form(rows, k)] if dates else ["" if row[k] is None else str(row[k]) for row in rows.cells]


def _form(rows: Rows, k: int) -> str:
    """How a column's dates are shown: with the time of day where there is one."""
    times = any(isinstance(row[k], float) and row[k] % 1 for row in rows.cells)
    return TIME if times or "%H" in (getattr(rows.columns[k], "format", None) or "") else DATE
