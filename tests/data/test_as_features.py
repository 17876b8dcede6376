"""What may be given as features and targets, and the whole text of each refusal."""

import datetime
import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import polars as pl
import pytest

from pellucid.data import as_features, as_targets, same_length
from pellucid.errors import DataError

FILL = "Fill in such values (for instance with the column's median), or drop their rows."
ENCODE = "Encode text as numbers (for instance one column of 0 and 1 for each category), or leave the column out."
DROP = "Drop such rows from the features and the targets."


def refuses(text: str):
    return pytest.raises(DataError, match=f"^{re.escape(text)}$")


class PandasLike:
    """What the check uses of a pandas table or series."""

    def __init__(self, values, columns=None):
        self.values = values
        if columns is not None:
            self.columns = columns

    def to_numpy(self):
        return self.values


class NAType:
    """A stand-in for pandas.NA, which is known by its type's name."""

    def __repr__(self):
        return "<NA>"


def test_an_array_of_the_right_type_is_not_copied():
    X = np.ones((3, 2), np.float32)
    assert as_features(X) is X or np.shares_memory(as_features(X), X)


@pytest.mark.parametrize(
    "X",
    [
        [[1, 2], [3, 4]],
        ((1, 2), (3, 4)),
        np.array([[1, 2], [3, 4]], np.int8),
        np.asfortranarray([[1.0, 2.0], [3.0, 4.0]]),
        np.array([[1, 3], [2, 4]]).T,
        np.array([[1, 2.0], [Decimal(3), Fraction(4)]], dtype=object),
        pl.DataFrame({"a": [1, 3], "b": [2.0, 4.0]}),
        PandasLike(np.array([[1, 2.0], [3, 4]], dtype=object), ["a", "b"]),
        np.ma.masked_array([[1, 2], [3, 4]]),
        np.array([[1, 2], [3, 4]], ">f8"),
    ],
)
def test_accepts_and_gives_contiguous_float32(X):
    out = as_features(X, (2,))
    assert out.dtype == np.float32
    assert out.flags.c_contiguous
    assert out.tolist() == [[1, 2], [3, 4]]


def test_booleans_and_float64():
    out = as_features([[True, False]], dtype=np.float64)
    assert out.dtype == np.float64
    assert out.tolist() == [[1, 0]]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ((5, 784), (28, 28)),
        ((5, 784), (28, 28, 1)),
        ((5, 28, 28), (28, 28, 1)),
        ((5, 28, 28, 1), (28, 28)),
        ((5, 28, 28), (28, 28)),
        ((5,), (1,)),
        ((5, 1), (1,)),
    ],
)
def test_shapes_that_fit(given, wanted):
    assert as_features(np.zeros(given), wanted).shape == (5, *wanted)


@pytest.mark.parametrize(
    ("given", "wanted", "text"),
    [
        ((0, 3), None, "X: expected at least one row and one column, got shape (0, 3)."),
        ((3, 0), (3,), "X: expected at least one row and one column, got shape (3, 0)."),
        (
            (5,),
            None,
            "X: expected one row for each sample, shape (n, features), got shape (5,). "
            "Write X.reshape(-1, 1) for one feature, or X.reshape(1, -1) for one sample.",
        ),
        ((5,), (5,), "X: expected shape (n, 5), got (5,). This is one sample: write X.reshape(1, 5)."),
        ((6,), (3,), "X: expected shape (n, 3), got (6,). Give one row for each sample, with 3 features in each."),
        (
            (28, 28),
            (28, 28),
            "X: expected shape (n, 28, 28), got (28, 28). This is one sample: write X.reshape(1, 28, 28).",
        ),
        ((5, 28, 28), (784,), "X: expected shape (n, 784), got (5, 28, 28). Write X.reshape(len(X), -1)."),
        (
            (5, 3, 8, 9),
            (8, 9, 3),
            "X: expected shape (n, 8, 9, 3), got (5, 3, 8, 9). The channels come last: write X.transpose(0, 2, 3, 1).",
        ),
        ((8, 768), (8,), "X: expected shape (n, 8), got (8, 768). Each row is one sample: write X.T."),
        (
            (768, 9),
            (8,),
            "X: expected shape (n, 8), got (768, 9). Is the target still among the columns? Leave it out.",
        ),
        (
            (768, 5),
            (8,),
            "X: expected shape (n, 8), got (768, 5). "
            "Give data of the network's input shape, or a network with the input shape (5,).",
        ),
    ],
)
def test_shapes_that_do_not_fit(given, wanted, text):
    with refuses(text):
        as_features(np.zeros(given), wanted)


