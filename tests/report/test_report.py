"""The report: what stands in it is what the network says; it asks for nothing, and can be read by all."""

from __future__ import annotations

import base64
import io
import json
import re

import numpy as np
import pytest
from markupsafe import escape
from page_checks import Page, browse, chromium, outside, unreadable

from pellucid import Conv2D, Dense, Flatten, Input, MaxPool2D, Network
from pellucid.callbacks import Snapshots
from pellucid.data import load_digits, load_gate
from pellucid.doctor import Diagnosis, Finding, Place
from pellucid.errors import DataError, DescriptionError, ModelFileError
from pellucid.views.diagram.connections import THIN
from pellucid.views.diagram.palette import signed_colours
from pellucid.views.report import Section
from pellucid.views.report.findings import findings_section
from pellucid.views.report.parts import paragraph
from pellucid.views.report.replay import ACROSS, UNITS, sheet

ALL = ["result", "data", "network", "diagram", "curves", "replay", "confusion", "mistakes", "units", "doctor", "repeat"]
needs_browser = pytest.mark.skipif(chromium() is None, reason="there is no Chromium here")


def xor() -> tuple[Network, Snapshots, np.ndarray, np.ndarray]:
    gate, snapshots = load_gate("xor"), Snapshots(most=6)
    net = Network([Input(2), Dense(3, activation="tanh"), Dense(1, activation="sigmoid")], name="x & <or>", seed=1)
    net.compile("binary_crossentropy", {"kind": "adam", "rate": 0.1}, ["accuracy"])
    net.class_names = ("no <b>", "yes")
    net.fit(gate.X, gate.y, epochs=8, batch_size=4, callbacks=snapshots, verbose=0)
    return net, snapshots, gate.X, gate.y


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """A trained network, its held-out rows, and its report."""
    data = load_digits()
    train, held_out = data.split(0.2, 0)
    net = Network(
        [Input((8, 8)), Flatten(), Dense(20, activation="relu"), Dense(10, activation="softmax")], name="digits"
    )
    net.compile("categorical_crossentropy", "adam", ["accuracy"])
    snapshots = Snapshots(most=5)
    net.fit(train.X, train.y, epochs=4, validation_split=0.1, callbacks=snapshots, verbose=0)
    path = tmp_path_factory.mktemp("report") / "digits.html"
    net.report(path, held_out.X, held_out.y, snapshots=snapshots, rows="held-out rows")
    return net, held_out, snapshots, path


def sections(text: str) -> list[str]:
    return [attributes["id"] for attributes in Page(text).of("section")]


def replay(text: str) -> dict:
    return json.loads(re.search(r'id="replay-data">(.*?)</script>', text, re.S)[1])


def test_it_has_every_section(digits):
    assert sections(digits[3].read_text(encoding="utf-8")) == ALL


def test_it_asks_for_nothing_and_can_be_read_by_all(digits, tmp_path):
    net, snapshots, X, y = xor()
    other = net.report(tmp_path / "xor.html", X, y, snapshots=snapshots)
    for path in (digits[3], other):
        text = path.read_text(encoding="utf-8")
        assert outside(text) == []
        assert unreadable(text) == []
        assert path.stat().st_size < 5_000_000


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("</main>", '<img src="https://a.invalid/b.png" alt="b"></main>'),
        ("</main>", '<link rel="stylesheet" href="style.css"></main>'),
        ("</main>", "<style>p { background: url(http://a.invalid/b.png) }</style></main>"),
        ("</main>", "<style>@import 'b.css';</style></main>"),
        ("(() => {", "(() => { fetch('x');"),
    ],
)
def test_an_address_that_leads_out_is_found(digits, old, new):
    text = digits[3].read_text(encoding="utf-8")
    assert outside(text.replace(old, new, 1)) != []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("alt=", "title="), ('scope="col"', ""), ('lang="en"', ""), ("<caption>", "<b>"), ('for="replay-slider"', ""),
        ('id="confusion"', 'id="data"'), ('tabindex="0"', ""), ("<header>", "<div>"), ('aria-label="loss', 'x="loss'),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_found(digits, old, new):
    text = digits[3].read_text(encoding="utf-8")
    assert old in text
    assert unreadable(text.replace(old, new, 1)) != []


