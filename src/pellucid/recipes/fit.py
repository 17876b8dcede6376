"""Train the default recipe for tables: candidates on inner folds, one shared epoch, members as one network."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError, DescriptionError, nearest
from pellucid.recipes.judge import Verdict, judge, tempered
from pellucid.recipes.table import Candidate, TableRecipe

if TYPE_CHECKING:
    from pellucid.layers import Layer
    from pellucid.network import Network

Rows = NDArray[np.int64]
TASKS = ("classes", "numbers")
MOST_HELD_OUT = 20_000  # rows are enough to choose by


@dataclass(frozen=True)
class Task:
    """Checked data, and what is to be learned.

    ``labels`` are class numbers, or None; ``targets`` (rows, outputs) are what predictions are judged against.
    """

    X: NDArray[np.float32]
    labels: NDArray[np.int64] | None
    targets: NDArray[np.float64]
    weights: NDArray[np.float64]
    class_names: tuple[str, ...] | None
    before: tuple[Layer, ...]

    @property
    def outputs(self) -> int:
        """Units of the last layer."""
        return int(self.targets.shape[1])


@dataclass
class Member:
    """One training: on ``rows``, judged on ``held``."""

    candidate: Candidate
    rows: Rows
    held: Rows
    seed: int
    net: Network = field(init=False)
    mean: NDArray[np.float64] = field(init=False)  # of its targets, where they are numbers
    deviation: NDArray[np.float64] = field(init=False)
    outputs: NDArray[np.float32] = field(init=False)  # (epochs, held, outputs)
    snapshots: list[NDArray[Any]] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)


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
    data = _task(X, y, task, before, class_names, sample_weight)
    splits, how = _splits(data, recipe, seed)
    candidates = recipe.chosen(len(data.X), data.X.shape[1])
    if before:
        candidates = tuple(c for c in candidates if not c.bins) or candidates[:1]
    epochs = recipe.epochs(len(splits[0][0]))
    seeds = np.random.SeedSequence(seed).generate_state(len(splits))
    members = [Member(c, *split, int(s)) for c in candidates for split, s in zip(splits, seeds, strict=True)]

    with progress_of(len(members), "Trainings", verbose) as done, ThreadPoolExecutor(threads or _cores()) as pool:

        def train(member: Member) -> None:
            _train(member, data, recipe, epochs)
            done()

        list(pool.map(train, members))
    groups = {c.name: [m for m in members if m.candidate is c] for c in candidates}
    verdicts = {name: _judge(group, data) for name, group in groups.items()}
    enough = (1.0 + recipe.margin) * min(verdict.error for verdict in verdicts.values())
    chosen = next(name for name, verdict in verdicts.items() if verdict.error <= enough)
    for member in groups[chosen]:
        _finish(member, verdicts[chosen], data)
    net = ensemble([member.net for member in groups[chosen]], name=name)
    net.class_names = data.class_names
    net.recipe = _record(recipe, candidates, groups, verdicts, chosen, data, how, epochs, seed)
    _keep_curve(net, groups[chosen], verdicts[chosen])
    if verbose != 0 and explain:
        print(net.recipe["why"], flush=True)
    return net


# --- the data --------------------------------------------------------------------------------------------------------


def _task(X: Any, y: Any, task: str, before: Any, class_names: Any, sample_weight: Any) -> Task:
    from pellucid.data.check import as_features, as_targets, same_length

    if task not in TASKS:
        raise DescriptionError(f'task must be "classes" or "numbers", got {task!r}.{nearest(task, TASKS)}')
    shape = np.shape(X)
    if len(shape) != 2:
        raise DataError(f"fit_table: X must be rows of numbers, (rows, inputs), got shape {shape}.")
    features = as_features(X, (shape[1],), "X", "float32")
    given = as_targets(y, "y")
    same_length(features, given, "X", "y")
    if len(features) < 4:
        raise DataError(f"fit_table: expected at least 4 rows, got {len(features)}. Give more data.")
    weights = np.ones(len(features)) if sample_weight is None else np.asarray(sample_weight, float).reshape(-1)
    if len(weights) != len(features) or not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise DataError("fit_table: sample_weight must be one number of 0 or more for each row, not all 0.")
    layers = tuple(before)
    if task == "numbers":
        if given.dtype.kind not in "iubf":
            raise DataError('fit_table: y holds text, so it cannot be learned as numbers. Use task="classes".')
        return Task(features, None, given.reshape(len(given), -1).astype(float), weights, None, layers)
    labels, names = _labels(given, class_names)
    count = len(names) if names is not None else int(labels.max()) + 1
    targets = labels[:, None].astype(float) if count == 2 else np.eye(count)[labels]
    return Task(features, labels, targets, weights, names, layers)


def _labels(given: NDArray[Any], class_names: Any) -> tuple[NDArray[np.int64], tuple[str, ...] | None]:
    """Class numbers from 0, and the names that they stand for; None where they were such numbers already."""
    column = given.reshape(-1)
    if len(column) != len(given):
        raise DataError(f"fit_table: classes must be one column, got shape {given.shape}.")
    if column.dtype.kind == "f" and not (column == np.floor(column)).all():
        raise DataError('fit_table: y holds numbers that are not whole, so they are no classes. Use task="numbers".')
    values, labels = np.unique(column, return_inverse=True)
    if len(values) < 2:
        raise DataError(f"fit_table: all {len(column)} rows are of class {values[0]}; expected at least two classes.")
    texts = tuple(str(v) if values.dtype.kind == "U" else str(int(v)) for v in values)
    if class_names is not None:
        known = tuple(str(name) for name in class_names)
        strangers = [text for text in texts if text not in known]
        if strangers:
            raise DataError(f'fit_table: class "{strangers[0]}" is not among class_names: {", ".join(known)}.')
        return np.array([known.index(text) for text in texts], np.int64)[labels], known
    plain = values.dtype.kind != "U" and (values == np.arange(len(values))).all()
    return labels.astype(np.int64), None if plain else texts


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


# --- the trainings ---------------------------------------------------------------------------------------------------


def _network(member: Member, data: Task) -> Network:
    from pellucid.layers import Dense, Input, PiecewiseLinear
    from pellucid.network import Network

    c, O = member.candidate, data.outputs
    pieces = [PiecewiseLinear.of(data.X[member.rows], c.bins)] if c.bins else []
    end = "identity" if data.labels is None else "sigmoid" if O == 1 else "softmax"
    layers = [*data.before, *pieces, *(Dense(units, c.activation) for units in c.hidden), Dense(O, end)]
    return Network([Input(data.X.shape[1]), *layers], name=c.name, seed=member.seed)


def _train(member: Member, data: Task, recipe: TableRecipe, epochs: int) -> None:
    """Train a member; keep its numbers, and what it says of its held-out rows, after each epoch."""
    c, rows, net = member.candidate, member.rows, _network(member, data)
    held = data.X[member.held]
    if data.labels is None:
        own = data.targets[rows]
        member.mean, spread = own.mean(axis=0), own.std(axis=0)
        member.deviation = np.where(spread > 0, spread, 1.0)
        loss: Any = "mean_squared_error"
        y: NDArray[Any] = (own - member.mean) / member.deviation
    else:
        kind = "binary_crossentropy" if data.outputs == 1 else "categorical_crossentropy"
        loss, y = {"kind": kind, "label_smoothing": c.smoothing}, data.labels[rows]
    net.compile(loss, {"kind": "adam", "rate": c.rate, "beta_2": 0.99, "average": recipe.average})
    member.net, member.outputs = net, np.zeros((epochs, len(held), data.outputs), np.float32)

    def look(moment: Any) -> None:
        member.outputs[moment.epoch] = net.predict(held, threads=1)
        member.snapshots.append(moment.weights())
        member.losses.append(moment.logs["loss"])

    weights = None if (data.weights == 1).all() else data.weights[rows]
    net.fit(
        data.X[rows], y, epochs, recipe.batch_size(len(rows)), sample_weight=weights, callbacks=look, verbose=0,
        threads=1,
    )  # fmt: skip


def _pooled(members: Sequence[Member], data: Task) -> tuple[NDArray[Any], Rows]:
    """(epochs, rows, outputs): each held-out row's mean prediction by those who did not train on it; and the rows."""
    n = len(data.X)
    count = np.zeros(n)
    total = np.zeros((len(members[0].outputs), n, data.outputs), np.float32)
    for m in members:
        total[:, m.held] += m.outputs if data.labels is not None else m.outputs * m.deviation + m.mean
        count[m.held] += 1
    rows = np.flatnonzero(count)
    return total[:, rows] / count[rows][:, None], rows