@pytest.mark.parametrize(
    ("mend", "given", "wanted"),
    [
        (lambda X: X.reshape(len(X), -1), (5, 28, 28), (784,)),
        (lambda X: X.transpose(0, 2, 3, 1), (5, 3, 8, 9), (8, 9, 3)),
        (lambda X: X.T, (8, 768), (8,)),
        (lambda X: X.reshape(1, 28, 28), (28, 28), (28, 28)),
    ],
)
def test_the_mends_work(mend, given, wanted):
    assert as_features(mend(np.zeros(given)), wanted).shape[1:] == wanted


@pytest.mark.parametrize(
    ("X", "text"),
    [
        (None, "X: expected an array, a list or a table, got None."),
        ("abc", "X: expected an array, a list or a table, got 'abc'."),
        (5, "X: expected an array, a list or a table, got int 5. Give one row for each sample."),
        (
            (i for i in range(3)),
            "X: expected an array, a list or a table, got generator. Give one row for each sample.",
        ),
        ({"a": [1]}, "X: expected an array, a list or a table, got dict. Write polars.DataFrame(X)."),
        ([[1, 2], [3]], "X: row 1 has 1 value, but row 0 has 2. Give every row as many values."),
        ([[1, 2], 3], "X: row 1 has the single value 3, but row 0 has 2. Give every row as many values."),
        (
            np.array([[1j]]),
            "X: expected real numbers, got complex numbers (complex128). Write X.real or abs(X).",
        ),
        (
            np.array([["2020-01-01"]], "datetime64[D]"),
            "X: expected real numbers, got dates (datetime64[D]). Turn them into numbers first.",
        ),
        (
            [[1, 2], [3, "abc"], ["x", 4]],
            f"X, row 1, column 1: expected a number, got 'abc'. 2 values of X are not numbers. {ENCODE}",
        ),
        (
            [["1", "2.5"]],
            "X, row 0, column 0: expected a number, got '1'. 2 values of X are not numbers. Write X.astype(float).",
        ),
        (
            np.array([["1", "x"]]),
            f"X, row 0, column 0: expected a number, got '1'. 2 values of X are not numbers. {ENCODE}",
        ),
        (
            [[1, 1j, "a"]],
            f"X, row 0, column 1: expected a number, got 1j. 2 values of X are not numbers. {ENCODE}",
        ),
        (
            np.array([[1, datetime.date(2020, 1, 1)]], dtype=object),
            "X, row 0, column 1: expected a number, got datetime.date(2020, 1, 1). 1 value of X is not a number. "
            + ENCODE,
        ),
        (
            pl.DataFrame({"height": [1.0, 2.0], "age": ["30", "old"]}),
            f"X, row 0, column \"age\": expected a number, got '30'. 2 values of X are not numbers. {ENCODE}",
        ),
        (
            pl.DataFrame({"height": [1.0, 2.0], "age": [30, None]}),
            'X, row 1, column "age": expected a finite number, got NaN. '
            f"1 value of X is missing, NaN or infinite. {FILL}",
        ),
        (
            PandasLike(np.array([[1, 2], [NAType(), None]], dtype=object), ["a", "b"]),
            'X, row 1, column "a": expected a finite number, got <NA>. '
            f"2 values of X are missing, NaN or infinite. {FILL}",
        ),
        (
            [[1, None]],
            f"X, row 0, column 1: expected a finite number, got None. 1 value of X is missing, NaN or infinite. {FILL}",
        ),
        (
            np.array([[1, 2], [-np.inf, np.nan]]),
            "X, row 1, column 0: expected a finite number, got -infinity. "
            f"2 values of X are missing, NaN or infinite. {FILL}",
        ),
        (
            np.array([[1e39, np.inf]]),
            "X, row 0, column 1: expected a finite number, got infinity. "
            f"1 value of X is missing, NaN or infinite. {FILL}",
        ),
        (
            np.ma.masked_array([[1, 2]], mask=[[False, True]]),
            f"X, row 0, column 1: expected a finite number, got None. 1 value of X is missing, NaN or infinite. {FILL}",
        ),
        (
            np.array([[1, 2], [1e39, -1e300]]),
            "X, row 1, column 0: 1e+39 is too large for float32, whose largest value is 3.4e+38. "
            "2 values of X are too large. Divide the column by a constant, for instance by its largest value.",
        ),
        (
            [[1, 10**400]],
            "X, row 0, column 1: 100000000000000000...0000000000000000000 is too large for float32, whose largest "
            "value is 3.4e+38. 1 value of X is too large. "
            "Divide the column by a constant, for instance by its largest value.",
        ),
    ],
)
def test_values_refused(X, text):
    with refuses(text):
        as_features(X)


