"""What ``pellucid train`` says before it trains: the data, what was chosen and why, and the network."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pellucid.cli.recipes import Recipe, RecipeForTables
    from pellucid.cli.show import Page
    from pellucid.network import Network
    from pellucid.sources.rows import Rows
    from pellucid.sources.source import Source
    from pellucid.tables import TablePreparation


def introduce(
    page: Page,
    source: Source,
    rows: Rows,
    recipe: Recipe,
    net: Network,
    seed: int,
    units: tuple[float, float] | None = None,
) -> None:
    """Say what the data are and what was chosen.

    Parameters
    ----------
    units : (mean, deviation), optional
        Of a target that is learned standardised.
    """
    from pellucid.cli.show import count
    from pellucid.views.summary import summary_text

    _data(page, source, rows, recipe)
    if units is not None:
        from pellucid.tables.targets import said_units

        page.line("Units", f"loss and mae while training are of {said_units(*units)}; the result is in y's own")
    batch = "all rows at once" if recipe.batch_size is None else f"batches of {min(recipe.batch_size, rows.train.n)}"
    rate = f"rate {recipe.rate:g}" if recipe.schedule == "constant" else f"{recipe.schedule} rate up to {recipe.rate:g}"
    smoothing = f" with label smoothing {recipe.label_smoothing:g}" if recipe.label_smoothing else ""
    decay = f", weight decay {recipe.weight_decay:g}" if recipe.weight_decay else ""
    average = f", average {recipe.average:g}" if recipe.average else ""
    if recipe.augment:
        page.line("Augment", f"{fields_text(recipe.augment)}: drawn anew for every picture in every epoch")
    page.line(
        "Training",
        f"{recipe.loss}{smoothing}, {recipe.optimizer}, {rate}{decay}{average}, {count(recipe.epochs, 'epoch')}, "
        f"{batch}, seed {seed}",
    )
    reasons = "; ".join(f"{_chosen(recipe, name)}: {why}" for name, why in recipe.reasons.items() if why != "given")
    page.line("Chosen", f"{reasons}. Options change it; see --help." if reasons else "everything as given.")
    for remark in source.remarks:
        page.text()
        page.prose(remark)
    page.text()
    page.text(summary_text(net))
    page.text()


def introduce_recipe(
    page: Page, source: Source, rows: Rows, recipe: RecipeForTables, preparation: TablePreparation, seed: int
) -> None:  # fmt: skip
    """Say what the data are, what becomes of each column, and what the default recipe for tables will try."""
    from pellucid.cli.show import count
    from pellucid.recipes import TableRecipe

    _data(page, source, rows, recipe)
    table = TableRecipe()
    tried = table.chosen(rows.train.n, len(preparation.input_names))
    if preparation.embedding() is not None:
        tried = tuple(candidate for candidate in tried if not candidate.bins)
    small = rows.train.n < table.small
    held = f"{min(table.folds, rows.train.n // 2)} inner folds" if small else f"{table.held_out:.0%} of them held out"
    page.line(
        "Training",
        f"the default recipe for tables, seed {seed}: {count(len(tried), 'candidate')} "
        f"({'; '.join(candidate.words for candidate in tried)}), judged on {held} of the rows for training",
    )
    page.line("", "Options such as --layers or --epochs train one network instead; see --help.")
    page.text()
    page.text(f"Columns of the table:\n{preparation}")
    page.text()


def show_choice(page: Page, recipe: Mapping[str, Any]) -> None:
    """What the default recipe for tables chose, and why; ``recipe`` is the network's."""
    page.prose(str(recipe["why"]))


def _data(page: Page, source: Source, rows: Rows, recipe: Recipe | RecipeForTables) -> None:
    from pellucid.cli.show import count, some

    data, noun = source.data, source.noun
    shape = "×".join(map(str, data.input_shape))
    size = "" if len(data.input_shape) == 1 else f"{shape} = "
    if source.task == "classes":
        kind = f"{count(len(source.class_names), 'class', 'classes')} ({some(source.class_names)})"
    else:
        kind = f"targets from {data.y.min():.4g} to {data.y.max():.4g}"
    one = "column" if source.kind == "table" and not source.streamed else "input"
    total = data.n + (source.aside.n if source.aside is not None else 0)
    page.line("Data", f"{source.given}: {count(total, noun)} of {size}{count(prod(data.input_shape), one)}, {kind}")
    if source.kind == "table" and source.streamed:
        page.line("Streamed", "read from disk while the network trains, each epoch in a whole new order")
    if source.read_as:
        page.line("Read as", ", ".join(source.read_as))
    if source.why is not None:
        name = "the targets are" if source.target is None else f'"{source.target}",'
        page.line("Target", f"{name} learned as {source.task}: {source.why}")
    if source.kind == "pictures" and source.preparation is not None:
        page.line("Pictures", f"{form_text(source.preparation)}{', read from disk' if source.streamed else ''}")
    share = 100 * recipe.validation
    if rows.watch is not None:
        noun_watched = count(rows.watch.n, noun)
        page.line("Watched", f"{noun_watched} of those for training are set aside to watch the loss")
    if source.held_out is not None and data.test is not None:
        page.line("Held out", f"{count(data.test.n, noun)} {source.held_out}")
    elif data.test is not None:
        page.line("Held out", f"the published {count(data.test.n, f'test {noun_of_test(source)}')}")
    elif rows.folds:
        page.line(
            "Held out", f"each {noun} once, in one of {rows.folds} folds; the network that is saved sees them all"
        )
    elif rows.held_out:
        alike = ", every class alike" if source.task == "classes" and source.aside is None else ""
        held_out = count(rows.judge.n, noun)
        page.line("Held out", f"{held_out} ({share:g} %, at random{alike}); the result comes from them")
    else:
        page.line("Held out", f"nothing: trained on all {data.n:,} {noun}s and judged by the same")
    if (recipe.early_stopping and rows.watch is None) or (data.test is not None and recipe.validation):
        set_aside = f"{share:g} % of the {rows.train.n:,} {noun}s for training are set aside"
        page.line("Watched", f"{set_aside} to watch the loss")


def noun_of_test(source: Source) -> str:
    """What a sample of a published test set is called."""
    return "picture" if source.has_pictures else "row"


def form_text(preparation: dict[str, Any]) -> str:
    """How pictures are read, in words.

    >>> form_text({"size": [64, 48], "channels": 3, "fit": "crop"})
    'read as 64 pixels high and 48 wide, in colour, by crop'
    """
    height, width = preparation["size"]
    size = f"{height}×{width} pixels" if height == width else f"{height} pixels high and {width} wide"
    return f"read as {size}, {'in colour' if preparation['channels'] == 3 else 'grey'}, by {preparation['fit']}"


def fields_text(fields: dict[str, Any]) -> str:
    """Fields of Augment in words.

    >>> fields_text({"shift": (2, 3), "zoom": 0.1, "flip": "horizontal"})
    'shift 2×3, zoom 0.1, flip horizontal'
    """
    words = {k: "×".join(map(str, v)) if isinstance(v, (list, tuple)) else str(v) for k, v in fields.items()}
    return ", ".join(f"{name} {value}" for name, value in words.items())


def _chosen(recipe: Recipe, name: str) -> str:
    option = name.replace("_", "-")
    return f"model {recipe.model}" if name == "model" else option
