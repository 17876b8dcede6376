"""Train the default recipe for tables: candidates on inner folds, one shared epoch, members as one network."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.recipes.judge import Verdict, tempered
from pellucid.recipes.kept import KeptTrainings
from pellucid.recipes.member import Member, Rows, finish, pooled, train, verdict_on
from pellucid.recipes.table import Candidate, TableRecipe
from pellucid.recipes.task import TASKS, Task, task_of

if TYPE_CHECKING:
    from pellucid.layers import Layer
    from pellucid.network import Network

MOST_HELD_OUT = 20_000  # rows are enough to choose by


def fit_table(
    X: Any,
    y: Any,
    task: str,
    *,
    recipe: TableRecipe | None = None,
    before: Sequence[Layer] = (),
    class_names: Sequence[str] | None = None,
    sample_weight: Any = None,
    seed: int = 0,
    threads: int | None = None,
    verbose: int | str = "auto",
    explain: bool = True,
    name: str = "table",
    checkpoint: str | os.PathLike[str] | None = None,
) -> Network:
    """A trained network for a table, chosen and trained without a question.

    A small table is cut into inner folds, and every candidate of the recipe is trained as often as there are folds, on
    all rows but one fold. The fold that was left out judges it after each epoch. The epoch that is best over all folds
    together is taken for all members, so that none is stopped by the luck of its own fold; the simplest candidate whose
    error there is near the least is chosen; its members become one network that predicts their mean. A large table has
    one part held out for all of this, and members that differ by their seeds.

    Parameters
    ----------
    X : array (rows, inputs)
        Numbers without gaps, scaled as :class:`pellucid.tables.TablePreparation` does; categories as 0 and 1.
    y : array (rows,) or (rows, outputs)
        Class names or whole numbers; or, for the task "numbers", numbers in their own units, one column or several.
    task : {"classes", "numbers"}
    recipe : TableRecipe, optional
        What is tried. The default unless given.
    before : sequence of Layer
        Layers that stand before all others in each member, such as an ``Embedding`` of codes. Where there are some,
        candidates with piecewise-linear inputs are passed over.
    class_names : sequence of str, optional
        The classes' names in order; without it their sorted values.
    sample_weight : array (rows,), optional
    seed : int
        Of everything random. The same seed gives the same bits on any number of threads.
    threads : int, optional
        So many members are trained at once; all cores unless given.
    verbose : {"auto", 0, 1, 2}
        A bar in a terminal, and at the end a line that says what was chosen and why; 0 for silence.
    explain : bool
        Off, that line is left out; ``net.recipe["why"]`` has it.
    name : str
    checkpoint : path, optional
        A folder in which every training is kept once it is done, until all are. Called again after a crash, with the
        same data and the same folder, this trains what is missing and ends with the same bits.

    Returns
    -------
    Network
        It predicts probabilities, or numbers in the units of ``y``. ``net.recipe`` says what was tried, with which
        figures, and why this was chosen; it is saved in the model file. ``net.member_predictions`` has the members'.
        ``net.history`` has the curve of the chosen candidate: ``val_squared_error`` is what it was judged by.

    Raises
    ------
    DataError
        Too few rows, one class only, or data that are not finite numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid.recipes import fit_table
    >>> X = np.random.default_rng(0).normal(size=(200, 3))
    >>> y = np.where(X[:, 0] + X[:, 1] ** 2 > 1, "yes", "no")
    >>> net = fit_table(X, y, "classes", verbose=0)
    >>> net.recipe["chosen"], bool((net.predict_classes(X) == y).mean() > 0.95)
    ('network', True)
    """
    from pellucid.ensembles import ensemble
    from pellucid.evaluation.progress import progress_of
    from pellucid.layers.base import check_seed, check_whole

    recipe, seed = recipe or TableRecipe(), check_seed(seed)
    threads = None if threads is None else check_whole(threads, "threads")
    data = task_of(X, y, task, before, class_names, sample_weight)
    splits, how = _splits(data, recipe, seed)
    candidates = recipe.chosen(len(data.X), data.X.shape[1])
    if before:
        candidates = tuple(c for c in candidates if not c.bins) or candidates[:1]
    epochs = recipe.epochs(len(splits[0][0]))
    seeds = np.random.SeedSequence(seed).generate_state(len(splits))
    members = [Member(c, *split, int(s)) for c in candidates for split, s in zip(splits, seeds, strict=True)]

    kept = None if checkpoint is None else KeptTrainings(Path(checkpoint), data, recipe, epochs)
    with progress_of(len(members), "Trainings", verbose) as done, ThreadPoolExecutor(threads or _cores()) as pool:

        def run(number: int, member: Member) -> None:
            if kept is None or not kept.take_up(number, member):
                train(member, data, recipe, epochs)
                if kept is not None:
                    kept.keep(number, member)
            done()

        list(pool.map(run, range(1, len(members) + 1), members))
    groups = {c.name: [m for m in members if m.candidate is c] for c in candidates}
    verdicts = {name: verdict_on(group, data) for name, group in groups.items()}
    enough = (1.0 + recipe.margin) * min(verdict.error for verdict in verdicts.values())
    chosen = next(name for name, verdict in verdicts.items() if verdict.error <= enough)
    for member in groups[chosen]:
        finish(member, verdicts[chosen], data)
    net = ensemble([member.net for member in groups[chosen]], name=name)
    net.class_names = data.class_names
    net.recipe = _record(recipe, candidates, groups, verdicts, chosen, data, how, epochs, seed)
    _keep_curve(net, groups[chosen], verdicts[chosen])
    if kept is not None:
        kept.clear()
    if verbose != 0 and explain:
        print(net.recipe["why"], flush=True)
    return net


def _splits(data: Task, recipe: TableRecipe, seed: int) -> tuple[list[tuple[Rows, Rows]], str]:
    """(rows to train on, rows to judge by) of every member, and in words how they were made."""
    from pellucid.data.split import stratified_split

    n = len(data.X)
    y = np.zeros(n, np.int64) if data.labels is None else data.labels
    if n >= recipe.small:
        share = min(recipe.held_out, MOST_HELD_OUT / n)
        split = stratified_split(y, share, seed, data.labels is not None)
        return [split] * recipe.members, f"{len(split[1]):,} held-out rows"
    count = min(recipe.folds, n // 2)
    shuffled = np.random.default_rng(seed).permutation(n)
    by_class = shuffled[np.argsort(y[shuffled], kind="stable")]
    fold = np.empty(n, np.int64)
    fold[by_class] = np.arange(n) % count  # neighbours of one class go to different folds
    splits = [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(count)]
    return splits, f"{count} inner folds"


def _record(
    recipe: TableRecipe, candidates: Sequence[Candidate], groups: dict[str, list[Member]],
    verdicts: dict[str, Verdict], chosen: str, data: Task, how: str, epochs: int, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """What was tried and chosen, as plain data."""
    figure = "accuracy" if data.labels is not None else "r2"
    tried = []
    for c in candidates:
        v = verdicts[c.name]
        tried.append({
            "name": c.name, "words": c.words, "squared_error": v.error, figure: _figure(groups[c.name], v, data),
            "epoch": v.epoch + 1, "temperature": v.temperature,
        })  # fmt: skip
    best = next(t for t in tried if t["name"] == chosen)
    shown = "accuracy {:.1%}".format if data.labels is not None else "R² {:.3f}".format
    others = [f"{t['words']}: {t['squared_error']:.4f}, {shown(t[figure])}" for t in tried if t is not best]
    why = (
        f"Chosen: {best['words']}, {len(groups[chosen])} members, epoch {best['epoch']} of {epochs}: the simplest "
        f"within {recipe.margin:.0%} of the least squared error on {how}, {best['squared_error']:.4f} "
        f"({shown(best[figure])})" + (f"; {'; '.join(others)}." if others else ".")
    )
    return {
        "kind": "table", "task": TASKS[data.labels is None], "rows": len(data.X), "judged_on": how, "chosen": chosen,
        "epochs": epochs, "seed": seed, "why": why, "tried": tried, "recipe": recipe.to_dict(),
    }  # fmt: skip


def _figure(members: Sequence[Member], verdict: Verdict, data: Task) -> float:
    """Accuracy, or R², on the held-out rows at the best epoch."""
    outputs, rows = pooled(members, data)
    found, true, w = outputs[verdict.epoch].astype(float), data.targets[rows], data.weights[rows]
    if data.labels is None:
        residual = ((found - true) ** 2).T @ w
        spread = ((true - np.average(true, axis=0, weights=w)) ** 2).T @ w
        return float(np.mean(1.0 - residual / np.where(spread > 0, spread, 1.0)))
    p = tempered(found, verdict.temperature)
    label = (p[:, 0] > 0.5).astype(np.int64) if data.outputs == 1 else p.argmax(axis=1)
    return float(np.average(label == data.labels[rows], weights=w))


def _keep_curve(net: Network, members: Sequence[Member], verdict: Verdict) -> None:
    for epoch, error in enumerate(verdict.curve):
        loss = float(np.mean([member.losses[epoch] for member in members]))
        net.history.add(epoch, {"loss": loss, "val_squared_error": error})


def _cores() -> int:
    from pellucid.engines.cpu.workers import available_cores

    return available_cores()
