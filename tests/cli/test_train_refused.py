"""pellucid train: what it refuses, in which words, and that nothing is left then."""

from __future__ import annotations

import pytest
from left_behind import names

from pellucid import Dense, Input, Network
from pellucid.errors import DescriptionError

FAILURES = [
    (
        ["digist"],
        '"digist" is neither a known source nor a file. Did you mean "digits"? Known: digits, mnist, pictures-4x3, or '
        "the path of a folder of pictures, a table (CSV, Parquet, Excel) or an .npz file.",
    ),
    (["none.csv"], "none.csv: there is no such file."),
    (["digits", "--target", "x"], "--target is for tables; digits has its own."),
    (["digits", "--task", "numbers"], "--task is for tables; digits has classes."),
    (["digits", "--data", "."], "--data says where the files of mnist are; digits does not need it."),
    (
        ["mnist", "--data", "."],
        '.: the file train-images-idx3-ubyte is missing, also with .gz at the end or "." for "-idx". Leave out the '
        "folder to download MNIST.",
    ),
    (
        ["digits", "--optimizer", "gradient_descent", "--batch-size", "3"],
        "gradient_descent takes all rows at once: leave out --batch-size, or use sgd.",
    ),
    (
        ["digits", "--early-stopping", "3", "--validation", "0"],
        "--early-stopping needs rows to watch. Give --validation, for instance 0.2.",
    ),
]


@pytest.mark.parametrize(("words", "error"), FAILURES, ids=[" ".join(words) for words, _ in FAILURES])
def test_failures_say_one_line_and_leave_nothing(run, here, words, error):
    done = run("train", *words)
    assert done.stderr == f"Error: {error}\n"
    assert done.exit_code == 1
    assert names(here) == []


def test_a_loss_that_does_not_fit_is_told_in_the_words_of_the_library(run, here):
    net = Network([Input(64), Dense(128), Dense(10, activation="softmax")])
    with pytest.raises(DescriptionError) as caught:
        net.compile("binary_crossentropy")
    done = run("train", "digits", "--loss", "binary_crossentropy", "--output-activation", "softmax")
    assert done.stderr == f"Error: {caught.value}\n"
    assert done.exit_code == 1
    assert names(here) == []


def test_bad_cells_are_named_and_nothing_is_left(run, here):
    (here / "bad.csv").write_text("a,b,kind\n" + "1,2,x\n3,4,y\n" * 5 + "5,oops,x\n")
    done = run("train", "bad.csv", "--validation", 0)
    assert done.stderr == (
        'Error: bad.csv, line 12, column "b": expected a number, got "oops". 1 of 11 cells of the column is not. '
        'Correct such cells, or leave them empty where the value is not known; --column "b=category" takes all as '
        "categories.\n"
    )
    assert done.exit_code == 1
    assert names(here) == ["bad.csv"]


def test_text_cannot_be_learned_as_numbers(run, flowers, here):
    done = run("train", "flowers.csv", "--task", "numbers")
    assert done.stderr == 'Error: flowers.csv: the target "kind" is text, so it cannot be learned as numbers.\n'
    assert names(here) == ["flowers.csv"]


def test_class_weights_are_for_classes(run, prices):
    done = run("train", "prices.csv", "--class-weight", "balanced")
    assert done.stderr == "Error: --class-weight is for classes, but the target is numbers. Leave it out.\n"
    assert done.exit_code == 1


def test_a_diverged_training_leaves_nothing(run, here):
    done = run("train", "digits", "--optimizer", "sgd", "--rate", "1e30", "--output", "no/where")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: Training diverged in epoch 1, step ")
    assert len(done.stderr.splitlines()) == 1
    assert names(here) == []


@pytest.mark.parametrize("content", ["file", "folder"])
def test_nothing_is_overwritten(run, here, content):
    taken = here / "taken"
    if content == "file":
        taken.write_text("mine")
    else:
        taken.mkdir()
        (taken / "note.txt").write_text("mine")
    done = run("train", "digits", "--output", "taken")
    assert done.stderr == "Error: taken exists already, and nothing is overwritten. Choose another folder.\n"
    assert done.exit_code == 1
    assert done.stdout == ""
    assert names(here) == ["taken"]
    assert (taken if content == "file" else taken / "note.txt").read_text() == "mine"


USAGES = [
    ([], "Missing argument 'SOURCE'."),
    (
        ["digits", "--optimizer", "adan"],
        'Invalid value for \'--optimizer\': Unknown optimizer "adan". Did you mean "adam"? Known: ',
    ),
    (
        ["digits", "--layers", "8,x"],
        "Invalid value for '--layers': expected units separated by commas, as in 64,32, or 0 for no hidden layer; got "
        '"8,x".',
    ),
    (
        ["digits", "--rate", "0"],
        "Invalid value for '--rate' / '--learning-rate' / '--lr': expected a number above 0, got 0.",
    ),
    (
        ["digits", "--validation", "1"],
        "Invalid value for '--validation': expected a share of at least 0 and below 1, got 1.",
    ),
    (
        ["digits", "--schedule", "cos"],
        'Invalid value for \'--schedule\': Unknown schedule "cos". Did you mean "cosine"? Known: constant, one_cycle, '
        "cosine, exponential, step.",
    ),
    (["digits", "--epochs", "0"], "Invalid value for '--epochs': expected a whole number of at least 1, got 0."),
    (["digits", "--epoch", "3"], "No such option: --epoch"),
]


@pytest.mark.parametrize(("words", "error"), USAGES, ids=[" ".join(words) for words, _ in USAGES])
def test_a_command_written_wrongly_exits_with_2(run, here, words, error):
    done = run("train", *words)
    assert done.exit_code == 2
    assert f"Error: {error}" in done.stderr
    assert done.stderr.startswith("Usage: pellucid train ")
    assert names(here) == []


@pytest.mark.parametrize("words", [(), ("--layers", "4", "--epochs", "1"), ("--early-stopping", "2")])
def test_a_wrong_cell_in_any_row_is_told_before_training(run, here, monkeypatch, words):
    """Also in one that is held out: which ones these are depends on the seed, so a cell of every third row is tried."""
    from pellucid.recipes import raw
    from pellucid.training import loop

    def nothing_is_trained(*words, **how):
        raise AssertionError("a training began")

    monkeypatch.setattr(raw, "fit_prepared", nothing_is_trained)
    monkeypatch.setattr(loop, "train", nothing_is_trained)
    for wrong in range(1, 40, 3):  # the first line could be names
        lines = [f"{k % 7}.5,{'abc' if k == wrong else k % 5},{k % 2}\n" for k in range(40)]
        (here / "t.csv").write_text("".join(lines))
        done = run("train", "t.csv", *words)
        assert done.exit_code == 1
        assert f't.csv, line {wrong + 1}, column "column 2": expected a number, got "abc".' in done.stderr
        assert names(here) == ["t.csv"]
