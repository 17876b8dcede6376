"""Options that would be without effect are refused, and wrong sources are told about by what is wrong with them."""

from __future__ import annotations

import pytest

NO_DATA = "is about DATA, and none was named. Name it, or leave the option out."
LONELY = "goes with --weight, the cost along one weight. Give --weight too, or leave it out."
UNITS = "is about units, but --row shows one prediction. Leave one of them out."
HIDDEN = "is about the inputs, but --hidden shows a layer. Leave one of them out."


@pytest.fixture
def model(run, flowers):
    """A run folder of the default recipe for tables."""
    done = run("train", "flowers.csv", "--output", "f", "--quiet", "--no-evaluation")
    assert done.exit_code == 0, done.stderr
    return "f"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["diagram", "--row", 1], f"--row {NO_DATA}"),
        (["diagram", "--target", 3], f"--target {NO_DATA}"),
        (["diagram", "--data", "."], f"--data {NO_DATA}"),
        (["features", "--most", 2], f"--most {NO_DATA}"),
        (["features", "--target", 3], f"--target {NO_DATA}"),
        (["features", "flowers.csv", "--method", "occlusion"], "--method goes with --row. Give --row too, or leave it "
         "out."),
        (["features", "flowers.csv", "--row", 1, "--units", 3], f"--units {UNITS}"),
        (["features", "flowers.csv", "--row", 1, "--layer", "x"], f"--layer {UNITS}"),
        (["features", "flowers.csv", "--row", 1, "--most", 3], f"--most {UNITS}"),
        (["boundary", "flowers.csv", "--layer", "x"], "--layer goes with --hidden. Give --hidden too, or leave it "
         "out."),
        (["boundary", "flowers.csv", "--hidden", "-f", "width"], f"--feature {HIDDEN}"),
        (["boundary", "flowers.csv", "--hidden", "--rest", "mean"], f"--rest {HIDDEN}"),
        (["learning", "flowers.csv"], f"DATA {LONELY}"),
        (["learning", "--steps", 2], f"--steps {LONELY}"),
        (["learning", "--record", "--rate", 0.1], f"--rate {LONELY}"),
        (["predict", "flowers.csv", "--data", "."], "--data says where the files of mnist are; flowers.csv does not "
         "need it."),
        (["step", "flowers.csv", "--data", "."], "--data says where the files of mnist are; flowers.csv does not need "
         "it."),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, list) else "",
)  # fmt: skip
def test_an_option_without_effect_is_refused(run, model, words, error):
    command, *rest = words
    done = run(command, model, *rest)
    assert (done.exit_code, done.stderr) == (1, f"Error: {error}\n")


def test_the_options_with_what_they_go_with_are_taken(run, model):
    for words in (
        ["diagram", model, "flowers.csv", "--row", 2, "--target", 3],
        ["predict", model, "flowers.csv", "--target", 3],
    ):
        done = run(*words)
        assert done.exit_code == 0, done.stderr


def test_the_folder_of_any_run_is_no_data(run, model):
    """That of the recipe has no checkpoints."""
    assert run("train", model).stderr == (
        "Error: f is the folder of a run, not data. Go on with it by pellucid train --resume f, or use it by pellucid "
        "predict f DATA.\n"
    )


def test_a_table_of_other_columns_is_told_by_its_columns(run, model, here):
    """Its classes are not the network's either, but that comes of the columns."""
    (here / "other.csv").write_text("a,b,c,d\n" + "".join(f"{k},{k},{k},{k % 2}\n" for k in range(9)))
    done = run("evaluate", model, "other.csv", "--target", "d")
    assert (done.exit_code, done.stderr) == (
        1,
        'Error: other.csv: the column "width", which the network was trained on, is missing. Columns: a, b, c.\n',
    )


def test_a_table_without_the_true_answers_cannot_be_judged_by(run, model, flowers, here):
    lines = flowers.read_text().splitlines()
    (here / "new.csv").write_text("\n".join(line.rpartition(",")[0] for line in lines) + "\n")
    done = run("evaluate", model, "new.csv")
    assert (done.exit_code, done.stderr) == (
        1,
        'Error: new.csv: there is no column "kind" with the true answers, so the network cannot be judged by it. Add '
        "it, or name the column that has them by --target; pellucid predict needs none.\n",
    )
    done = run("evaluate", model, "new.csv", "--target", "sort")
    assert done.stderr == 'Error: new.csv: no column "sort". Columns: width, height.\n'
    assert run("predict", model, "new.csv").exit_code == 0


def test_folds_that_cannot_be_cut_are_told_at_once(run, flowers, here):
    done = run("train", "flowers.csv", "--folds", 61)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "Error: 61 folds need at least 61 samples, got 60. Use fewer folds.\n"
    done = run("train", "flowers.csv", "--folds", 21)
    assert done.stderr == (
        "Error: 21 folds need a class with at least 21 samples, but the largest has 20. Use fewer folds.\n"
    )
    assert [path.name for path in here.iterdir()] == ["flowers.csv"]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--column", "x"], "Invalid value for '--column': expected NAME=KIND, as in zip=category; got \"x\"."),
        (["--missing", "x"], "Invalid value for '--missing': expected COLUMN=VALUE, as in pressure=0; got \"x\"."),
    ],
)
def test_pairs_that_are_none(run, flowers, words, error):
    done = run("train", "flowers.csv", *words)
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1] == f"Error: {error}"


def test_pictures_read_from_disk_are_known_again(run, here, picture_cache):
    """A run that reads its pictures from disk, evaluated on the folder that it was trained on."""
    from made_pictures import QUICK, pictures

    pictures(here / "set")
    done = run("train", "set", "--stream", *QUICK, "--output", "m", "--no-evaluation")
    assert done.exit_code == 0, done.stderr
    done = run("evaluate", "m", "set")
    assert done.exit_code == 0, done.stderr
    assert " of which it was trained on: loss " in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("trained", "asked", "place"), [("--stream", "--no-stream", "from disk"), ("--no-stream", "--stream", "in memory")]
)
def test_a_run_s_own_rows_of_a_table_are_read_as_they_were(run, patients, trained, asked, place):
    done = run("train", "patients.csv", trained, "--layers", 2, "--epochs", 1, "--output", "m", "--no-evaluation")
    assert done.exit_code == 0, done.stderr
    done = run("evaluate", "m", asked)
    assert (done.exit_code, done.stderr) == (
        1,
        f"Error: {asked} does not go with a run's own rows: those of patients.csv were held out as it was read "
        f"{place}, and only so are they the same again. Leave it out.\n",
    )
    plain, same = run("evaluate", "m", "--json"), run("evaluate", "m", trained, "--json")
    assert (plain.exit_code, plain.stdout) == (0, same.stdout)


def test_a_run_s_own_pictures_are_read_as_is_said_now(run, here, picture_cache, monkeypatch):
    from made_pictures import QUICK, pictures

    from pellucid.sources.pictures_on_disk import PicturesOnDisk

    pictures(here / "set")
    done = run("train", "set", "--stream", *QUICK, "--output", "m", "--no-evaluation")
    assert done.exit_code == 0, done.stderr
    reads, take = [], PicturesOnDisk.take
    monkeypatch.setattr(PicturesOnDisk, "take", lambda self, rows: reads.append(len(rows)) or take(self, rows))
    said = []
    for words, from_disk in (([], True), (["--stream"], True), (["--no-stream"], False)):
        reads.clear()
        done = run("evaluate", "m", "--json", *words)
        assert (done.exit_code, bool(reads)) == (0, from_disk), words
        said.append(done.stdout)
    assert said[0] == said[1] == said[2]
