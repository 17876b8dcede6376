"""A file of numbers alone is read by NumPy, and every figure, text, name and error is that of the usual way."""

import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from pellucid.data.csv_text import read_csv_text
from pellucid.errors import DataError
from pellucid.tables import TablePreparation, read, read_table, take_targets
from pellucid.tables.number_cells import MOST_CHARACTERS, NumberCells, read_numbers

FORMS = (
    "{:d}".format, "-{:d}".format, "{:03d}".format, "{:d}.0".format, "{:d}.".format, ".{:d}".format, "+{:d}".format,
    lambda n: f"{n / 7}", lambda n: f"{n / 7:e}", lambda n: f"{n / 3:.25f}", lambda n: f"-{n}E-{n % 30}",
)  # fmt: skip


def the_usual_way(path, monkeypatch, header=None):
    with monkeypatch.context() as patch:
        patch.setattr(read, "read_numbers", lambda text, separator: None)
        return read_table(path, header)


def random_file(rng):
    separator = rng.choice([",", ";", "\t", "|"])
    rows, columns = int(rng.integers(3, 30)), int(rng.integers(2, 6))
    forms = rng.integers(len(FORMS), size=columns if rng.random() < 0.5 else (rows, columns))
    forms = np.broadcast_to(forms, (rows, columns))
    cells = [[FORMS[f](int(rng.integers(10_000))) for f in line] for line in forms]
    head = [["a", "b c", '" d"', f'"e{separator}f"', "µ"][:columns]] if rng.random() < 0.5 else []
    blank, end = rng.choice(["", "\n", "  \n\n"]), rng.choice(["", "\n", "\n\n\n"])
    return (blank + "\n".join(separator.join(line) for line in head + cells) + end).replace(
        "\n", rng.choice(["\n", "\r\n"])
    )


def same(one, other):
    assert (one.columns, one.shape, one.named, one.decimal, one.notes) == (
        other.columns, other.shape, other.named, other.decimal, other.notes,
    )  # fmt: skip
    np.testing.assert_array_equal(one.rows, other.rows)
    for name in one.columns:
        np.testing.assert_array_equal(one.numbers(name), other.numbers(name))
        np.testing.assert_array_equal(one.missing(name), other.missing(name))
        assert one.texts(name).equals(other.texts(name))
        assert one.written(name) == other.written(name) == other.texts(name).to_list()
        assert one.is_text(name) == other.is_text(name)
        assert one.where(len(one) - 1, name) == other.where(len(other) - 1, name)
    assert one.frame.equals(other.frame)
    assert one.frame.columns == other.frame.columns
    assert [one.to_csv(header) for header in (True, False)] == [other.to_csv(header) for header in (True, False)]


