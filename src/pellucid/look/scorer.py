"""The scorer: what a network for tables says about one raw row, what each column adds to that, and how sure it is.

The parts are Shapley values of columns: a column's inputs, such as those of its categories and the one for gaps, are
put in together, and the row is compared with a usual one. The members of an ensemble, and networks of several seeds,
are asked one by one; so each figure has its spread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError, DescriptionError, nearest
from pellucid.look.probe import Probe
from pellucid.look.score import Score
from pellucid.look.shapley import shapley

if TYPE_CHECKING:
    from pellucid.evaluation import Importance
    from pellucid.network import Network
    from pellucid.tables import TablePreparation
    from pellucid.tables.raw import RawTable

Array = NDArray[np.float64]
MISSING = "missing"  # how a gap is shown


class Scorer:
    """Scores raw rows of a table by a trained network, or by several of several seeds.

    Parameters
    ----------
    networks : Network, or sequence of Network
        Trained on raw rows of a table (:func:`pellucid.fit_table`, ``pellucid train``); of several, all on the same
        columns. The members of an ensemble count one by one.
    target : str, optional
        The class whose probability is scored: of two classes the second one unless given, of more the one that the
        network finds likeliest for the row.
    orders : int
        Orders of columns that are drawn, where there are more than ten; see :func:`pellucid.look.shapley.shapley`.

    Raises
    ------
    DescriptionError
        A network without a table's preparation, networks of different columns or classes, or a class that they do not
        know.

    Examples
    --------
    >>> import numpy as np, polars, pellucid
    >>> rng = np.random.default_rng(0)
    >>> flats = polars.DataFrame({"area": rng.uniform(30, 120, 200).round(), "city": rng.choice(["Rome", "Oslo"], 200)})
    >>> flats = flats.with_columns(dear=polars.when(polars.col("area") > 80).then(polars.lit("yes")).otherwise(
    ...     polars.lit("no")))
    >>> scorer = pellucid.Scorer(pellucid.fit_table(flats, target="dear", verbose=0))
    >>> found = scorer.score({"area": 118, "city": "Rome"})
    >>> found.output, found.value > 0.9, found.rows()[0][0], len(found.members)
    ('p(yes)', True, 'area', 5)
    >>> bool(np.isclose(found.mean.sum(), found.value - found.usual_value))
    True
    """

    def __init__(self, networks: Network | Sequence[Network], target: str | None = None, orders: int = 128) -> None:
        from pellucid.layers.base import check_whole
        from pellucid.network import Network

        nets = [networks] if isinstance(networks, Network) else list(networks)
        first, self._preparation = _same(nets)
        self._net, self._orders = first, check_whole(orders, "orders")
        self._members = [member for net in nets for member in _members(net)]
        self._probes = [Probe(member) for member in self._members]
        self._target = None if target is None else self._place(target)

    def __repr__(self) -> str:
        count = len(self._members)
        return f"<Scorer: {count} member{'' if count == 1 else 's'}, {len(self._preparation.used)} columns>"

    def score(self, row: Any) -> Score:
        """Score one row.

        Parameters
        ----------
        row : dict of column to cell, or a table of one row
        """
        found = list(self.scores({name: [cell] for name, cell in row.items()} if isinstance(row, dict) else row))
        if len(found) != 1:
            raise DataError(f"row: expected one row, got {len(found)}. Use scores for several.")
        return found[0]

    def scores(self, table: Any) -> Iterator[Score]:
        """Score each row of a table of pandas, polars or Arrow, of a file, or of a dict of columns."""
        import polars as pl

        from pellucid.tables import read_table

        raw = self._preparation.match(read_table(pl.DataFrame(table) if isinstance(table, dict) else table, what="row"))
        usual = usual_row(self._preparation)
        X, start = (self._preparation.transform(rows, np.float64) for rows in (raw, usual))
        groups = _groups(self._preparation)
        names = tuple(column.name for column in self._preparation.used)
        usual_cells = tuple(_cell(usual, name, 0) for name in names)
        goal = self._preparation.target
        for k, x in enumerate(X):
            both = np.stack([x, start[0]])
            said = np.stack([probe.values(both) for probe in self._probes])  # (members, the row and the usual, outputs)
            unit = self._unit(said[:, 0].mean(axis=0))
            parts = [self._parts(probe, x, start[0], groups, unit) for probe in self._probes]
            said = self._turned(said[:, :, unit])
            yield Score(
                self._words(unit), said[:, 0], said[:, 1], names, tuple(_cell(raw, name, k) for name in names),
                usual_cells, np.stack(parts, axis=1), _cell(raw, goal, k) if goal in raw.columns else None,
            )  # fmt: skip

    def importance(
        self, table: Any, figure: str | None = None, repeats: int = 5, seed: int = 0,
        progress: Callable[[int, int], None] | None = None,
    ) -> Importance:  # fmt: skip
        """How much each column matters over all rows: what a figure loses when the column is shuffled.

        Parameters
        ----------
        table : table with the target among its columns
            Best rows that the networks were not trained on: of others, what was learned by heart matters too.
        figure, repeats, seed
            As of :func:`pellucid.evaluation.permutation_importance`.
        progress : callable, optional
            Called with (members done, members).

        Returns
        -------
        Importance
            ``values`` (columns, members): each member's mean over the shuffles; ``spread`` is that between the members.
        """
        from pellucid.evaluation import permutation_importance
        from pellucid.evaluation.importance import Importance
        from pellucid.tables import read_table
        from pellucid.training.samples import own_targets

        raw = self._preparation.match(read_table(table, what="table"))
        y = own_targets(self._net, raw, ("table", "table"))
        used = {column.name for column in self._preparation.used}
        rows = raw.without(*(name for name in raw.columns if name not in used))
        found: list[Importance] = []
        for k, member in enumerate(self._members, 1):
            found.append(permutation_importance(member, rows, y, figure=figure, repeats=repeats, seed=seed))
            if progress is not None:
                progress(k, len(self._members))
        baseline = float(np.mean([one.baseline for one in found]))
        return Importance(found[0].names, found[0].figure, baseline, np.stack([one.mean for one in found], axis=1))

    # --- which output ------------------------------------------------------------------------------------------------

    def _place(self, target: str) -> int:
        names = self._net.class_names
        if names is None:
            raise DescriptionError(
                f'target: the network predicts numbers, so there is no class "{target}". Leave it out.'
            )
        if target not in names:
            raise DescriptionError(f'target: no class "{target}".{nearest(target, names)} Known: {", ".join(names)}.')
        return names.index(target)

    def _unit(self, outputs: Array) -> int:
        """Which of the network's outputs is scored."""
        if len(outputs) == 1:
            return 0
        if self._target is not None:
            return self._target
        return 1 if len(outputs) == 2 and self._net.class_names is not None else int(outputs.argmax())

    @property
    def _first_of_two(self) -> bool:
        """Whether the class that is asked for has 1 minus the network's only output."""
        return self._target == 0 and self._net.output_units == 1

    def _turned(self, outputs: Array) -> Array:
        return 1.0 - outputs if self._first_of_two else outputs

    def _parts(self, probe: Probe, x: Array, start: Array, groups: list[NDArray[np.int64]], unit: int) -> Array:
        found = shapley(lambda X: probe.values(X)[:, unit], x, start, groups, self._orders)
        return -found if self._first_of_two else found

    def _words(self, unit: int) -> str:
        names = self._net.class_names
        if names is None:
            own = self._preparation.target or "output"
            return own if self._net.output_units == 1 else f"{own} {unit + 1}"
        return f"p({names[(0 if self._first_of_two else 1) if self._net.output_units == 1 else unit]})"