def _judge(members: Sequence[Member], data: Task) -> Verdict:
    outputs, rows = _pooled(members, data)
    targets = data.targets[rows]
    if data.labels is None:
        deviation = np.where(data.targets.std(axis=0) > 0, data.targets.std(axis=0), 1.0)
        outputs, targets = outputs / deviation, targets / deviation
    return judge(outputs, targets, data.weights[rows], data.labels is not None)


def _finish(member: Member, verdict: Verdict, data: Task) -> None:
    """Put the best epoch's numbers back, and bring the output to its units: both are exact in the last layer."""
    net = member.net
    net.put_back(member.snapshots[verdict.epoch])
    last = net.layers[-1][0]
    w, b = net.weights[f"{last}.weights"].astype(float), net.weights[f"{last}.bias"].astype(float)
    if data.labels is None:
        w, b = w * member.deviation, b * member.deviation + member.mean
    else:
        w, b = w / verdict.temperature, b / verdict.temperature
    net.set_weights({f"{last}.weights": w, f"{last}.bias": b})


# --- what is said of it ----------------------------------------------------------------------------------------------


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
    outputs, rows = _pooled(members, data)
    found, true, w = outputs[verdict.epoch].astype(float), data.targets[rows], data.weights[rows]
    if data.labels is None:
        residual = ((found - true) ** 2).T @ w
        spread = ((true - np.average(true, axis=0, weights=w)) ** 2).T @ w
        return float(np.mean(1.0 - residual / np.where(spread > 0, spread, 1.0)))
    p = tempered(found, verdict.temperature)
    label = (p[:, 0] >= 0.5).astype(np.int64) if data.outputs == 1 else p.argmax(axis=1)
    return float(np.average(label == data.labels[rows], weights=w))


def _keep_curve(net: Network, members: Sequence[Member], verdict: Verdict) -> None:
    for epoch, error in enumerate(verdict.curve):
        loss = float(np.mean([member.losses[epoch] for member in members]))
        net.history.add(epoch, {"loss": loss, "val_squared_error": error})


def _cores() -> int:
    from pellucid.engines.cpu.workers import available_cores

    return available_cores()
