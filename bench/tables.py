"""The default recipe for tables beside scikit-learn's networks and linear models, in the same folds.

    python -m bench.tables --data FOLDER                             all sets, three seeds: an hour on one core
    python -m bench.tables --data FOLDER --sets pima --seeds 5
    python -m bench.tables --data FOLDER --sets iris --output figures/tables.json
    python -m bench.tables --sets digits --no-tuned                  without the grid search, which takes longest
    python -m bench.tables --recipe-alone                            the recipe's figures alone

Run it from the project's root. FOLDER holds ``pima-indians-diabetes.csv``, ``winequality-red.csv`` and ``iris.csv``,
as plain columns of numbers with the target last; the other sets come with scikit-learn. Every seed cuts the rows into
ten folds anew (stratified where there are classes); each is predicted by models that were fitted on the other nine,
their scaling included. A figure is the mean over all folds; its spread is the standard deviation over the seeds' means.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FOLDS = 10
Fit = Callable[[NDArray[Any], NDArray[Any], NDArray[Any], int], NDArray[Any]]  # X, y, X_test, seed → predictions


@dataclass(frozen=True)
class Table:
    """A set: rows, targets, and whether these are classes."""

    X: NDArray[np.float64]
    y: NDArray[Any]
    classes: bool


# --- the sets --------------------------------------------------------------------------------------------------------


def _rows(path: Path) -> tuple[NDArray[np.float64], NDArray[np.str_]]:
    """Numbers, and the last column as it is; a header line is passed over."""
    if not path.exists():
        raise SystemExit(f"{path}: there is no such file. Say where the tables are with --data FOLDER.")
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file) if row]
    rows = [row for row in rows if row[0].lstrip("-").replace(".", "", 1).isdigit()]
    return np.array([row[:-1] for row in rows], float), np.array([row[-1] for row in rows])


def _file(name: str, classes: bool) -> Callable[[Path], Table]:
    def load(folder: Path) -> Table:
        X, y = _rows(folder / name)
        return Table(X, y if classes else y.astype(float), classes)

    return load


def _own(name: str, classes: bool = True) -> Callable[[Path], Table]:
    def load(folder: Path) -> Table:
        from sklearn import datasets

        X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
        return Table(X.astype(float), y, classes)

    return load


SETS: dict[str, Callable[[Path], Table]] = {
    "pima": _file("pima-indians-diabetes.csv", True),
    "wine_red_numbers": _file("winequality-red.csv", False),
    "wine_red_classes": _file("winequality-red.csv", True),
    "iris": _file("iris.csv", True),
    "breast_cancer": _own("breast_cancer"),
    "diabetes": _own("diabetes", False),
    "wine": _own("wine"),
    "digits": _own("digits"),
}


# --- the programs ----------------------------------------------------------------------------------------------------


def _pellucid(classes: bool, threads: int | None, notes: list[dict[str, Any]]) -> Fit:
    import polars as pl

    from pellucid.recipes import fit_table
    from pellucid.tables import TablePreparation

    def frame(X: NDArray[Any]) -> pl.DataFrame:
        return pl.DataFrame({f"x{k}": X[:, k] for k in range(X.shape[1])})

    def fit(X: NDArray[Any], y: NDArray[Any], X_test: NDArray[Any], seed: int) -> NDArray[Any]:
        preparation = TablePreparation.fit(frame(X))
        train, test = preparation.transform(frame(X)), preparation.transform(frame(X_test))
        net = fit_table(train, y, "classes" if classes else "numbers", seed=seed, threads=threads, verbose=0)
        assert net.recipe is not None
        notes.append({key: net.recipe[key] for key in ("chosen", "tried")})
        return net.predict_classes(test) if classes else net.predict(test)[:, 0]

    return fit


def _sklearn(make: Callable[[int], Any]) -> Fit:
    def fit(X: NDArray[Any], y: NDArray[Any], X_test: NDArray[Any], seed: int) -> NDArray[Any]:
        found: NDArray[Any] = make(seed).fit(X, y).predict(X_test)
        return found

    return fit


def programs(
    classes: bool, threads: int | None, notes: list[dict[str, Any]], tuned: bool, alone: bool = False
) -> dict[str, Fit]:
    """Everything that is compared, by its title; ``alone``: the recipe and nothing else."""
    if alone:
        return {"Pellucid, default recipe": _pellucid(classes, threads, notes)}
    from sklearn.linear_model import LogisticRegression, RidgeCV
    from sklearn.model_selection import GridSearchCV
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    network = MLPClassifier if classes else MLPRegressor
    kind = network.__name__

    def grid(seed: int) -> Any:
        tried = {f"{kind.lower()}__hidden_layer_sizes": [(100,), (50, 50)], f"{kind.lower()}__alpha": [1e-4, 0.1, 3.0]}
        return GridSearchCV(make_pipeline(StandardScaler(), network(random_state=seed)), tried, cv=3)

    linear = (lambda seed: LogisticRegression(max_iter=1000)) if classes else (lambda seed: RidgeCV())
    found = {
        "Pellucid, default recipe": _pellucid(classes, threads, notes),
        f"{kind}": _sklearn(lambda seed: network(random_state=seed)),
        f"{kind}, scaled": _sklearn(lambda seed: make_pipeline(StandardScaler(), network(random_state=seed))),
        f"{kind}, scaled and tuned": _sklearn(grid),
        "Logistic regression" if classes else "Ridge regression": _sklearn(
            lambda seed: make_pipeline(StandardScaler(), linear(seed))
        ),
    }
    return found if tuned else {title: fit for title, fit in found.items() if "tuned" not in title}


# --- the measurement -------------------------------------------------------------------------------------------------


def figures(found: NDArray[Any], true: NDArray[Any], classes: bool) -> dict[str, float]:
    """Accuracy in per cent; or RMSE and R²."""
    if classes:
        return {"accuracy": 100.0 * float(np.mean(found == true))}
    squares = float(np.mean((found - true) ** 2))
    return {"rmse": squares**0.5, "r2": 1.0 - squares / float(true.var())}


def measure(
    table: Table, seeds: int, threads: int | None = None, tuned: bool = True, alone: bool = False
) -> dict[str, Any]:
    """Every program on every fold of every seed: {"figures": {title: {figure: (seeds, folds)}}, "chosen": …}."""
    from sklearn.model_selection import KFold, StratifiedKFold

    notes: list[dict[str, Any]] = []
    every: dict[str, dict[str, list[list[float]]]] = {}
    seconds: dict[str, float] = {}
    y, names = table.y, None
    if table.classes:
        names, y = np.unique(table.y, return_inverse=True)
    for seed in range(seeds):
        folds = (StratifiedKFold if table.classes else KFold)(FOLDS, shuffle=True, random_state=seed)
        for train, test in folds.split(table.X, y):
            for title, fit in programs(table.classes, threads, notes, tuned, alone).items():
                began = time.perf_counter()
                found = fit(table.X[train], y[train], table.X[test], seed)
                seconds[title] = seconds.get(title, 0.0) + time.perf_counter() - began
                for figure, value in figures(found, y[test], table.classes).items():
                    rows = every.setdefault(title, {}).setdefault(figure, [])
                    if len(rows) <= seed:
                        rows.append([])
                    rows[seed].append(value)
    chosen: dict[str, int] = {}
    for note in notes:
        chosen[note["chosen"]] = chosen.get(note["chosen"], 0) + 1
    fits = seeds * FOLDS
    return {"rows": len(y), "inputs": table.X.shape[1], "classes": 0 if names is None else len(names), "seeds": seeds,
            "figures": every, "chosen": chosen, "seconds_a_fit": {t: s / fits for t, s in seconds.items()}}  # fmt: skip


def summary(result: dict[str, Any]) -> dict[str, dict[str, tuple[float, float]]]:
    """{title: {figure: (mean, standard deviation over the seeds' means)}}."""
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for title, by_figure in result["figures"].items():
        for figure, rows in by_figure.items():
            means = np.mean(rows, axis=1)
            spread = float(means.std(ddof=1)) if len(means) > 1 else float("nan")
            found.setdefault(title, {})[figure] = (float(means.mean()), spread)
    return found


def report(name: str, result: dict[str, Any]) -> str:
    """The figures of one set as a table, and what the recipe chose in how many folds."""
    shape = f"{result['rows']:,} rows, {result['inputs']} inputs"
    kind = f"{result['classes']} classes" if result["classes"] else "numbers"
    lines = [f"{name}: {shape}, {kind}; {FOLDS} folds × {result['seeds']} seeds"]
    for title, by_figure in summary(result).items():
        shown = [f"{figure} {mean:.3f} ± {spread:.3f}" for figure, (mean, spread) in by_figure.items()]
        lines.append(f"  {title:34} {'   '.join(shown):44} {result['seconds_a_fit'][title]:6.2f} s a fit")
    chosen = ", ".join(f"{kind} {count}×" for kind, count in sorted(result["chosen"].items()))
    return "\n".join([*lines, f"  The recipe chose: {chosen}."])


def main(arguments: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.tables", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--data", type=Path, default=Path("."), help="the folder of the CSV files")
    parser.add_argument("--sets", default=",".join(SETS), help="which, separated by commas (all)")
    parser.add_argument("--seeds", type=int, default=3, help="how often the rows are cut into folds (3)")
    parser.add_argument("--threads", type=int, default=None, help="of the recipe (all cores)")
    parser.add_argument("--no-tuned", action="store_true", help="leave the grid search out")
    parser.add_argument("--recipe-alone", action="store_true", help="leave all others out")
    parser.add_argument("--output", type=Path, default=None, help="also write the figures into this JSON file")
    given = parser.parse_args(arguments)
    chosen = given.sets.split(",")
    strangers = [name for name in chosen if name not in SETS]
    if strangers:
        parser.error(f'no set "{strangers[0]}"; known: {", ".join(SETS)}')
    if given.seeds < 1:
        parser.error("--seeds must be at least 1")
    warnings.simplefilter("ignore")  # scikit-learn says that its default number of epochs is too small; so it is
    results = {}
    for name in chosen:
        table, tuned = SETS[name](given.data), not given.no_tuned
        results[name] = measure(table, given.seeds, given.threads, tuned, given.recipe_alone)
        print(report(name, results[name]) + "\n", flush=True)
        if given.output is not None:
            given.output.parent.mkdir(parents=True, exist_ok=True)
            given.output.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