def test_a_sparse_matrix_is_refused():
    sparse = pytest.importorskip("scipy.sparse")
    with refuses("X: expected an array, got the sparse csr_array. Write X.toarray()."):
        as_features(sparse.csr_array(np.eye(2)))


def test_the_place_in_a_picture_and_the_given_name():
    X = np.zeros((3, 2, 2))
    X[2, 0, 1] = np.nan
    with refuses(
        "validation X, row 2, place [0, 1]: expected a finite number, got NaN. "
        f"1 value of validation X is missing, NaN or infinite. {FILL}"
    ):
        as_features(X, (2, 2, 1), what="validation X")


def test_a_sum_that_overflows_is_no_error():
    X = np.full((4, 4), 3e38, np.float32)
    with np.errstate(over="ignore"):
        assert not np.isfinite(X.sum(dtype=np.float32))  # so the fast pass cannot tell
    assert np.array_equal(as_features(X), X)


def test_infinities_that_cancel_are_seen():
    X = np.ones((100, 100), np.float32)
    X[3, 4], X[5, 6] = np.inf, -np.inf
    with pytest.raises(DataError, match="row 3, column 4"):
        as_features(X)


@pytest.mark.parametrize(
    ("y", "dtype", "values"),
    [
        ([0, 1], "i", [0, 1]),
        ([0.5, 1], "f", [0.5, 1]),
        ([True, False], "b", [True, False]),
        ([[1], [0]], "i", [[1], [0]]),
        (["cat", "dog"], "U", ["cat", "dog"]),
        (np.array(["cat", "dog"], object), "U", ["cat", "dog"]),
        (np.array([b"cat", b"dog"]), "U", ["cat", "dog"]),
        (np.array([1, 2], object), "i", [1, 2]),
        (pl.Series(["cat", "dog"]), "U", ["cat", "dog"]),
        (pl.DataFrame({"kind": ["cat", "dog"]}), "U", [["cat"], ["dog"]]),
        (PandasLike(np.array([1.5, 2.5])), "f", [1.5, 2.5]),
    ],
)
def test_targets_accepted(y, dtype, values):
    out = as_targets(y)
    assert out.dtype.kind == dtype
    assert out.tolist() == values


@pytest.mark.parametrize(
    ("y", "text"),
    [
        (None, "y: expected an array, a list or a table, got None."),
        ([], "y: expected at least one target, got shape (0,)."),
        (
            np.zeros((2, 2, 2)),
            "y: expected shape (n,) or (n, outputs), got (2, 2, 2). Give one row a sample.",
        ),
        (np.array([1j]), "y: expected labels or numbers, got complex numbers (complex128)."),
        (
            [0.0, float("nan"), float("inf")],
            f"y, row 1: expected a target, got NaN. 2 values of y are missing, NaN or infinite. {DROP}",
        ),
        (["a", None], f"y, row 1: expected a target, got None. 1 value of y is missing, NaN or infinite. {DROP}"),
        (
            ["a", float("nan")],
            f"y, row 1: expected a target, got NaN. 1 value of y is missing, NaN or infinite. {DROP}",
        ),
        (np.array(["a", ""]), f"y, row 1: expected a target, got ''. 1 value of y is missing, NaN or infinite. {DROP}"),
        (
            pl.DataFrame({"kind": ["a", None]}),
            f'y, row 1, column "kind": expected a target, got None. 1 value of y is missing, NaN or infinite. {DROP}',
        ),
        (["a", 1], "y, row 1: expected text, got 1. Give all targets as text, or all as numbers."),
        (
            np.array([1, "a"], object),
            "y, row 1: expected a number, got 'a'. Give all targets as text, or all as numbers.",
        ),
        (
            np.array([[1], datetime.date(2020, 1, 1)], object),
            "y, row 0: expected a label or a number, got [1]. Give all targets as text, or all as numbers.",
        ),
    ],
)
def test_targets_refused(y, text):
    with refuses(text):
        as_targets(y)


def test_same_length():
    same_length([1, 2], [3, 4])
    with refuses("X has 2 rows, but the labels has 1. Give one target for each row."):
        same_length([1, 2], [3], what_y="the labels")