@pytest.mark.parametrize("seed", range(60))
def test_numbers_are_read_as_in_the_usual_way(seed, write, monkeypatch):
    rng = np.random.default_rng(seed)
    path = write(random_file(rng))
    for header in (None, True, False):
        fast = read_table(path, header)
        usual = the_usual_way(path, monkeypatch, header)
        same(fast, usual)
        some, last = rng.permutation(len(usual))[: len(usual) // 2 + 1], usual.columns[-1]
        same(fast[some].without(last), usual[some].without(last))
        names = tuple(f"x{k}" for k in range(len(usual.columns)))
        same(fast.renamed(names)[1:], usual.renamed(names)[1:])
        marks = {last: ("0", "17", "nothing")}
        same(fast.blanked(marks), usual.blanked(marks))


def test_most_random_files_are_taken(write):
    """Else the test above would compare the usual way with itself."""
    files = [random_file(np.random.default_rng(seed)) for seed in range(60)]
    taken = [isinstance(read_table(write(file, "f.csv")).cells, NumberCells) for file in files]
    assert sum(taken) > 40


@pytest.mark.parametrize("text", [
    "1,2\n3,\n", "1,2\n3\n", "1,2\n3,4,5\n", "1,2\n\n3,4\n", "1,2\n3,nan\n", "1,2\n3,inf\n", "1,2\n3,1e999\n",
    "1,2\n3,x\n", '1,2\n3,"4"\n', "1, 2\n3, 4\n", "1,2\n3,1_000\n", "1,2\n3,0x10\n", "1,2\n3,--4\n", "1,2\n3,e\n",
    "1,2\n3,4 \n", "a,2020\n1,2\n", "a,1b\n1,2\n", "a,+.5\n1,2\n", "a\n1,2\n", "a,b,c\n1,2\n", "a,b\n", "a,b",
    'a,"b\n",\n1,2\n', 'a,"b"""\n1,2\n', '"a" ,b\n1,2\n', '"a"x,b\n1,2\n', 'a"x",b\n1,2\n', '"",b\n1,2\n',
    "1;2,5\n3;4,5\n", "a,b\n1,2\n3,4\n" + "0,0\n" * (MOST_CHARACTERS // 4),
])  # fmt: skip
def test_whatever_needs_more_care_is_left_to_the_usual_way(text, write):
    path = write(text)
    read_text = read_csv_text(path)
    assert read_numbers(read_text.text, read_text.separator) is None


def test_errors_are_those_of_the_usual_way(write, monkeypatch):
    for text in ("a,a\n1,2\n3,4\n", "a,b\n1,2\n1,2\n", "1,2\n", '"a" ,b\n1,2\n3,4\n'):
        said = []
        for table in (read_table, lambda path: the_usual_way(path, monkeypatch)):
            with pytest.raises(DataError) as refused:
                take_targets(table(write(text)))
            said.append(str(refused.value))
        assert said[0] == said[1]


def test_numbers_are_the_callers_own(write):
    table = read_table(write("a,b\n1,2\n3,4\n"))
    table.numbers("a")[:] = 9
    assert table.numbers("a").tolist() == [1, 3]


def test_a_long_line_takes_its_own_memory_alone(write):
    tracemalloc.start()
    table = read_table(write(f"a,b\n0.{'1' * 20_000},1\n" + "1,2\n" * 2_000))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(table.cells, NumberCells)
    assert most < 10_000_000  # 2,001 lines of 20,004 characters would be 160 MB


def test_targets_of_no_rows_are_none(write, monkeypatch):
    path = write("a,y\n1,2\n3,4\n")
    for table in (read_table(path), the_usual_way(path, monkeypatch)):
        assert take_targets(table[:0]).y.shape == (0,)


def test_a_preparation_is_the_same(write, monkeypatch):
    lines = [f"{k % 7},{k % 2},5,{k},{k / 3},{k % 2}" for k in range(60)]
    path = write("x,flag,same,id,z,y\n" + "\n".join(lines))
    fast, usual = read_table(path), the_usual_way(path, monkeypatch)
    assert isinstance(fast.cells, NumberCells)
    one, other = (TablePreparation.fit(table, "y") for table in (fast, usual))
    assert one == other
    assert [column.title for column in one.columns] == ["number", "yes/no", "constant", "unique id", "number"]
    np.testing.assert_array_equal(one.transform(fast), other.transform(usual))
    for task in ("classes", "numbers"):
        a, b = (take_targets(table, "y", task) for table in (fast, usual))
        assert (a.class_names, a.why, a.y.tolist()) == (b.class_names, b.why, b.y.tolist())


def test_polars_is_not_imported_for_numbers(write):
    path = write("".join(f"{k},{k % 5},{k % 2}\n" for k in range(40)))
    program = (
        "import sys; from pellucid.tables import TablePreparation, read_table, take_targets\n"
        f"table = read_table({str(path)!r}); take_targets(table); TablePreparation.fit(table, 3).transform(table[:3])\n"
        "assert 'polars' not in sys.modules; table.texts('column 1'); assert 'polars' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
