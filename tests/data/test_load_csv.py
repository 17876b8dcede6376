"""CSV files as people have them, and the whole text of each refusal."""

import re

import numpy as np
import pytest

from pellucid.data import load_csv
from pellucid.errors import DataError

FILL = "Fill in such values (for instance with the column's median)."
ENCODE = "Encode text as numbers (for instance one column of 0 and 1 for each category), or leave the column out."


@pytest.fixture
def write(tmp_path):
    def write(text, name="t.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def refuses(text):
    return pytest.raises(DataError, match=f"^{re.escape(text)}$")


@pytest.mark.parametrize(
    ("text", "header", "names"),
    [
        ("1,2\n3,4\n", None, ["column 1", "column 2"]),
        ("a,b\n1,2\n3,4\n", None, ["a", "b"]),
        ("a,b\n1,x\n3,y\n", None, ["a", "b"]),
        ("1990,total\n1,2\n3,4\n", None, ["1990", "total"]),
        ("1,x\n3,y\n", None, ["column 1", "column 2"]),
        ("1,?,3\n4,5,6\n", None, None),
        ("1,2\n3,4\n5,6\n", True, ["1", "2"]),
        (",b\n1,2\n3,4\n", None, ["column 1", "b"]),
    ],
)
def test_header(write, text, header, names):
    path = write(text)
    if names is None:  # a first line with a gap is not a header
        with pytest.raises(DataError, match="line 1"):
            load_csv(path, header=header)
        return
    data = load_csv(path, header=header)
    assert data.feature_names == tuple(names[:-1])
    assert f'the target is "{names[-1]}"' in data.description


@pytest.mark.parametrize(
    "text",
    [
        "a,b,c\n1,2,3\n4,5,6\n",
        "a;b;c\n1;2;3\n4;5;6",
        "a\tb\tc\r\n1\t2\t3\r\n4\t5\t6\r\n",
        "\ufeffa,b,c\n1,2,3\n4,5,6\n",
        '\ufeff"a","b","c"\n"1",2,3\n4,5,6\n',
        "a|b|c\n1|2|3\n4|5|6\n",
        "a;b;c\n1,0;2;3\n4,0;5;6\n",
        "a;b;c\n1;2;3\n4;5;6\n".encode("utf-16"),
        "a,b,c\r1,2,3\r4,5,6\r",
        "\n \na, b ,c\n\n1, 2,3\n\n4,5 ,6\n,,\n\n",
    ],
)
def test_separators_marks_and_blank_lines(write, text):
    data = load_csv(write(text, "points.csv"))
    assert data.name == "points"
    assert data.feature_names == ("a", "b")
    assert data.X.dtype == np.float32
    assert data.X.flags.c_contiguous
    assert data.X.tolist() == [[1, 2], [4, 5]]
    assert data.y.tolist() == [3, 6]


@pytest.mark.parametrize(
    ("target", "rest"),
    [(None, ("a", "2")), ("a", ("2", "c")), ("2", ("a", "c")), (1, ("2", "c")), ("3", ("a", "2")), (3, ("a", "2"))],
)
def test_target_by_name_and_number(write, target, rest):
    assert load_csv(write("a,2,c\n1,2,3\n4,5,6\n"), target, header=True).feature_names == rest


@pytest.mark.parametrize(
    ("cells", "dtype", "classes"),
    [
        (["1", "0"], np.int64, None),
        (["1.0", "2e3"], np.int64, None),
        (["1.5", "2"], np.float64, None),
        (["1e300", "2"], np.float64, None),
        (["yes", "no"], "<U3", ("no", "yes")),
        (["0", "10+"], "<U3", ("0", "10+")),
        (['"a, b"', "c"], "<U4", ("a, b", "c")),
    ],
)
def test_target_types(write, cells, dtype, classes):
    data = load_csv(write("x,y\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells))))
    assert data.y.dtype == dtype
    assert data.class_names == classes


@pytest.mark.parametrize(
    ("text", "target", "error"),
    [
        ("", None, "t.csv: the file is empty. Expected one line for each sample."),
        (" \n\n", None, "t.csv: the file is empty. Expected one line for each sample."),
        (
            b"a,b\n1,2\n\xe9,3\n",
            None,
            't.csv, line 3, column "a": expected a number, got "é". 1 cell of the file holds no usable number. '
            f'If the column is the target, pass target="a". {ENCODE}',
        ),
        (
            "age,y\n1,0\ninf,1\n",
            None,
            't.csv, line 3, column "age": expected a finite number, got "inf". 1 cell of the file holds no usable '
            "number. Correct such cells, or delete their lines.",
        ),
        (b"a\0b", None, "t.csv: expected a table in text, found a binary file."),
        ("a,b\n", None, "t.csv: expected samples below the column names, found none."),
        (
            "a\n1\n2\n",
            None,
            't.csv: expected at least two columns, features and a target, found only one, "a". '
            "Separate the columns with commas, semicolons or tabs.",
        ),
        (
            "a,b,a\n1,2,3\n",
            None,
            't.csv: the column name "a" occurs twice, in columns 1 and 3. Give every column a name of its own.',
        ),
        (
            "Outcome,age\n1,2\n",
            "outcom",
            't.csv: no column "outcom". Did you mean "Outcome"? Columns: Outcome, age.',
        ),
        ("a,b\n1,2\n", 3, "t.csv: no column 3. Columns are counted from 1 to 2."),
        ("a,b\n1,2\n", "0", "t.csv: no column 0. Columns are counted from 1 to 2."),
        (
            "a,b\n1,7\n2,7\n",
            None,
            't.csv: the target column "b" is "7" in all 2 rows, so there is nothing to learn. Choose another target.',
        ),
        (
            "age,kind,y\n\n1,2,0\n\n3,red,1\n4,blue,1\n",
            None,
            't.csv, line 5, column "kind": expected a number, got "red". 2 cells of the file hold no usable number. '
            f'If the column is the target, pass target="kind". {ENCODE}',
        ),
        (
            'age,kind,note\n1,2,"two\nlines"\n3,red,x\n',
            None,
            't.csv, line 4, column "kind": expected a number, got "red". 1 cell of the file holds no usable number. '
            f'If the column is the target, pass target="kind". {ENCODE}',
        ),
        (
            "\n\nage,y\n1,0\n,1\n?,1\n",
            None,
            f't.csv, line 5, column "age": the value is missing. 2 cells of the file hold no usable number. {FILL}',
        ),
        (
            "age,y\n1,0\nNA,1\n",
            None,
            't.csv, line 3, column "age": the value is missing (found "NA"). '
            f"1 cell of the file holds no usable number. {FILL}",
        ),
        (
            "age,y\n1,0\n1e39,1\n",
            None,
            't.csv, line 3, column "age": 1e39 is too large for float32. 1 cell of the file holds no usable number. '
            "Divide the column by a constant.",
        ),
        (
            "age,y\n1,0\n2,\n3,?\n",
            None,
            't.csv, line 3, column "y": the target is missing. 2 of 3 targets are missing. Delete such lines.',
        ),
        (
            "age,y\n1,0\n2,inf\n",
            None,
            't.csv, line 3, column "y": expected a finite target, got "inf". Correct or delete the line.',
        ),
        (
            "a,b,y\n1,2,0\n3,1\n",
            None,
            "t.csv, line 3: expected 3 cells as in the first line, found 2. "
            'Add the cells that are missing; where a value is not known, the separator "," alone.',
        ),
        (
            "a,b,y\n1,2,0\n3\n",
            None,
            "t.csv, line 3: expected 3 cells as in the first line, found 1. "
            'Add the cells that are missing; where a value is not known, the separator "," alone.',
        ),
        (
            "a,b,y\n1,2,0\n\n3,1,2,4\n",
            None,
            "t.csv, line 4: expected 3 cells as in the first line, found 4. "
            'Put a cell that contains the separator "," in quotes.',
        ),
        (
            "a\ty\n1\t0\n3\t1\t2\n",
            None,
            "t.csv, line 3: expected 2 cells as in the first line, found 3. "
            "Put a cell that contains the separator (a tab) in quotes.",
        ),
    ],
)
def test_refused(write, text, target, error):
    with refuses(error):
        load_csv(write(text), target)


def test_a_quote_that_is_not_closed(write):
    with pytest.raises(
        DataError, match=r"^t\.csv: cannot be read as a table: .*\. Look for a quote that is not closed\.$"
    ):
        load_csv(write('a,b\n1,"2\n3,4\n'))


def test_no_such_file(write, tmp_path):
    write("a,b\n1,2\n", "iris.csv")
    with refuses(f'{tmp_path / "irs.csv"}: there is no such file. Did you mean "iris.csv"?'):
        load_csv(tmp_path / "irs.csv")
    with refuses(f"{tmp_path}: cannot be read: Is a directory."):
        load_csv(tmp_path)


def test_many_columns_are_not_all_listed(write):
    names = [f"p{i}" for i in range(25)]
    path = write(",".join(names) + "\n" + ",".join("1" * 25) + "\n")
    listed = ", ".join(names[:20])
    with refuses(f't.csv: no column "zzz". Columns: {listed} and 5 more.'):
        load_csv(path, "zzz")


@pytest.mark.parametrize(
    ("name", "shape", "dtype", "classes"),
    [
        ("pima-indians-diabetes.csv", (768, 8), np.int64, None),
        ("winequality-red.csv", (1599, 11), np.int64, None),
        ("iris.csv", (150, 4), "<U15", ("Iris-setosa", "Iris-versicolor", "Iris-virginica")),
    ],
)
def test_real_tables(shared_data, name, shape, dtype, classes):
    path = shared_data / "tables" / name
    data = load_csv(path)
    assert data.X.shape == shape
    assert data.y.dtype == dtype
    assert data.class_names == classes
    assert data.has_classes
    plain = np.genfromtxt(path, delimiter=",", usecols=range(shape[1]), dtype=np.float32)
    assert np.array_equal(data.X, plain)