def test_figures_and_confusion_are_the_network_s(digits):
    net, held_out, _, path = digits
    text = path.read_text(encoding="utf-8")
    wrong = int((net.predict_classes(held_out.X).astype(str) != held_out.y.astype(str)).sum())
    assert f"<dt>mistakes</dt><dd>{wrong} of {held_out.n}</dd>" in text
    assert f"<dt>right</dt><dd>{100 * (1 - wrong / held_out.n):.2f} %</dd>" in text
    matrix = re.search(r'<table class="matrix">.*?</table>', text, re.S)[0]
    cells = [re.findall(r'<td class="n heat [^>]*>([^<]*)<', row) for row in matrix.split("<tr>")[2:]]
    counts = np.array([[0 if c == "·" else int(c) for c in row] for row in cells])
    expected = np.zeros((10, 10), int)
    for true, predicted in zip(held_out.y, net.predict(held_out.X).argmax(axis=1), strict=True):
        expected[true, predicted] += 1
    np.testing.assert_array_equal(counts, expected)


def test_the_worst_mistakes_are_the_most_certain_ones(digits):
    net, held_out, _, path = digits
    outputs = net.predict(held_out.X)
    wrong = np.flatnonzero(outputs.argmax(axis=1) != held_out.y)
    worst = wrong[np.argsort(-outputs[wrong].max(axis=1), kind="stable")][:24]
    part = re.search(r'<section id="mistakes".*?</section>', path.read_text(encoding="utf-8"), re.S)[0]
    shown = re.findall(r'alt="row ([\d,]+): taken for (\d), is (\d)"', part)
    assert shown == [(f"{k + 1:,}", str(outputs[k].argmax()), str(held_out.y[k])) for k in worst]
    from PIL import Image

    address = re.search(r'src="data:image/png;base64,([^"]+)"', part)[1]
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(address))).convert("L"))
    np.testing.assert_array_equal(pixels, np.rint(255 * held_out.X[worst[0]]))


def test_the_replay_holds_the_weights_of_its_epochs(digits, tmp_path):
    net, snapshots, X, y = xor()
    text = net.report(tmp_path / "xor.html", X, y, snapshots=snapshots).read_text(encoding="utf-8")
    held, before = replay(text), net.snapshot()
    assert [frame["epoch"] for frame in held["frames"]] == [one.epoch for one in snapshots.kept]
    assert len(held["lines"]["names"]) == net.parameter_count
    for frame, one in zip(held["frames"], snapshots.kept, strict=True):
        net.put_back(one.numbers)
        for name, value in zip(held["lines"]["names"], frame["lines"], strict=True):
            array, _, place = name.rstrip("]").partition("[")
            np.testing.assert_allclose(value, net.weights[array][tuple(map(int, place.split(",")))], rtol=1e-4)
    net.put_back(before)
    history = net.history.history
    assert held["frames"][0]["words"] == "before training"
    assert held["frames"][-1]["words"].startswith(f"loss {history['loss'][-1]:.3g}")
    frames = replay(digits[3].read_text(encoding="utf-8"))["frames"]
    assert len({frame["weights"] for frame in frames}) == len(frames) == len(digits[2].kept)


def test_a_report_leaves_the_network_as_it_is(tmp_path):
    net, snapshots, X, y = xor()
    before, outputs = net.snapshot(), net.predict(X)
    net.report(tmp_path / "xor.html", X, y, snapshots=snapshots)
    np.testing.assert_array_equal(net.snapshot(), before)
    np.testing.assert_array_equal(net.predict(X), outputs)


def test_what_comes_from_data_is_escaped(tmp_path):
    net, _, X, y = xor()
    net.feature_names = ("<script>alert(1)</script>", 'a"b')
    text = net.report(tmp_path / "x.html", X, y).read_text(encoding="utf-8")
    assert "<script>alert" not in text
    assert "no <b>" not in text
    assert "<h1>x &amp; &lt;or&gt;</h1>" in text
    assert unreadable(text) == []


