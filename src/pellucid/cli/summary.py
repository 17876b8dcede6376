"""``pellucid summary MODEL``: what a saved network is and how it was trained."""

from __future__ import annotations

from typing import Annotated

import typer

from pellucid.cli import options as o
from pellucid.cli.failures import Debug


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
    from pellucid.tables.preparation import preparation_of
    from pellucid.training.progress import shown
    from pellucid.views.summary import summary_text

    page, opened = Page(), open_model(model)
    net, run = opened.net, opened.run
    page.text(summary_text(net))
    page.text()
    if net.compiled:
        settings = net.compile_settings()
        page.line("Loss", _written(settings["loss"]))
        page.line("Optimizer", _written(settings["optimizer"]))
        page.line("Metrics", ", ".join(_written(metric) for metric in settings["metrics"]) or "none")
    else:
        page.line("Loss", "none; the network has not been compiled")
    if net.class_names:
        page.line("Classes", f"{len(net.class_names)}: {some(net.class_names, 20)}")
    if net.feature_names:
        page.line("Inputs", f"{len(net.feature_names)}: {some(net.feature_names, 20)}")
    if net.preparation is not None and preparation_of(net.preparation) is None:
        page.line("Pictures", form_text(net.preparation))
    epochs = len(net.history.epoch)
    last = {name: values[-1] for name, values in net.history.history.items()}
    page.line("Trained", f"{epochs} epochs, {net.updates:,} updates; {shown(last)}" if epochs else "no whole epoch")
    if run is not None:
        page.line("Run", str(run.config["command"]))
        figures = ", ".join(f"{name} {value:.4f}" for name, value in run.result["figures"].items())
        page.line("Result", f"{figures} on {run.result['samples']:,} {run.result['rows']}")
    if plan:
        page.text()
        page.text(str(net.plan()))


def _written(plain: dict[str, object]) -> str:
    """A kind and its options, as in ``adam(rate=0.01, beta_1=0.9)``."""
    options = []
    for name, value in plain.items():
        if name != "kind" and value is not None:
            options.append(f"{name}={_written(value) if isinstance(value, dict) else value}")
    return f"{plain['kind']}({', '.join(options)})" if options else str(plain["kind"])