def usual_row(preparation: TablePreparation) -> RawTable:
    """One row of medians, middle dates, and values of most rows; a gap where a network's file does not know it."""
    import polars as pl

    from pellucid.tables import read_table

    return read_table(
        pl.DataFrame({column.name: [column.usual_cell] for column in preparation.used}), what="the usual row"
    )


def _groups(preparation: TablePreparation) -> list[NDArray[np.int64]]:
    """The inputs of each column that is used; codes come after all others."""
    at, found = 0, {}
    for column in sorted(preparation.used, key=lambda column: bool(column.codes)):
        size = 1 if column.codes else len(column.inputs)
        found[column.name] = np.arange(at, at + size)
        at += size
    return [found[column.name] for column in preparation.used]


def _same(nets: list[Network]) -> tuple[Network, TablePreparation]:
    """The first network and its preparation, where all take the same columns."""
    from pellucid.tables.preparation import preparation_of

    if not nets:
        raise DescriptionError("Scorer: give at least one network.")
    known = [preparation_of(net.preparation) for net in nets]
    for net, preparation in zip(nets, known, strict=True):
        if preparation is None:
            raise DescriptionError(
                f'Scorer: the network "{net.name}" was not trained on raw rows of a table, so it knows no columns. '
                f"Train it by pellucid.fit_table, or use net.attribute."
            )
        if preparation != known[0] or net.class_names != nets[0].class_names:
            raise DescriptionError(
                "Scorer: the networks were trained on tables that were prepared differently. Give networks that were "
                "trained on the same rows with different seeds."
            )
    assert known[0] is not None
    return nets[0], known[0]


def _members(net: Network) -> list[Network]:
    from pellucid.ensembles import members_of

    last = net.layers[-1][1]
    if last.kind != "Ensemble":
        return [net]
    if getattr(last, "weights", None) is not None and len(set(last.weights)) > 1:  # type: ignore[attr-defined]
        return [net]  # members that count differently are asked as one
    return members_of(net)


def _cell(table: RawTable, name: str, row: int) -> str:
    """A cell as it is shown."""
    if bool(table.missing(name)[row]):
        return MISSING
    cell = table.frame[name][row]
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)
