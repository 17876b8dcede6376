"""How a table's columns become inputs, in words: for programs of formats that cannot do it themselves."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

from pellucid.tables.columns import FAR, FIRST, PARTS, Category, Column, Date, Number, YesNo
from pellucid.tables.preparation import preparation_of

if TYPE_CHECKING:
    from pellucid.network import Network


def prepared_inputs(net: Network) -> list[str]:
    """Lines that say how each input is made of the table's columns; none where the network has no such preparation.

    They can stand in a comment: plain ASCII, and nothing in them ends it.

    >>> import polars
    >>> from pellucid import Dense, Input, Network
    >>> from pellucid.tables import TablePreparation
    >>> net = Network([Input(3), Dense(1)])
    >>> net.preparation = TablePreparation.fit(
    ...     polars.DataFrame({"rooms": [1, 2, 3, None], "lift": ["no", "yes", "no", "no"], "price": [1, 2, 3, 4]}),
    ...     target="price",
    ... ).to_dict()
    >>> print("\\n".join(prepared_inputs(net)))
    Inputs are a table's columns, prepared as follows. Here squash(z) = z / sqrt(1 + (z / 8)^2).
    0: "rooms": squash((x - 2.0) / 0.7412898443291327); 0 where it is missing
    1: "rooms": 1 where it is missing, else 0
    2: "lift": 0 for "no", 1 for "yes", in any capital or small letters; else 0.5
    """
    preparation = preparation_of(net.preparation)
    if preparation is None:
        return []
    plain = [line for column in preparation.used if not column.codes for line in _lines(column)]
    codes = [line for column in preparation.used if column.codes for line in _lines(column)]
    lines = [
        "Inputs are a table's columns, prepared as follows. "
        f"Here squash(z) = z / sqrt(1 + (z / {FAR:g})^2)."
    ]  # fmt: skip
    for k, line in enumerate([*plain, *codes]):
        lines += textwrap.wrap(
            f"{k}: {line}", 114, subsequent_indent="   ", break_long_words=False, break_on_hyphens=False
        )
    return lines


def _lines(column: Column) -> list[str]:
    """How each input of a column is made."""
    name = _quoted(column.name)
    lines = []
    if isinstance(column, Number):
        lines = [f"{name}: squash((x - {column.median!r}) / {column.scale!r}); 0 where it is missing"]
    elif isinstance(column, YesNo):
        answers = f"0 for {_quoted(column.no)}, 1 for {_quoted(column.yes)}"
        lines = [f"{name}: {answers}, in any capital or small letters; else 0.5"]
    elif isinstance(column, Date):
        day = f"squash((d - {column.middle!r}) / {column.scale!r})"
        lines = [f"{name}: {day}, d in days since 1970-01-01; 0 where it is missing"]
        lines += [
            f"{name}: {wave}(2 pi d / {PARTS[cycle]:.7g}); 0 where it is missing"
            for cycle in column.cycles for wave in ("sin", "cos")
        ]  # fmt: skip
    elif isinstance(column, Category) and column.codes:
        codes = ", ".join(f"{FIRST + k} for {_quoted(category)}" for k, category in enumerate(column.categories))
        return [f"{name}: a code, 0 for what is not listed here, 1 where it is missing, {codes}"]
    elif isinstance(column, Category):
        lines = [f"{name}: 1 for {_quoted(category)}, else 0" for category in column.categories]
    gap = [f"{name}: 1 where it is missing, else 0"] if column.gaps and lines else []
    return lines + gap


def _quoted(text: str) -> str:
    r"""Text in quotes; other signs than plain ones as JSON writes them.

    >>> print(_quoted('a */ ü'))
    "a \u002a/ \u00fc"
    """
    return json.dumps(text).replace("*", "\\u002a").replace("?", "\\u003f")