def test_numbers_pictures_in_colour_and_no_data(tmp_path, rng):
    X = rng.normal(size=(60, 3))
    net = Network([Input(3), Dense(4, activation="tanh"), Dense(1)], name="numbers")
    net.compile("mse", "adam")
    net.fit(X, X @ [1, 2, 3], epochs=2, verbose=0)
    text = net.report(tmp_path / "a.html", X, X @ [1, 2, 3]).read_text(encoding="utf-8")
    assert sections(text) == [name for name in ALL if name not in ("replay", "confusion")]
    missed = np.abs(net.predict(X)[:, 0] - X @ [1, 2, 3])
    part = text[text.index('id="mistakes"') :]
    assert re.search(r'<th scope="row">row (\d+)</th>', part)[1] == str(int(missed.argmax()) + 1)

    photographs = Network([Input((8, 8, 3)), Conv2D(4, 3), MaxPool2D(2), Flatten(), Dense(2, activation="softmax")])
    photographs.compile("categorical_crossentropy", "adam")
    snapshots, colours, y = Snapshots(), rng.uniform(size=(20, 8, 8, 3)), np.arange(20) % 2
    photographs.fit(colours, y, epochs=1, callbacks=snapshots, verbose=0)
    text = photographs.report(tmp_path / "b.html", colours, y, snapshots=snapshots).read_text(encoding="utf-8")
    assert sections(text) == ALL
    assert unreadable(text) == []

    text = net.report(tmp_path / "c.html").read_text(encoding="utf-8")
    assert sections(text) == ["data", "network", "diagram", "curves", "units", "repeat"]


def test_how_to_repeat_it_repeats_it(tmp_path):
    net, _, X, y = xor()
    text = net.report(tmp_path / "x.html", X, y).read_text(encoding="utf-8")
    blocks = [re.sub("<[^>]+>", "", b) for b in re.findall(r"<pre.*?</pre>", text[text.index('id="repeat"') :], re.S)]
    program, description = ("".join(part) for part in map(__import__("html").unescape, blocks))
    (tmp_path / "network.json").write_text(description, encoding="utf-8")
    program = program.replace('"network.json"', repr(str(tmp_path / "network.json")))
    names: dict = {"X": X, "y": y}
    exec(program, names)
    np.testing.assert_array_equal(names["net"].parameters, net.parameters)


def test_sections_can_be_added(tmp_path):
    net, _, X, y = xor()

    def own(material):
        return Section("own", "My own", paragraph(f"{material.judged.count} rows <&>"))

    text = net.report(tmp_path / "x.html", X, y, more=[own, lambda material: None]).read_text(encoding="utf-8")
    assert sections(text)[-2:] == ["own", "repeat"]
    assert "<p>4 rows &lt;&amp;&gt;</p>" in text


def test_findings_of_the_doctor(tmp_path):
    dead = Finding(
        "dead units", "warning", "2 of 3 units <never> answer.", Place(layer="dense_1", unit="2"), {"share": 0.5},
        "Use a smaller rate.",
    )  # fmt: skip
    made = findings_section(Diagnosis("net", (dead,), ("dead units",), {"overfitting": "needs validation data"}))
    text = str(made.body)
    assert "<p>net: 1 warning (1 checks made, 1 left out).</p>" in text
    assert '<span class="mark-warning">warning</span> dead units <span class="note">at dense_1[2]</span>' in text
    assert "<p>2 of 3 units &lt;never&gt; answer.</p>" in text
    assert '<p class="note">Evidence: share 0.5.</p>' in text
    assert "<b>Remedy:</b> Use a smaller rate." in text
    assert "<li>overfitting: needs validation data</li>" in text
    net, _, X, y = xor()
    for given, found in (({}, net.diagnose(X, y)),
                         ({"training_data": (X, y)}, net.diagnose(X, y, validation_data=(X, y)))):  # fmt: skip
        page = net.report(tmp_path / "x.html", X, y, **given).read_text(encoding="utf-8")
        assert unreadable(page) == []
        assert f"<p>{escape(found.headline)}.</p>" in page
        for one in found.findings:
            assert str(escape(one.message)) in page


