"""Sheets to a file: cells, colours, names, checks. XlsxWriter writes; no macros."""

from __future__ import annotations

import io
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pellucid.errors import DescriptionError
from pellucid.views.worksheet import styles
from pellucid.views.worksheet.cells import Block, Cell
from pellucid.views.worksheet.sheets import HEADER, Sheet, name_taken

if TYPE_CHECKING:
    from pellucid.views.worksheet.checks import Check
    from pellucid.views.worksheet.exercise import Exercise
    from pellucid.views.worksheet.explain import Page

FIRST_COLUMN, WIDEST_FIRST, COLUMN = 25, 48, 12  # widths in characters
TITLE, WORDS = 11, 14  # characters of a title, and of the smaller words below it, that go into a column
LINE_HEIGHT = 15.5  # in points
TEXT_LINE = 105  # characters
LONGEST_NAME = 255  # characters of a cell's name that Excel takes
EDGE = {"left": 2, "left_color": "#ffffff"}  # between blocks
EXPECTED = "{} by Pellucid"  # the hidden sheet with the numbers that Pellucid computed


class Writer:
    """Writes sheets into a workbook."""

    def __init__(self) -> None:
        import xlsxwriter

        self._file = io.BytesIO()
        self.book = xlsxwriter.Workbook(self._file, {"in_memory": True})
        self.book.set_calc_mode("auto")
        self.book.set_properties({"created": datetime(2000, 1, 1)})  # so that the same worksheet has the same bytes
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        self._names: set[tuple[str, str]] = set()

    def finish(self) -> bytes:
        """The file's content."""
        self.book.close()
        return self._file.getvalue()

    # --- sheets of formulas ------------------------------------------------------------------------------------------

    def sheet(self, sheet: Sheet, *, verdict: str, everywhere: bool = False, hidden: bool = False) -> None:
        """Write a sheet; its names hold in the whole workbook, or on the sheet alone."""
        page = self._page(sheet, hidden)
        for block in sheet.blocks:
            self._head(page, block)
            looks = self._looks(block)
            for r in range(block.rows):
                for c in range(block.columns):
                    value = float(block.values[r, c])
                    if block.formulas is None:
                        page.write_number(block.row + r, block.column + c, value, looks[c])
                    else:
                        page.write_formula(block.row + r, block.column + c, block.formulas[r][c], looks[c], value)
        page.write_formula(1, 0, f"={verdict}", self.format(bold=True), "all agree")
        self.judge(page, Cell(1, 0))
        for name, block in sheet.names.items():
            self.name(name, f"={block.area_on(sheet.name)}", None if everywhere else sheet.name)
        self.expected(sheet)

    def expected(self, sheet: Sheet) -> None:
        """The hidden sheet with the engine's numbers, each where the sheet has its formula."""
        page = self.book.add_worksheet(EXPECTED.format(sheet.name))
        page.hide()
        for block in sheet.blocks:
            for r in range(block.rows if block.checked or block.formulas is None else 0):
                page.write_row(block.row + r, block.column, block.values[r].tolist())

    def exercise(self, exercise: Exercise) -> None:
        """Write a sheet with blanks; marks stand in hidden columns to the right."""
        sheet, shift = exercise.sheet, exercise.shift
        page = self._page(sheet, False)
        for block in sheet.blocks:
            self._head(page, block)
            looks = self._looks(block)
            for r in range(block.rows):
                for c in range(block.columns):
                    row, column = block.row + r, block.column + c
                    if (row, column) not in exercise.blanks:
                        page.write_formula(
                            row, column, f"='{exercise.key}'!{Cell(row, column)}", looks[c], float(block.values[r, c])
                        )
        number = {role: self.format(**_cell(role) | {"bg_color": styles.BLANK, "border": 1}) for role in styles.ROLES}
        for (row, column), role in exercise.blanks.items():
            page.write_blank(row, column, None, number[role])
            page.write_formula(row, column + shift, exercise.mark(row, column), None, "")
            mark = Cell(row, column + shift, True)
            for value, (fill, ink), sign in ((1, styles.GOOD, "✓"), (0, styles.BAD, "✗")):
                look = self.format(bg_color=fill, font_color=ink, num_format=f'"{sign} "{styles.ROLES[role].number}')
                page.conditional_format(
                    row, column, row, column,
                    {"type": "formula", "criteria": f'=AND({mark}<>"",{mark}={value})', "format": look},
                )  # fmt: skip
        page.set_column(shift, shift + shift, None, None, {"hidden": True})
        page.write_formula(1, 0, f"={exercise.score}", self.format(bold=True), f"0 right of {len(exercise.blanks)}")

    def name(self, name: str, formula: str, scope: str | None) -> None:
        """Define a name.

        Raises
        ------
        DescriptionError
            It is taken, or longer than spreadsheets take.
        """
        if len(name) > LONGEST_NAME:
            raise DescriptionError(
                f"The worksheet would call cells by a name of {len(name)} characters; Excel takes up to "
                f"{LONGEST_NAME}. Give the layers shorter names."
            )
        key = (scope or "", name.lower())
        if key in self._names:
            raise name_taken(name)
        self._names.add(key)
        self.book.define_name(name if scope is None else f"'{scope}'!{name}", formula)

    # --- sheets of text ----------------------------------------------------------------------------------------------

    def checks(self, name: str, checks: list[Check], changed: str, overall: str, rounding: float) -> None:
        """Write the sheet that compares formulas with the engine's numbers."""
        page = self.book.add_worksheet(name)
        page.set_column(0, 1, 30)
        page.set_column(2, 4, 16)
        page.set_column(5, 5, 12)
        page.write_string(0, 0, "Do the formulas give what Pellucid computed?", self.format(bold=True, font_size=14))
        page.write_string(2, 0, "verdict", self.format(bold=True))
        page.write_formula(2, 1, f"={overall}", self.format(bold=True), "all agree")
        self.judge(page, Cell(2, 1))
        page.write_string(3, 0, "given numbers that were changed", self.format())
        page.write_formula(3, 1, f"={changed}", self.format(align="left"), 0)
        page.write_string(4, 0, "tolerance, relative", self.format())
        page.write_number(4, 1, 1e-9, self.format(align="left", num_format="0E+00"))
        self.name("tolerance", f"={name}!$B$5", None)
        page.write_string(5, 0, "and of the largest number", self.format())
        page.write_number(5, 1, rounding, self.format(align="left", num_format="0E+00"))
        self.name("rounding", f"={name}!$B$6", None)
        heads = ("sheet", "cells", "numbers", "that differ", "largest difference", "verdict")
        for column, head in enumerate(heads):
            page.write_string(6, column, head, self.format(bold=True, bottom=1, bottom_color=styles.RULE))
        number = self.format(num_format="0.0E+00")
        for row, check in enumerate(checks, start=7):
            page.write_string(row, 0, check.block.sheet)
            page.write_string(row, 1, check.block.name)
            page.write_number(row, 2, check.block.values.size)
            page.write_formula(row, 3, f"={check.differing}", None, 0)
            page.write_formula(row, 4, f"={check.largest}", number, 0)
            page.write_formula(row, 5, f'=IF(D{row + 1}=0,"agrees","differs")', None, "agrees")
        for words, (fill, ink) in (("agrees", styles.GOOD), ("differs", styles.BAD)):
            look = self.format(bg_color=fill, font_color=ink)
            rule = {"type": "cell", "criteria": "==", "value": f'"{words}"', "format": look}
            page.conditional_format(7, 5, 6 + len(checks), 5, rule)
        page.freeze_panes(7, 0)
        page.set_landscape()
        page.fit_to_pages(1, 0)

    def text(self, page_text: Page, verdict: str) -> None:
        """Write the sheet that explains the others."""
        page = self.book.add_worksheet(page_text.name)
        page.hide_gridlines(2)
        page.set_column(0, 0, 34)
        page.set_column(1, 1, TEXT_LINE)
        page.write_string(0, 0, page_text.title, self.format(bold=True, font_size=16))
        page.write_string(1, 0, "The check says:", self.format())
        page.write_formula(1, 1, f"={verdict}", self.format(bold=True, align="left"), "all agree")
        self.judge(page, Cell(1, 1))
        row = 3
        wrap = {"text_wrap": True, "valign": "top", "align": "left"}
        for heading, lines in page_text.sections:
            page.write_string(row, 0, heading, self.format(bold=True, font_size=12, font_color=styles.TYPED))
            row += 1
            for left, right in lines:
                fill = {"bg_color": styles.ROLES[left].fill} if heading == styles.COLOURS else {}
                page.write_string(row, 0, left, self.format(**wrap | fill))
                page.write_string(row, 1, right, self.format(**wrap))
                page.set_row(row, LINE_HEIGHT * -(-len(right) // TEXT_LINE))
                row += 1
            row += 1
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.activate()

    def judge(self, page: Any, cell: Cell) -> None:
        """Green where all agree, red where something differs, amber where what was given has been changed."""
        rules = (("all agree", styles.GOOD), ("differ", styles.BAD), ("changed", styles.CHANGED))
        for words, (fill, ink) in rules:
            look = self.format(bg_color=fill, font_color=ink)
            rule = {"type": "text", "criteria": "containing", "value": words, "format": look}
            page.conditional_format(cell.row, cell.column, cell.row, cell.column, rule)

    # --- help --------------------------------------------------------------------------------------------------------

    def _page(self, sheet: Sheet, hidden: bool) -> Any:
        page = self.book.add_worksheet(sheet.name)
        if hidden:
            page.hide()
        last = max(block.column + block.columns for block in sheet.blocks)
        longest = max((len(label.text) for label in sheet.labels if label.style == "layer"), default=0)
        page.set_column(0, 0, min(max(FIRST_COLUMN, 1.3 * longest), WIDEST_FIRST))
        page.set_column(1, last, COLUMN)
        page.hide_gridlines(2)
        page.write_string(0, 0, sheet.title, self.format(bold=True, font_size=14))
        texts: dict[str, dict[str, Any]] = {
            "label": {"bold": True},
            "words": {"font_color": styles.GREY, "indent": 1},
            "layer": {"bold": True, "font_size": 12, "font_color": styles.TYPED},
        }
        for label in sheet.labels:
            page.write_string(label.row, label.column, label.text, self.format(**texts[label.style]))
        for row in sheet.rows.values():
            across = [block for block in sheet.blocks if block.row == row.top and block.column_names]
            page.set_row(row.top - HEADER, 16 * max(_title(block).count("\n") + 1 for block in across))
            page.set_row(row.top - HEADER + 1, 12.5 * max(map(_lines_of_words, across)) + 4)
            for k, name in enumerate(row.names):
                page.write_string(row.top + k, 0, name, self.format(font_color=styles.GREY))
        page.freeze_panes(2, 1)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        return page

    def _head(self, page: Any, block: Block) -> None:
        """The title, how it is computed, and the names of the columns, above a block."""
        if not block.column_names:
            return
        top = block.row - HEADER
        centre: dict[str, Any] = {"align": "center", "valign": "vcenter", "text_wrap": True, **EDGE}
        centre["bg_color"] = styles.ROLES[block.role].fill
        lines: tuple[tuple[str, dict[str, Any]], ...] = (
            (_title(block), {"bold": True}),
            (block.words, {"font_color": styles.GREY, "font_size": 9}),
        )
        for k, (text, look) in enumerate(lines):
            style = self.format(**centre | look)
            if block.columns > 1:
                page.merge_range(top + k, block.column, top + k, block.column + block.columns - 1, "", style)
            # As text whatever it begins with: a layer may be called "=1+1" or like an address.
            page.write_string(top + k, block.column, text, style)
        under = {"align": "right", "bottom": 1, "bottom_color": styles.RULE, "font_color": styles.GREY}
        for c, name in enumerate(block.column_names):
            page.write_string(block.row - 1, block.column + c, name, self.format(**under | ({} if c else EDGE)))

    def _looks(self, block: Block) -> list[Any]:
        """The look of each column of a block; the first has a line at its left."""
        look = _cell(block.role, block) | ({"font_color": styles.TYPED, "bold": True} if block.formulas is None else {})
        edge = EDGE if block.column_names else {}
        return [self.format(**look | ({} if c else edge)) for c in range(block.columns)]

    def format(self, **look: Any) -> Any:
        """A cell's look; equal ones are shared."""
        key = tuple(sorted(look.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format({"font_name": "Calibri", "font_color": styles.INK, **look})
        return self._formats[key]


def _title(block: Block) -> str:
    """A block's title in lines that go into its columns: broken behind points and at spaces where that can be."""
    room, lines = TITLE * block.columns, [""]
    for part in re.findall(r"[^. ]*[. ]?", block.title):
        if lines[-1] and len(lines[-1]) + len(part.rstrip()) > room:
            lines.append("")
        lines[-1] += part
    pieces = [line[k : k + room] for line in lines for k in range(0, max(1, len(line.rstrip())), room)]
    return "\n".join(piece.strip() for piece in pieces)


def _lines_of_words(block: Block) -> int:
    """How many lines the words below a title take."""
    return -(-len(block.words) // (WORDS * block.columns))


def _cell(role: str, block: Block | None = None) -> dict[str, Any]:
    number = styles.ROLES[role].number
    if number == "General" and block is not None and (block.values.round(4) != block.values).any():
        number = "0.0000"  # so that neighbours do not run into each other
    return {"bg_color": styles.ROLES[role].fill, "num_format": number, "align": "right"}
