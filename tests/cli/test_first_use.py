"""What a new user meets: what to do next, figures with their units, rows by their lines, and errors with the mend."""

from __future__ import annotations

import re

import pytest


@pytest.fixture
def model(run, flowers):
    """A run folder of a small network."""
    done = run("train", "flowers.csv", "--output", "f", "--quiet", "--epochs", "2", "--no-evaluation")
    assert done.exit_code == 0, done.stderr
    return "f"


@pytest.fixture
def priced(run, prices):
    """A run folder of a network for numbers."""
    done = run("train", "prices.csv", "--task", "numbers", "--output", "p", "--quiet", "--epochs", "3",
               "--no-evaluation")  # fmt: skip
    assert done.exit_code == 0, done.stderr
    return "p"


def next_steps(text):
    return [line.strip() for line in text.partition("Next:\n")[2].splitlines()]


def test_next_steps_name_doctor_and_report(run, flowers):
    done = run("train", "flowers.csv", "--output", "f", "--epochs", "1", "--no-evaluation")
    assert next_steps(done.stdout) == [
        "pellucid predict f/model.pellucid flowers.csv --limit 5", "pellucid evaluate f", "pellucid doctor f",
        "pellucid report f", "pellucid summary f",
    ]  # fmt: skip
    assert "\n1 epoch: loss " in done.stdout
    assert re.search(r"^Trained   1 epoch, \d+ updates; loss ", run("summary", "f").stdout, re.MULTILINE)


def test_a_report_that_is_there_is_no_next_step(run, flowers):
    done = run("train", "flowers.csv", "--output", "f", "--epochs", "1", "--no-evaluation", "--report")
    assert "pellucid report f" not in next_steps(done.stdout)


def test_summary_of_the_recipe_says_what_it_chose(run, flowers):
    assert run("train", "flowers.csv", "--output", "r", "--quiet", "--no-evaluation").exit_code == 0
    said = run("summary", "r").stdout
    assert "Trained   by the default recipe for tables: one hidden layer" in said
    assert "0 updates" not in said


def test_figures_of_standardised_targets_say_so(run, priced, here):
    said = " ".join(run("summary", priced).stdout.split())
    assert re.search(r"\(of standardised targets, \(y − [\d.]+\) / [\d.]+\) Run", said)
    assert run("report", priced).exit_code == 0
    assert "These figures are of standardised targets, (y − " in (here / "p" / "report.html").read_text("utf-8")


def test_a_report_shows_rows_as_they_stand_in_the_file(run, priced, here):
    run("report", priced)
    page = (here / "p" / "report.html").read_text("utf-8")
    part = page[page.index('id="mistakes"') :]
    line, *cells = re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", part[part.index("<tbody>") :])[:5]
    written = (here / "prices.csv").read_text("utf-8").splitlines()[int(line.removeprefix("line ")) - 1].split(",")
    assert cells[2:] == written[:2]  # after what is predicted and what is true
    assert float(cells[1]) == pytest.approx(float(written[2]), rel=0.01)
    assert "Rows as they stand in prices.csv" in part


def test_learning_prints_the_first_and_the_last_epoch(run, model):
    lines = run("learning", model).stdout.splitlines()
    assert lines[0].split() == ["epoch", "1", "epoch", "2"]
    assert lines[1].split()[0] == "loss"
    assert lines[-1] == "Drawn: learning.png"


def test_features_count_rows_from_1(run, model, here):
    (here / "two.csv").write_text("width,height,kind\n0,0,rose\n9,9,lily\n")
    said = run("features", model, "two.csv", "--most", "2").stdout
    rows = {int(n) for part in re.findall(r"rows ([^;\n]*)", said) for n in re.findall(r"(\d+) \(z", part)}
    assert rows == {1, 2}


def test_boundary_asks_for_features_in_the_command_s_words(run, here):
    (here / "three.csv").write_text("a,b,c,kind\n" + "".join(f"{k},{k % 5},{k % 3},{k % 2}\n" for k in range(40)))
    assert run("train", "three.csv", "--output", "t", "--quiet", "--epochs", "1", "--no-evaluation").exit_code == 0
    assert run("boundary", "t", "three.csv").stderr == (
        "Error: --feature: which of its 3 inputs? Name two for a plane, or one for a curve: a, b, c. Or --rest pca, "
        "which lays a plane through all of them; or --hidden.\n"
    )
    assert run("boundary", "t", "three.csv", "-f", "a", "-f", "b", "--rest", "41").stderr == (
        "Error: three.csv: --rest 41 is none of its rows. Give a number from 1 to 40.\n"
    )
    done = run("boundary", "t", "three.csv", "-f", "a", "-f", "b", "--rest", "3")
    assert done.stdout.splitlines()[0] == "three over a and b; other features at those of row 3"


@pytest.mark.parametrize("command", ["predict", "evaluate", "doctor"])
def test_samples_of_another_size_are_refused(run, model, command):
    done = run(command, model, "digits")
    assert (done.exit_code, done.stderr) == (
        1,
        "Error: digits: a sample has the shape 8×8, but the network takes 2. Give data like those that it was trained "
        "on.\n",
    )


@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_a_table_for_a_network_of_pictures_is_refused(run, picture_model, flowers, command):
    done = run(command, picture_model, "flowers.csv")
    assert done.exit_code == 1
    assert re.fullmatch(
        r"Error: flowers\.csv is a table of \d columns, but the network takes pictures of \d+×\d+ pixels\. Give "
        r"picture files, or a folder of them\.\n",
        done.stderr,
    )


def test_a_run_folder_is_no_data(run, model):
    assert run("train", model).stderr == (
        "Error: f is the folder of a run, not data. Go on with it by pellucid train --resume f, or use it by pellucid "
        "predict f DATA.\n"
    )


def test_a_folder_called_as_a_known_source_does_not_hide_it(run, here):
    (here / "digits").mkdir()
    done = run("augment", "digits", "--shift", "1", "--count", "1", "--pictures", "1")
    assert done.stdout == "Drawn: sheet.png (1 picture, 1 version of each, seed 0)\n"


@pytest.mark.parametrize("option", ["--rate", "--learning-rate", "--lr"])
def test_the_learning_rate_has_its_usual_names(run, flowers, option):
    done = run("train", "flowers.csv", option, "0.02", "--epochs", "1", "--output", "f", "--no-evaluation")
    assert done.exit_code == 0, done.stderr
    assert "Run       pellucid train flowers.csv --rate 0.02 " in run("summary", "f").stdout
