"""pellucid diagram, pellucid report, and pellucid train --report."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET

import pytest

from pellucid.record.run import read_run


@pytest.fixture
def model(run, flowers):
    """A run folder of a network that tells the flowers apart."""
    done = run("train", "flowers.csv", "--output", "f", "--quiet", "--epochs", "6", "--no-evaluation")
    assert done.exit_code == 0, done.stderr
    return "f"


def titles(file) -> list[str]:
    return [node.text or "" for node in ET.parse(file).iter() if node.tag.endswith("}title")]


def test_diagram_draws_a_row_s_numbers(run, model, here):
    done = run("diagram", model, "flowers.csv", "--row", 2, "--output", "net.svg")
    assert re.fullmatch(r"Drawn: net.svg \(\d+ × \d+\)\n", done.stdout)
    found = dict(title.split(": a = ") for title in titles("net.svg") if ": a = " in title)
    shown = [float(found[f"dense_3[{k}]"]) for k in range(3)]
    second = list(csv.DictReader(io.StringIO(run("predict", model, "flowers.csv").stdout)))[1]
    said = [float(second[f"p({name})"]) for name in read_run(model).network().class_names]
    assert shown == pytest.approx(said, rel=1e-6)


def test_diagram_without_data_and_of_one_unit(run, model, here):
    assert run("diagram", f"{model}/model.pellucid").exit_code == 0
    assert (here / "diagram.svg").read_text(encoding="utf-8").startswith("<svg")
    done = run("diagram", model, "flowers.csv", "--unit", "dense_1:3", "--output", "unit.png")
    assert done.exit_code == 0, done.stderr
    assert (here / "unit.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["flowers.csv", "--unit", "dense_1:99"], 'Layer "dense_1" has no unit 99. Its units are 0 to 31.'),
        (["flowers.csv", "--unit", "dense_1"], '--unit: expected LAYER:UNIT, as in dense_1:3, got "dense_1".'),
        (["flowers.csv", "--row", "61"],
         "flowers.csv: --row 61 is past its last row, 60. Give a number from 1 to 60."),
        (["--delta"], "--delta shows the numbers of a sample. Name DATA too, the file that it is from."),
        (["--unit", "dense_1:3"], "--unit shows the numbers of a sample. Name DATA too, the file that it is from."),
        (["--output", "net.gif"], 'net.gif: expected a file that ends with .svg or .png, not ".gif".'),
    ],
)  # fmt: skip
def test_diagram_says_what_cannot_be(run, model, here, words, error):
    done = run("diagram", model, *words)
    assert done.exit_code == 1
    assert done.stderr == f"Error: {error}\n"
    assert not list(here.glob("*.svg"))


def frames(file) -> list[dict]:
    text = file.read_text(encoding="utf-8")
    return json.loads(re.search(r'id="replay-data">(.*?)</script>', text, re.S)[1])["frames"]


def test_report_of_a_run_and_its_replay(run, model, here):
    done = run("report", model)
    assert re.fullmatch(r"Report: f/report.html \(0\.\d MB\)\n", done.stdout), done.stderr
    text = (here / "f" / "report.html").read_text(encoding="utf-8")
    assert "pellucid train flowers.csv --epochs 6 --output f --quiet --no-evaluation" in text
    assert 'id="replay-data"' not in text
    assert "on 12 held-out rows" in text.lower()
    assert run("report", model, "--replay", "--output", "again.html").exit_code == 0
    assert run("train", "flowers.csv", "--output", "g", "--quiet", "--epochs", "6", "--report").exit_code == 0
    own = frames(here / "g" / "report.html")
    assert [frame["epoch"] for frame in own] == [0, 1, 2, 3, 4, 5, 6]
    assert [frame["lines"] for frame in frames(here / "again.html")] == [frame["lines"] for frame in own]


def test_report_of_a_model_file_needs_rows(run, model, here, prices):
    (here / "m.pellucid").write_bytes((here / "f" / "model.pellucid").read_bytes())
    done = run("report", "m.pellucid", "flowers.csv")
    assert done.stdout.startswith("Report: m.html"), done.stderr
    assert run("report", "m.pellucid").stderr == (
        "Error: Name the data to evaluate on; only a run folder knows its own.\n"
    )
    assert run("report", "m.pellucid", "flowers.csv", "--replay").stderr == (
        "Error: m.pellucid: --replay trains a run again, and only a run folder knows how. Leave it out.\n"
    )


def test_report_of_numbers(run, prices, here):
    done = run("train", "prices.csv", "--output", "p", "--quiet", "--epochs", "4", "--report", "--no-evaluation")
    assert done.exit_code == 0, done.stderr
    text = (here / "p" / "report.html").read_text(encoding="utf-8")
    assert "mean absolute error" in text
    assert len(frames(here / "p" / "report.html")) == 5
