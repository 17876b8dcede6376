"""``pellucid summary MODEL``: what a saved network is and how it was trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pellucid.cli import options as o
from pellucid.cli.failures import Debug

if TYPE_CHECKING:
    from pellucid.network import Network


def summary(
    model: o.Model,
    plan: Annotated[
        bool, typer.Option("--plan", help="Print the plan too: where every number lies, and every step in order.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Show a saved network: layers, compile settings, classes, the last figures of its training."""
    from pellucid.cli.introduce import form_text
    from pellucid.cli.models import open_model
    from pellucid.cli.show import Page, some
    from pellucid.named import in_words
    from pellucid.tables.preparation import preparation_of
    from pellucid.views.summary import summary_text

    page, opened = Page(), open_model(model)
    net, run = opened.net, opened.run
    page.text(summary_text(net))
    page.text()
    if net.compiled:
        page.line("Loss", in_words(net.loss))
        page.line("Optimizer", in_words(net.optimizer))
        page.line("Metrics", ", ".join(in_words(metric) for metric in net.metrics) or "none")
    else:
        page.line("Loss", "none; the network has not been compiled")
    if net.class_names:
        page.line("Classes", f"{len(net.class_names)}: {some(net.class_names, 20)}")
    if net.feature_names:
        page.line("Inputs", f"{len(net.feature_names)}: {some(net.feature_names, 20)}")
    if net.preparation is not None and preparation_of(net.preparation) is None:
        page.line("Pictures", form_text(net.preparation))
    page.line("Trained", _trained(net))
    if run is not None:
        page.line("Run", str(run.config["command"]))
        figures = ", ".join(f"{name} {value:.4f}" for name, value in run.result["figures"].items())
        samples, rows = f"{run.result['samples']:,}", run.result["rows"]
        page.line(
            "Result", f"{figures} on {samples} rows, {rows}" if "folds" in rows else f"{figures} on {samples} {rows}"
        )
    if plan:
        page.text()
        page.text(str(net.plan()))


def _trained(net: Network) -> str:
    """How long it was trained and with which last figures; of a recipe, what it chose."""
    from pellucid.cli.show import count
    from pellucid.tables.targets import standard_units
    from pellucid.training.progress import shown

    if net.recipe is not None:
        return f"by the default recipe for tables: {str(net.recipe['why']).removeprefix('Chosen: ')}"
    epochs = len(net.history.epoch)
    if not epochs:
        return "no whole epoch"
    last = {name: values[-1] for name, values in net.history.history.items()}
    units = standard_units(net)
    of = "" if units is None else f" (of {units})"
    return f"{count(epochs, 'epoch')}, {count(net.updates, 'update')}; {shown(last)}{of}"
