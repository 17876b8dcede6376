"""Generated tables: columns of every kind, gaps, values that training did not see, and values that mean a gap."""

import csv
import datetime

import numpy as np
import polars as pl

from pellucid import Dense, Input, Network
from pellucid.tables import TablePreparation
from pellucid.tables.find import DATE_FORMS, TIME_FORMS

SEEDS = range(40)


def network(frame, target="y", units=3, dtype="float32", **how):
    """A network with the table's preparation, and weights that let every input be seen."""
    preparation = TablePreparation.fit(frame, target, **how)
    embedding = preparation.embedding()
    inputs = Input(len(preparation.input_names))
    layers = [inputs, *([embedding] if embedding else []), Dense(8, "tanh"), Dense(units, "softmax")]
    net = Network(layers, seed=4, dtype=dtype)
    net.preparation, net.feature_names = preparation.to_dict(), preparation.input_names
    net.class_names = ("a", "b", "c")[:units]
    return net


def numbers(rng, n):
    """Of any offset and spread: years, prices, counters, measures."""
    offset, spread = rng.choice([0, 1, -2000, 1e6, 1e9]), 10.0 ** rng.integers(-2, 5)
    values = offset + spread * rng.standard_t(2, n)
    return pl.Series(values.round() if rng.random() < 0.3 else values)


def words(count):
    return lambda rng, n: pl.Series([f"wört {k}" for k in rng.integers(0, count, n)])


def answers(rng, n):
    pairs = [("no", "yes"), ("FALSE", "True"), ("negative", "positive"), ("left", "right"), ("straße", "weg")]
    return pl.Series(np.array(pairs[rng.integers(len(pairs))])[rng.integers(0, 2, n)])


def days(rng, n):
    return pl.Series([datetime.date(2023, 1, 1) + datetime.timedelta(int(k)) for k in rng.integers(0, 900, n)])


def times(rng, n):
    return pl.Series([datetime.datetime(1969, 1, 1) + datetime.timedelta(hours=h) for h in rng.uniform(0, 2e5, n)])


def written_days(rng, n):
    return days(rng, n).dt.strftime("%d.%m.%Y")


KINDS = {
    "number": numbers, "few": words(6), "many": words(40), "answer": answers, "truth": lambda r, n: pl.Series(
        r.random(n) < 0.5), "zero or one": lambda r, n: pl.Series(r.integers(0, 2, n)), "day": days, "time": times,
    "written day": written_days, "constant": lambda r, n: pl.Series(["always"] * n),
}  # fmt: skip
NEW = {"few": ["new", "wört  1", "WÖRT 1"], "many": ["new"], "answer": ["YES", "nO", "maybe", "STRASSE", "Positive"]}


def with_gaps(column, rng, share):
    nothing = pl.Series([None], dtype=column.dtype).new_from_index(0, len(column))
    return column.zip_with(pl.Series(rng.random(len(column)) >= share), nothing)


def table(seed):
    """(rows for training, other rows with gaps and values that training did not see, values that mean a gap)."""
    rng = np.random.default_rng(seed)
    first, others, marks = {}, {}, {}
    chosen = ["number", *rng.choice(list(KINDS), rng.integers(1, 9))]
    for k, kind in enumerate(chosen):
        column = KINDS[kind](rng, 153)
        name = f"{kind} {k}"
        if rng.random() < 0.4 and kind != "constant":
            column = with_gaps(column, rng, 0.2)
        first[name], rest = column[:120], column[120:]
        if rng.random() < 0.3 and kind in ("number", "few", "day", "written day"):
            marks[name] = str(first[name].drop_nulls()[0])
        if kind in NEW:
            new = pl.Series(NEW[kind])[rng.integers(0, len(NEW[kind]), len(rest))]
            rest = rest.zip_with(pl.Series(rng.random(len(rest)) < 0.6), new)
        others[name] = with_gaps(rest, rng, 0.1) if rng.random() < 0.5 else rest
    return pl.DataFrame(first | {"y": np.arange(120.0)}), pl.DataFrame(others), marks


# --- as files -------------------------------------------------------------------------------------------------------

SEPARATORS = (",", ";", "\t", "|")
STRANGE = ("a, b", 'so "called"', "größe; breite", "two\nlines", "a | b", "100%", "b\\n ??/ {x}")
NAMELESS = "column 1"  # what the first column is called where the file has no name for it


def write_files(folder, seed):
    """A table's rows for training and its other rows as CSV files, in one of the ways in which people write them:
    (for training, function that writes the first rows of the others, values that mean a gap)."""
    train, others, marks = table(seed)
    rng = np.random.default_rng(seed)
    separator = SEPARATORS[seed % 4]
    decimal = "," if separator != "," and rng.random() < 0.6 else "."
    names = {name: f"{STRANGE[(seed + k) % len(STRANGE)]}{k}" for k, name in enumerate(others.columns)} | {"y": "y"}
    if seed % 5 == 0:
        names[others.columns[0]] = NAMELESS
    marks = {names[name]: mark for name, mark in marks.items()}
    forms = {
        name: (TIME_FORMS if train[name].dtype == pl.Datetime else DATE_FORMS)[int(rng.integers(10))]
        for name in others.columns if train[name].dtype in (pl.Datetime, pl.Date)
    }  # fmt: skip
    marks = {name: mark for name, mark in marks.items() if name not in {names[name] for name in forms}}

    def text(name, cell):
        if cell is None:
            return ("", "NA", "-")[int(rng.integers(3))]
        if name in forms:
            return cell.strftime(forms[name].replace("%.f", ".%f"))
        return repr(cell).replace(".", decimal) if isinstance(cell, float) else str(cell)

    def write(frame, file):
        with open(folder / file, "w", newline="", encoding="utf-8") as opened:
            writer = csv.writer(opened, delimiter=separator, lineterminator=("\n", "\r\n")[seed % 2])
            writer.writerow([names[name].replace(NAMELESS, "") for name in frame.columns])
            for row in frame.iter_rows(named=True):
                writer.writerow([f" {text(name, cell)}" if rng.random() < 0.1 else text(name, cell)
                                 for name, cell in row.items()])  # fmt: skip
        return folder / file

    return write(train, "train.csv"), lambda size: write(others[:size], f"rows_{size}.csv"), marks
