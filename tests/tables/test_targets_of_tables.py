"""The target of a table: classes or numbers, why, and what is refused."""

import pytest
from tables_for_tests import rows

from pellucid.errors import DescriptionError
from pellucid.tables import read_table, take_targets


@pytest.mark.parametrize(
    ("cells", "task", "names", "why"),
    [
        (lambda k: "ab"[k % 2], "classes", ("a", "b"), "its values are text"),
        (
            lambda k: 3 + k % 3, "classes", ("3", "4", "5"),
            "3 different whole numbers in 30 rows; --task numbers treats them as numbers",
        ),
        (
            lambda k: k // 2, "numbers", None,
            "15 different whole numbers in 30 rows; --task classes treats them as classes",
        ),
        (lambda k: k / 7, "numbers", None, "its values are not whole numbers"),
        (lambda k: k, "numbers", None, "30 different whole numbers in 30 rows; --task classes treats them as classes"),
    ],
)  # fmt: skip
def test_tasks_are_found_and_said(write, cells, task, names, why):
    found = take_targets(read_table(write(rows("x,y", lambda k: f"{k},{cells(k)}"))))
    assert (found.task, found.class_names, found.why) == (task, names, why)
    assert found.y.dtype.kind == ("U" if task == "classes" else "f")


REFUSED_TARGETS = [
    (
        lambda k: "yes",
        't.csv: the target column "y" is "yes" in all 30 rows, so there is nothing to learn. Choose another target.',
    ),
    (
        lambda k: f"name {k}",
        't.csv: the target "y" is another one in each of the 30 rows, so it names the rows, and nothing can be learned '
        "from it. Choose another target.",
    ),
    (
        lambda k: f"name {k // 2 + k % 2 * (k % 5) * 100}",
        't.csv: the target "y" has 27 different values in 30 rows, so most rows have a class of their own, and nothing '
        "can be learned from it. Choose another target.",
    ),
    (
        lambda k: "" if k == 4 else k,
        't.csv, line 6, column "y": the target is missing. 1 of 30 targets are missing. Delete such lines.',
    ),
    (
        lambda k: "inf" if k == 4 else k,
        't.csv, line 6, column "y": expected a finite target, got "inf". Correct or delete the line.',
    ),
]


@pytest.mark.parametrize(("cells", "error"), REFUSED_TARGETS)
def test_targets_that_are_refused(write, refuses, cells, error):
    with refuses(error):
        take_targets(read_table(write(rows("x,y", lambda k: f"{k},{cells(k)}"))))


def test_a_target_that_numbers_the_rows(write, refuses):
    table = read_table(write(rows("x,customer_id", lambda k: f"{k % 3},{k + 100}")))
    with refuses(
        't.csv: the target "customer_id" is another one in each of the 30 rows, so it names the rows, and nothing can '
        "be learned from it. Choose another target."
    ):
        take_targets(table)
    assert take_targets(table, task="numbers").task == "numbers"
    with refuses('t.csv: no column "x2". Did you mean "x"? Columns: x, customer_id.'):
        take_targets(table, "x2")
    with refuses('task must be "classes" or "numbers", got "number". Did you mean "numbers"?', DescriptionError):
        take_targets(table, task="number")