def test_errors(tmp_path):
    net, snapshots, X, y = xor()
    for call, kind, words in (
        (lambda: net.report(tmp_path / "a.txt", X, y), DescriptionError,
         f'{tmp_path / "a.txt"}: expected a file that ends with .html, not ".txt".'),
        (lambda: Network([Input(2), Dense(1)]).report(tmp_path / "a.html"), DescriptionError,
         "Report: the network has no loss yet. First call net.compile(loss=…)."),
        (lambda: net.report(tmp_path / "a.html", y=y), DataError,
         "Report: targets were given without their rows. Give X too."),
        (lambda: net.report(tmp_path / "a.html", X), DataError,
         "y: no targets were given. Give one for each row of X."),
        (lambda: net.report(tmp_path / "a.html", X, y, training_data=X), DataError,
         "Report: training_data must be (X, y), the rows that it was trained on and their targets."),
    ):  # fmt: skip
        with pytest.raises(kind) as caught:
            call()
        assert str(caught.value) == words
    other = Network([Input(2), Dense(1, activation="sigmoid")])
    other.compile("binary_crossentropy", "sgd")
    with pytest.raises(DescriptionError) as wrong:
        other.report(tmp_path / "a.html", X, y, snapshots=snapshots)
    assert str(wrong.value) == "Report: the snapshots are those of another network. Give those of this one."
    with pytest.raises(ModelFileError):
        net.report(tmp_path / "none" / "a.html", X, y)
    assert list(tmp_path.iterdir()) == []


@needs_browser
def test_it_opens_in_a_browser_and_the_slider_works(tmp_path):
    net, snapshots, X, y = xor()
    path = net.report(tmp_path / "xor.html", X, y, snapshots=snapshots)
    move = 'const s = document.getElementById("replay-slider"); s.value = "1"; s.dispatchEvent(new Event("input"));'
    dom, console = browse(path, tmp_path, move)
    assert console == []
    held = replay(path.read_text(encoding="utf-8"))
    frame, lines = held["frames"][1], held["lines"]
    assert f'aria-valuetext="epoch {frame["epoch"]}: {frame["words"]}"' in dom
    assert frame["boundary"] in dom
    drawn = dom[dom.index('id="replay-diagram"') :]
    for name, w in zip(lines["names"], frame["lines"], strict=True):
        line = re.search(rf"<line ([^>]*)><title>{re.escape(name)} = ([^<]*)</title>", drawn)
        share = min(1, abs(w) / lines["most"])
        width = float(re.search(r'stroke-width="([^"]*)"', line[1])[1])
        assert width == pytest.approx(THIN + (lines["thickest"] - THIN) * share)
        assert f'class="s-{"negative" if w < 0 else "positive"}"' in line[1]
        assert float(line[2]) == pytest.approx(w)


@needs_browser
@pytest.mark.parametrize("fault", ["undefined.x", 'const i = new Image(); i.src = "https://a.invalid/b.png";'])
def test_a_fault_in_the_page_reaches_the_console(digits, tmp_path, fault):
    assert browse(digits[3], tmp_path, fault)[1] != []


@pytest.mark.parametrize("shape", [(4, 3, 1, 3), (28, 28, 1, 30), (5, 5, 3, 9)])
def test_the_sheet_of_weights_has_every_unit_in_its_place(shape, rng):
    weights = rng.normal(size=shape)
    most = float(np.abs(weights).max())
    page, (H, W, _, units) = sheet(weights, most), shape
    times = max(1, round(28 / max(H, W)))
    for k in range(min(UNITS, units)):
        top, left = k // ACROSS * (H * times + 1) + 1, k % ACROSS * (W * times + 1) + 1
        part = page[top : top + H * times : times, left : left + W * times : times]
        np.testing.assert_array_equal(part, signed_colours(weights[..., k].mean(axis=2), most))
    assert len(page) == -(-min(UNITS, units) // ACROSS) * (H * times + 1) + 1
