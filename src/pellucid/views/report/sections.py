"""The sections of a report, in order. To add one, write a function of a Material and put it into SECTIONS."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence

import numpy as np
from markupsafe import Markup

from pellucid.named import in_words
from pellucid.tables.targets import standard_units
from pellucid.views.diagram.palette import sample_colours, signed_colours
from pellucid.views.diagram.text import number
from pellucid.views.report.curves import curve_chart
from pellucid.views.report.excited import excited_units
from pellucid.views.report.findings import doctor_section
from pellucid.views.report.judged import confusion_section, mistakes_section, result_section
from pellucid.views.report.material import Material
from pellucid.views.report.parts import (
    Section,
    code,
    details,
    facts,
    gallery,
    paragraph,
    picture,
    scrolling,
    table,
)  # fmt: skip
from pellucid.views.report.replay import replay_section
from pellucid.views.summary import summary_rows

EXAMPLES = 16  # pictures of the data
FEATURES = 40  # rows of the table of inputs, and inputs up to which their weights are listed
UNITS = 32  # units whose weights are shown


def data_section(material: Material) -> Section | None:
    """What the rows are: counts, classes, ranges, examples."""
    judged, params = material.judged, material.net.history.params
    about = {} if material.run is None else material.run.config.get("data", {})
    shape = "×".join(map(str, material.net.input_shape))
    found: list[tuple[str, object]] = [("source", about["source"])] if about.get("source") else []
    if params:
        found.append(("rows for training", f"{params['samples']:,}"))
    if judged is not None:
        found.append((judged.rows, f"{judged.count:,}"))
    found.append(("one row", f"{shape} numbers"))
    if about.get("target"):
        found.append(("target", about["target"]))
    body = facts(found)
    if judged is None:
        return Section("data", "Data", body)
    if judged.classes is not None and judged.true is not None:
        counts = np.bincount(judged.true, minlength=len(judged.classes))
        rows = [
            (name, f"{n:,}", f"{100 * n / judged.count:.1f} %") for name, n in zip(judged.classes, counts, strict=False)
        ]
        classes = table(("class", "rows", "share"), rows, f"Classes of the {judged.rows}")
        body += classes if len(rows) <= 12 else details(f"The {len(rows)} classes", classes)
    if material.pictures:
        low, high = material.value_range
        shown = np.unique(np.linspace(0, judged.count - 1, EXAMPLES).round().astype(int)).tolist()  # of all classes
        names = [_true_name(material, k) for k in shown]
        body += gallery(
            picture(sample_colours(x, low, high), f"Row {k + 1}: {name}", name)
            for k, name, x in zip(shown, names, judged.samples(shown), strict=True)
        )
    elif len(material.net.input_shape) == 1:
        body += _inputs(material)
    return Section("data", "Data", body)


def _true_name(material: Material, k: int) -> str:
    judged = material.judged
    assert judged is not None
    if judged.classes is not None and judged.true is not None:
        return str(judged.classes[judged.true[k]])
    return ", ".join(number(float(v)) for v in judged.targets[k].reshape(-1))


def _inputs(material: Material) -> Markup:
    """Mean, deviation and range of every input."""
    judged = material.judged
    assert judged is not None
    X = judged.samples(range(min(judged.count, 20_000))).astype(float)
    names = material.net.feature_names or tuple(f"x[{k}]" for k in range(X.shape[1]))
    names = names if len(names) == X.shape[1] else tuple(f"x[{k}]" for k in range(X.shape[1]))
    rows = [
        (names[k], *(number(v) for v in (x.min(), x.mean(), x.max(), x.std())))
        for k, x in zip(range(min(FEATURES, X.shape[1])), X.T, strict=False)
    ]
    more = f", the first {FEATURES} of {X.shape[1]:,}" if X.shape[1] > FEATURES else ""
    return table(("input", "least", "mean", "largest", "deviation"), rows, f"Inputs as the network gets them{more}")


def network_section(material: Material) -> Section:
    """The layers, and what it is compiled with."""
    net = material.net
    rows = [(name, shape.replace("None, ", ""), count) for name, shape, count in summary_rows(net)]
    layers = table(("layer (kind)", "output", "parameters"), rows, f"{net.parameter_count:,} parameters, {net.dtype}")
    chosen = [("loss", in_words(net.loss)), ("optimizer", in_words(net.optimizer))]
    chosen.append(("metrics", ", ".join(in_words(metric) for metric in net.metrics) or "none"))
    why = Markup("") if net.recipe is None else paragraph(f"By the default recipe for tables. {net.recipe['why']}")
    return Section("network", "Network", why + layers + facts(chosen, wordy=True))


def diagram_section(material: Material) -> Section:
    """The network drawn, with the first row's numbers."""
    judged = material.judged
    x = y = None
    if judged is not None and judged.count:
        x, y = judged.samples([0])[0], judged.targets[0]
    drawn = material.net.diagram(x, y, title="")
    words = (
        "Lines are weights." if judged is None else f"The first of the {judged.rows}, on its way through the network."
    )
    inside = scrolling(Markup(drawn.svg), "Diagram of the network")
    return Section("diagram", "Diagram", paragraph(words) + inside)


