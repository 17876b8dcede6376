"""The summary: layers, output shapes and parameters, as text and as HTML."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from pellucid.plan.parts import Shape
from pellucid.tables.preparation import preparation_of

if TYPE_CHECKING:
    from pellucid.network import Network

Row = tuple[str, str, str]


def summary_rows(net: Network) -> list[Row]:
    """(layer and kind, output shape, parameters) of the input and every layer."""
    rows = [("input (Input)", _shape(net.input_shape), "0")]
    inputs = (net.input_shape, *net.shapes)
    for (name, layer), before, after in zip(net.layers, inputs, net.shapes, strict=False):
        count = sum(_size(p.shape) for p in layer.parameters(before))
        activation = getattr(layer, "activation", None)
        kind = layer.kind + (f", {activation.name}" if activation is not None else "")
        rows.append((f"{name} ({kind})", _shape(after), f"{count:,}"))
    return rows


def summary_text(net: Network) -> str:
    """The summary in the layout that Keras users know.

    >>> from pellucid import Dense, Input, Network
    >>> print(summary_text(Network([Input(2), Dense(3, activation="relu"), Dense(1)], name="small")))
    Network: small
    ┌───────────────────────────┬──────────────┬────────────┐
    │ Layer (kind)              │ Output shape │ Parameters │
    ├───────────────────────────┼──────────────┼────────────┤
    │ input (Input)             │ (None, 2)    │          0 │
    │ dense_1 (Dense, relu)     │ (None, 3)    │          9 │
    │ dense_2 (Dense, identity) │ (None, 1)    │          4 │
    └───────────────────────────┴──────────────┴────────────┘
    Parameters: 13 (52 bytes)
    """
    rows = [("Layer (kind)", "Output shape", "Parameters"), *summary_rows(net)]
    widths = [max(len(row[k]) for row in rows) for k in range(3)]
    rule = ["─" * (width + 2) for width in widths]

    def line(row: Row) -> str:
        return f"│ {row[0]:<{widths[0]}} │ {row[1]:<{widths[1]}} │ {row[2]:>{widths[2]}} │"

    body = [line(row) for row in rows]
    return "\n".join(
        [
            f"Network: {net.name}",
            f"┌{'┬'.join(rule)}┐",
            body[0],
            f"├{'┼'.join(rule)}┤",
            *body[1:],
            f"└{'┴'.join(rule)}┘",
            _total(net),
            *_columns(net),
        ]
    )


def _columns(net: Network) -> list[str]:
    """The columns of the table that the network takes, where it takes one."""
    preparation = preparation_of(net.preparation)
    return [] if preparation is None else ["", "Columns of the table:", str(preparation)]


def summary_html(net: Network) -> str:
    """The summary as an HTML table, for notebooks."""
    cell = 'style="text-align:{};padding:2px 12px"'
    left, right = cell.format("left"), cell.format("right")
    head = f"<tr><th {left}>Layer (kind)</th><th {left}>Output shape</th><th {right}>Parameters</th></tr>"
    body = "".join(
        f"<tr><td {left}>{html.escape(a)}</td><td {left}>{b}</td><td {right}>{c}</td></tr>"
        for a, b, c in summary_rows(net)
    )
    title = f"<b>Network: {html.escape(net.name)}</b>"
    layers = f"{title}<table><thead>{head}</thead><tbody>{body}</tbody></table>{_total(net)}"
    preparation = preparation_of(net.preparation)
    if preparation is None:
        return f"<div>{layers}</div>"
    names = "".join(f"<th {left}>{name}</th>" for name in ("Column", "Kind", "Missing", "Becomes"))
    rows = "".join(
        f"<tr>{''.join(f'<td {left}>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in preparation.rows()
    )
    columns = f"<table><thead><tr>{names}</tr></thead><tbody>{rows}</tbody></table>"
    return f"<div>{layers}{columns}</div>"


def show_summary(net: Network) -> None:
    """Print the summary; in a notebook, show it as a table."""
    try:
        shell = get_ipython()  # type: ignore[name-defined]
    except NameError:
        shell = None
    if shell is not None and hasattr(shell, "kernel"):
        from IPython.display import HTML, display  # type: ignore[import-not-found]

        display(HTML(summary_html(net)))
    else:
        print(summary_text(net))


def _shape(shape: Shape) -> str:
    return f"({', '.join(['None', *map(str, shape)])})"


def _size(shape: Shape) -> int:
    size = 1
    for n in shape:
        size *= n
    return size


def _total(net: Network) -> str:
    size = net.parameter_count * (4 if net.dtype == "float32" else 8)
    amount = f"{size} bytes" if size < 1024 else f"{size / 1024:.1f} KiB" if size < 2**20 else f"{size / 2**20:.1f} MiB"
    return f"Parameters: {net.parameter_count:,} ({amount})"
