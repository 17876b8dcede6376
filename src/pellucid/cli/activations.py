"""``pellucid activations``: the activations with their derivatives, as a table and as a sheet of curves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pellucid.cli.failures import Debug


def activations(
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Draw the cheat sheet into this file, .svg or .png.", show_default=False),
    ] = None,
    debug: Debug = False,
) -> None:
    """List the activations: formula, derivative, range, and values; with --output draw them."""
    from pellucid.cli.show import width
    from pellucid.views.activation_sheet import activation_text, draw_activation_sheet

    if output is not None:
        draw_activation_sheet().save(output)
        print(f"Drawn: {output}")
        return
    print(activation_text(width()))