def curves_section(material: Material) -> Section | None:
    """Every figure over the epochs."""
    history = material.net.history
    if len(history.epoch) < 1:
        return None
    epochs = list(range(1, len(history.epoch) + 1))
    names = history.curves()
    charts = []
    for name in names:
        pair: dict[str, Sequence[float]] = {
            ("training" if f"val_{name}" in history.history else name): history.history[name]
        }
        if f"val_{name}" in history.history:
            pair["validation"] = history.history[f"val_{name}"]
        charts.append(curve_chart(pair, epochs, name.replace("_", " ")) if len(epochs) > 1 else Markup(""))
    rates = history.history.get("learning_rate", [])
    if len(set(rates)) > 1:
        charts.append(curve_chart({"learning rate": rates}, epochs, "learning rate"))
    head = ("epoch", *(name.replace("_", " ") for name in history.history))
    every = max(1, math.ceil(len(epochs) / 200))
    kept = [k for k in range(len(epochs)) if k % every == 0 or k == len(epochs) - 1]
    rows = [(epochs[k], *(number(values[k]) for values in history.history.values())) for k in kept]
    words = "Training figures are means over an epoch, while the network changed; validation is measured at its end."
    if len(epochs) == 1:
        words = f"There was one epoch, so there is no curve. {words}"
    units = standard_units(material.net)
    if units is not None:
        words += f" These figures are of {units}; the result is in the target's own units."
    figures = details("The figures as a table", table(head, rows, "Figures of the epochs"))
    shown = Markup('<div class="charts">{}</div>').format(Markup("").join(charts))
    return Section("curves", "Curves", shown + paragraph(words) + figures)


def units_section(material: Material) -> Section | None:
    """What the first layer's units look for: their weights as pictures, or as a table of inputs."""
    found = material.first_weights()
    if found is None:
        return _unit_table(material)
    name, weights = found
    units = weights.shape[3]
    figures = []
    for k in range(min(UNITS, units)):
        shown = weights[..., k].astype(float)
        shown = shown[..., 0] if shown.shape[2] == 1 else shown.mean(axis=2)
        most = float(np.abs(shown).max())
        figures.append(
            picture(signed_colours(shown, most), f"Weights of {name}[{k}], up to {number(most)}", f"{name}[{k}]")
        )
    more = f" The first {UNITS} of {units} are shown." if units > UNITS else ""
    channels = " Each is the mean over the colours." if weights.shape[2] > 1 else ""
    words = (
        f"The weights from each pixel: blue above 0, red below, white 0; each picture on its own scale.{channels}{more}"
    )
    return Section("units", "What the units look for", paragraph(words) + gallery(figures) + excited_units(material))


def _unit_table(material: Material) -> Section | None:
    """The weights of the first dense layer on named inputs."""
    name, layer = material.net.layers[0]
    weights = material.net.weights.get(f"{name}.weights")
    if layer.kind != "Dense" or weights is None or len(weights) > FEATURES or len(material.net.input_shape) != 1:
        return None
    units = min(UNITS, weights.shape[1])
    most = float(np.abs(weights).max()) or 1.0
    names = material.net.feature_names or tuple(f"x[{k}]" for k in range(len(weights)))
    lines = []
    for k, row in enumerate(weights[:, :units]):
        cells = Markup("").join(
            Markup('<td class="n heat {}" style="--share:{}%">{}</td>').format(
                "minus" if w < 0 else "plus", round(70 * abs(w) / most), number(w)
            )
            for w in row
        )
        lines.append(Markup('<tr><th scope="row">{}</th>{}</tr>').format(names[k], cells))
    head = Markup("").join(Markup('<th scope="col" class="n">{}[{}]</th>').format(name, k) for k in range(units))
    caption = f"Weights from each input to the units of {name}: blue above 0, red below"
    inside = Markup(
        '<table><caption>{}</caption><thead><tr><th scope="col">input</th>{}</tr></thead><tbody>{}</tbody></table>'
    ).format(caption, head, Markup("").join(lines))
    return Section("units", "What the units look for", scrolling(inside, caption) + excited_units(material))


def repeat_section(material: Material) -> Section:
    """How to get the same network again."""
    net, run = material.net, material.run
    if run is not None:
        config = run.config
        versions = ", ".join(f"{name} {version}" for name, version in config.get("versions", {}).items())
        found = [
            ("seed", config.get("seed")),
            ("begun", config.get("begun")),
            ("took", f"{config.get('seconds', 0):,.1f} s"),
            ("versions", versions),
            ("data, SHA-256", config.get("data", {}).get("sha256")),
        ]
        body = paragraph("The same command on the same data gives the same numbers.") + code(str(config["command"]))
        return Section(
            "repeat",
            "How to repeat it",
            body + facts([pair for pair in found if pair[1] is not None], wordy=True) + _description(material),
        )
    from pellucid import __version__

    params = net.history.params
    lines = [
        "import json",
        "from pellucid import Network",
        "",
        'net = Network.from_dict(json.load(open("network.json")))',
    ]
    settings = net.compile_settings()
    lines.append(f"net.compile({settings['loss']!r}, {settings['optimizer']!r}, {settings['metrics']!r})")
    if params:
        options = {name: params[name] for name in ("epochs", "batch_size", "seed") if name in params}
        lines.append(f"net.fit(X, y, {', '.join(f'{name}={value!r}' for name, value in options.items())})")
    words = (
        "Save the description below as network.json. The program makes the network and trains it as the last call of "
        "fit did; options that are not kept, such as validation_split, class_weight and callbacks, must be given again."
    )
    told: list[tuple[str, object]] = [("seed", net.seed), ("version", f"pellucid {__version__}")]
    if params.get("validation_samples"):
        told.append(("rows set aside for validation", f"{params['validation_samples']:,}"))
    body = paragraph(words) + code("\n".join(lines)) + facts(told)
    return Section("repeat", "How to repeat it", body + _description(material))


def _description(material: Material) -> Markup:
    text = json.dumps(material.net.to_dict(), indent=1, ensure_ascii=False, default=str)
    return details("The description of the network", code(text))


SECTIONS: list[Callable[[Material], Section | None]] = [
    result_section, data_section, network_section, diagram_section, curves_section, replay_section, confusion_section,
    mistakes_section, units_section, doctor_section, repeat_section,
]  # fmt: skip
