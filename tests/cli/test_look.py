"""pellucid doctor, pellucid features, pellucid boundary, pellucid learning."""

from __future__ import annotations

import json

import pytest

PNG = b"\x89PNG"


@pytest.fixture
def model(run, flowers):
    """A run folder of a network that tells the flowers apart."""
    done = run("train", "flowers.csv", "--output", "f", "--quiet", "--epochs", "6", "--no-evaluation")
    assert done.exit_code == 0, done.stderr
    return "f"


@pytest.fixture
def exercise(run, here):
    """A run folder of the 12-3-2 network on the 64 pictures."""
    done = run("train", "pictures-4x3", "--output", "x", "--quiet", "--epochs", "30", "--no-evaluation")
    assert done.exit_code == 0, done.stderr
    return "x"


def test_doctor_knows_a_run_s_own_rows(run, model):
    done = run("doctor", model, "--json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["skipped"] == {}
    assert "overfitting, by validation rows" in found["checked"]
    done = run("doctor", model)
    assert done.stdout.splitlines()[0].endswith("checks made, 0 left out)")


def test_doctor_names_a_leaking_column(run, here, flowers):
    lines = (here / "flowers.csv").read_text(encoding="utf-8").splitlines()
    names = sorted({line.rpartition(",")[2] for line in lines[1:]})
    leak = [f"code,{lines[0]}", *(f"{3 * names.index(line.rpartition(',')[2]) + 0.5},{line}" for line in lines[1:])]
    (here / "leak.csv").write_text("\n".join(leak) + "\n", encoding="utf-8")
    assert run("train", "leak.csv", "--output", "l", "--quiet", "--epochs", "3", "--no-evaluation").exit_code == 0
    findings = json.loads(run("doctor", "l", "--json").stdout)["findings"]
    assert [one["place"]["column"] for one in findings if one["name"] == "leaking inputs"] == ["code"]


def test_doctor_of_a_model_file_looks_at_weights_and_history(run, model, here):
    (here / "m.pellucid").write_bytes((here / "f" / "model.pellucid").read_bytes())
    found = json.loads(run("doctor", "m.pellucid", "--json").stdout)
    assert found["skipped"]["dead units"] == "give X"
    assert "unfinished training" in found["checked"]


def test_features_of_a_layer_and_the_parts_of_a_row(run, exercise, here):
    done = run("features", exercise, "pictures-4x3")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("dense_1 (Dense) of pictures-4x3: what its units look for\n")
    assert done.stdout.endswith("Drawn: features.png\n")
    assert (here / "features.png").read_bytes()[:4] == PNG
    done = run("features", exercise, "pictures-4x3", "--row", 3, "--method", "last_layer", "-o", "p.png")
    assert "parts by last_layer" in done.stdout
    assert "(always exact)" in done.stdout


def test_the_parts_of_a_table_s_row_say_that_values_are_prepared(run, model, here):
    done = run("features", model, "flowers.csv", "--row", 2, "-o", "why.svg")
    assert done.exit_code == 0, done.stderr
    note = "Values are as the network gets them: pellucid summary f says how they are made of the columns."
    assert done.stdout.endswith(f"\n\n{note}\n\nDrawn: why.svg\n")
    assert (here / "why.svg").read_text(encoding="utf-8").startswith("<svg ")


def test_boundary_curve_and_hidden_space(run, model, here):
    names = (here / "flowers.csv").read_text(encoding="utf-8").splitlines()[0].split(",")[:2]
    for words, file in (
        (["--feature", names[0], "--feature", names[1]], "boundary.png"),
        (["--rest", "pca", "-o", "pca.png"], "pca.png"),
        (["--feature", names[1], "-o", "curve.png"], "curve.png"),
        (["--hidden", "-o", "hidden.png"], "hidden.png"),
    ):
        done = run("boundary", model, "flowers.csv", *words)
        assert done.exit_code == 0, done.stderr
        assert (here / file).read_bytes()[:4] == PNG


def test_learning_curves_weights_and_one_weight(run, exercise, here):
    assert run("learning", exercise).stdout.endswith("Drawn: learning.png\n")
    assert run("learning", exercise, "--record", "-o", "r.png").exit_code == 0
    assert (here / "r.png").read_bytes()[:4] == PNG
    done = run("learning", exercise, "pictures-4x3", "--weight", "dense_1.weights[4, 0]", "--steps", 2, "-o", "w.png")
    assert done.stdout.splitlines()[2].split() == ["step", "w", "C", "∂C/∂w"]
    assert (here / "w.png").read_bytes()[:4] == PNG


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["features", "x", "--output", "f.gif"], 'f.gif: expected a file that ends with .svg or .png, not ".gif".'),
        (["features", "x", "--units", "7"], 'Layer "dense_1" has no unit 7. Its units are 0 to 2.'),
        (["features", "x", "--row", "7"], "--row is a row of DATA. Name the data too."),
        (["boundary", "x", "pictures-4x3", "-f", "pixel 1", "-f", "pixle 2"],
         'No feature "pixle 2". Did you mean "pixel 2"? Known: "pixel 1", "pixel 2", "pixel 3", "pixel 4", "pixel 5", '
         '"pixel 6", "pixel 7", "pixel 8", "pixel 9", "pixel 10", "pixel 11", "pixel 12".'),
        (["learning", "x", "--weight", "dense_1.bias[0]"],
         "--weight: a cost needs rows and targets. Name the data too."),
        (["learning", "x", "--weight", "dense_1.bias[0]", "--record"],
         "Give --record or --weight, not both: each is a picture of its own."),
        (["learning", "x/model.pellucid", "pictures-4x3", "--weight", "dense_9.bias[0]"],
         'No weights "dense_9.bias". Did you mean "dense_2.bias"? Known: dense_1.weights, dense_1.bias, '
         "dense_2.weights, dense_2.bias."),
    ],
)  # fmt: skip
def test_what_cannot_be_shown(run, exercise, words, error):
    done = run(*words)
    assert done.exit_code == 1
    assert done.stderr == f"Error: {error}\n"
