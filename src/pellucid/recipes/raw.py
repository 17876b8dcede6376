"""The default recipe from raw rows: a table in, one network out that takes raw rows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError
from pellucid.recipes.fit import fit_table as fit_arrays
from pellucid.recipes.table import TableRecipe

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.tables import TablePreparation


def fit_table(
    table: Any,
    target: str | int | None = None,
    *,
    task: str | None = None,
    kinds: Mapping[str, str] | None = None,
    missing: Mapping[Any, Any] | None = None,
    recipe: TableRecipe | None = None,
    seed: int = 0,
    threads: int | None = None,
    verbose: int | str = "auto",
    checkpoint: str | os.PathLike[str] | None = None,
) -> Network:
    """From a table to a trained network that predicts from raw rows, without a question.

    Kinds of columns, gaps and scales are found (:class:`pellucid.tables.TablePreparation`); candidates are trained on
    inner folds and the best becomes the network (:func:`pellucid.recipes.fit_table`, which takes arrays). All rows are
    trained on: hold rows out yourself to judge it, or use :func:`pellucid.cross_validate`. The inner folds share the
    preparation, which knows the inputs of all rows given here, but no target.

    Parameters
    ----------
    table : path, or table of pandas, polars or Arrow
        The rows for training, the target among their columns.
    target : str or int, optional
        The target's name, or its number from 1; the last column if not given.
    task : {"classes", "numbers"}, optional
        Found from the target unless given.
    kinds : dict of str to str, optional
        The kind of a column where it is known better: "number", "category", "yes/no", "date" or "ignored".
    missing : dict of str or int to value or list of values, optional
        Values that stand for a missing one, by column, as in ``{"pressure": 0}``.
    recipe : TableRecipe, optional
        What is tried. The default unless given.
    seed : int
        Of everything random. The same seed gives the same bits on any number of threads.
    threads : int, optional
        So many members are trained at once; all cores unless given.
    verbose : {"auto", 0, 1, 2}
        A bar in a terminal, and at the end a line that says what was chosen and why; 0 for silence.
    checkpoint : path, optional
        A folder in which every training is kept once it is done, until all are. Called again after a crash, with the
        same table and the same folder, this trains what is missing and ends with the same bits.

    Returns
    -------
    Network
        It takes tables with the same columns in any order, with or without the target, and holds the preparation in
        its one file. ``net.recipe`` says what was tried, with which figures, and why this was chosen.

    Raises
    ------
    DataError
        As of :func:`pellucid.tables.read_table`, :func:`~pellucid.tables.take_targets` and ``TablePreparation.fit``.

    Examples
    --------
    >>> import numpy as np, polars, pellucid
    >>> rng = np.random.default_rng(0)
    >>> flats = polars.DataFrame({"area": rng.uniform(30, 120, 200).round(), "city": rng.choice(["Rome", "Oslo"], 200)})
    >>> flats = flats.with_columns(dear=polars.when(polars.col("area") > 80).then(polars.lit("yes")).otherwise(
    ...     polars.lit("no")))
    >>> net = pellucid.fit_table(flats, target="dear", verbose=0)
    >>> net.predict_classes(polars.DataFrame({"city": ["Oslo", "Rome"], "area": [40, 115]})).tolist()
    ['no', 'yes']
    """
    from pellucid.tables import TablePreparation, read_table, take_targets

    if isinstance(table, (np.ndarray, list, tuple)):
        raise DataError(
            f"fit_table: expected a table of pandas, polars or Arrow, or a file's path, got {type(table).__name__}. "
            f"For arrays there is pellucid.recipes.fit_table(X, y, task)."
        )
    raw = read_table(table, what="table")
    found = take_targets(raw, target, task)
    preparation = TablePreparation.fit(raw, found.name, kinds=kinds, missing=missing)
    return fit_prepared(
        preparation, raw, found.y, found.task, found.class_names, recipe=recipe, seed=seed, threads=threads,
        verbose=verbose, checkpoint=checkpoint,
    )  # fmt: skip


def fit_prepared(
    preparation: TablePreparation, rows: Any, y: NDArray[Any], task: str, class_names: tuple[str, ...] | None, *,
    recipe: TableRecipe | None = None, seed: int = 0, threads: int | None = None, verbose: int | str = "auto",
    explain: bool = True, name: str = "table", checkpoint: str | os.PathLike[str] | None = None,
) -> Network:  # fmt: skip
    """The recipe on raw rows whose preparation is known; the network is compiled to be evaluated in plain figures."""
    embedding = preparation.embedding()
    net = fit_arrays(
        preparation.transform(rows), y, task, recipe=recipe, before=() if embedding is None else (embedding,),
        class_names=class_names, seed=seed, threads=threads, verbose=verbose, explain=explain, name=name,
        checkpoint=checkpoint,
    )  # fmt: skip
    net.feature_names, net.preparation = preparation.input_names, preparation.to_dict()
    # Members learn smoothed labels; the whole is judged by what it says of the classes themselves.
    net.compile(net.loss.kind, net.optimizer, ["mae" if task == "numbers" else "accuracy"])
    return net
