"""Ensemble in spreadsheet words: the members' cells, and their mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pellucid.views.worksheet.cells import Values

if TYPE_CHECKING:
    from pellucid.layers.ensemble.spec import Ensemble
    from pellucid.views.worksheet.layers import LayerCells


def options(layer: Ensemble, trains: bool) -> list[tuple[str, float]]:
    """What formulas call by name: each member's share of the mean."""
    return [(f"share_{k}", share) for k, share in enumerate(layer.shares, start=1)]


def cells(layer: Ensemble, p: LayerCells) -> Values:
    """Add all members and their mean to the sheet; return where the mean lies."""
    sources = [p.again(p.input, f"member_{k}.input") for k, _ in enumerate(layer.members, start=1)]
    chains = [
        p.chain(member, f"member_{k}.", source)
        for k, (member, source) in enumerate(zip(layer.members, sources, strict=True), start=1)
    ]
    ends = [end for end, _ in chains]
    shares = [p.option(name) for name, _ in options(layer, True)]
    last = p.another()
    a = last.values(
        "a", ends[0].shape, "Σ share · member",
        lambda *at: "+".join(f"{share}*{end[at]}" for share, end in zip(shares, ends, strict=True)),
    )  # fmt: skip

    def backward() -> None:
        da = last.delta(a)
        for share, (end, learns) in zip(shares, chains, strict=True):
            if learns:
                last.write_delta(end, "share · ∂C/∂a of the mean", lambda *at, share=share: f"{share}*{da[at]}")

    last.backward(backward)
    if p.wants_input_delta:
        p.backward(
            lambda: p.input_delta(
                "Σ ∂C/∂x of the members", lambda *at: "+".join(str(p.delta(source)[at]) for source in sources)
            )
        )
    return a
