"""How good the network is on the rows: figures, the confusion matrix, and the worst mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from pellucid.views.diagram.palette import sample_colours
from pellucid.views.diagram.text import number
from pellucid.views.report.material import Judged, Material
from pellucid.views.report.parts import (
    Section,
    facts,
    gallery,
    paragraph,
    picture,
    scrolling,
    table,
)  # fmt: skip

if TYPE_CHECKING:
    from pellucid.tables.raw import RawTable

MOST_CLASSES = 25  # of a matrix; more become a list of the pairs that are confused most
MISTAKES = 24
COLUMNS = 12  # of a mistake's row


def result_section(material: Material) -> Section | None:
    """The figures, and what always saying the same would give."""
    judged = material.judged
    if judged is None:
        return None
    same = ("accuracy", "mae")  # told as "right" and "mean absolute error"
    found: list[tuple[str, object]] = [
        (name.replace("_", " "), number(v)) for name, v in judged.figures.items() if name not in same
    ]
    if judged.classes is not None and judged.true is not None and judged.predicted is not None:
        wrong = int((judged.true != judged.predicted).sum())
        counts = np.bincount(judged.true, minlength=len(judged.classes))
        usual = int(counts.argmax())
        found.insert(0, ("right", f"{100 * (1 - wrong / judged.count):.2f} %"))
        found.append(("mistakes", f"{wrong:,} of {judged.count:,}"))
        share = f"{100 * counts[usual] / judged.count:.2f} %"
        words = f"Always saying “{judged.classes[usual]}”, the most frequent class, would be right in {share}."
    else:
        y = judged.targets.astype(float).reshape(judged.count, -1)
        distance = np.abs(y - judged.outputs).mean()
        mean = y.mean(axis=0) if material.training_data is None else _mean(material.training_data[1], y.shape[1])
        usual_distance = np.abs(y - mean).mean()
        found.append(("mean absolute error", number(distance)))
        said_mean = ", ".join(number(v) for v in mean)
        words = f"Always saying the mean, {said_mean}, would have a mean absolute error of {number(usual_distance)}."
    intro = paragraph(f"On {judged.count:,} {judged.rows}, with the network as it is now.")
    return Section("result", "Result", intro + facts(found) + paragraph(words, "note"))


def _mean(targets: Any, columns: int) -> np.ndarray:
    """The mean of the targets for training."""
    found: np.ndarray = np.asarray(targets, float).reshape(-1, columns).mean(axis=0)
    return found


def confusion_section(material: Material) -> Section | None:
    """Which classes are taken for which."""
    judged = material.judged
    if judged is None or judged.classes is None or judged.true is None or judged.predicted is None:
        return None
    size = len(judged.classes)
    counts = np.bincount(judged.true * size + judged.predicted, minlength=size * size).reshape(size, size)
    body = _matrix(counts, judged.classes) if size <= MOST_CLASSES else _pairs(counts, judged.classes)
    return Section("confusion", "Confusion matrix", body)


def _matrix(counts: np.ndarray, classes: tuple[str, ...]) -> Markup:
    head = Markup("").join(Markup('<th scope="col" class="n">{}</th>').format(name) for name in classes)
    lines = []
    for k, row in enumerate(counts):
        total = int(row.sum())
        cells = []
        for j, value in enumerate(row.tolist()):
            strength = round(100 * value / total) if total else 0
            kind = "right" if j == k else "wrong"
            style = Markup(' style="--share:{}%"').format(strength) if value else ""
            cells.append(Markup('<td class="n heat {}"{}>{}</td>').format(kind, style, f"{value:,}" if value else "·"))
        recall = f"{100 * row[k] / total:.1f} %" if total else "–"
        lines.append(
            Markup('<tr><th scope="row">{}</th>{}<td class="n">{}</td></tr>').format(
                classes[k], Markup("").join(cells), recall
            )
        )
    caption = "Rows: true class. Columns: predicted. Recall: share of a class found."
    inside = Markup(
        '<table class="matrix"><caption>{}</caption><thead><tr><th scope="col">true \\ predicted</th>{}'
        '<th scope="col" class="n">recall</th></tr></thead><tbody>{}</tbody></table>'
    ).format(caption, head, Markup("").join(lines))
    return scrolling(inside, "Confusion matrix")


def _pairs(counts: np.ndarray, classes: tuple[str, ...]) -> Markup:
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:30]
    rows = []
    for flat in order.tolist():
        k, j = divmod(flat, len(classes))
        if wrong[k, j]:
            rows.append((classes[k], classes[j], f"{wrong[k, j]:,}", f"{counts[k].sum():,}"))
    return table(("true", "taken for", "times", "rows of the class"), rows, "The pairs confused most", words=2)


def mistakes_section(material: Material) -> Section | None:
    """The mistakes that the network was most certain of, or the numbers that it missed by most."""
    judged = material.judged
    if judged is None:
        return None
    if judged.classes is not None and judged.true is not None and judged.predicted is not None:
        assert judged.certainty is not None
        wrong = np.flatnonzero(judged.true != judged.predicted)
        order = wrong[np.argsort(-judged.certainty[wrong], kind="stable")][:MISTAKES]
        if not len(order):
            return Section(
                "mistakes", "Worst mistakes", paragraph(f"None of the {judged.count:,} {judged.rows} is wrong.")
            )
        words = f"Those of {len(wrong):,} that the network was most certain of."
        if len(wrong) <= MISTAKES:
            words = "The only one." if len(wrong) == 1 else f"All {len(wrong)}, the most certain first."
    else:
        missed = np.abs(judged.targets.astype(float).reshape(judged.count, -1) - judged.outputs).max(axis=1)
        order = np.argsort(-missed, kind="stable")[:MISTAKES]
        words = "The rows whose target was missed by most."
    rows = order.tolist()
    body = _as_pictures(material, judged, rows) if material.pictures else _as_rows(material, judged, rows)
    return Section("mistakes", "Worst mistakes", paragraph(words) + body)


def said(judged: Judged, k: int) -> tuple[str, str, str]:
    """(what the network says, with what certainty, what is true) of a row."""
    if judged.classes is not None and judged.true is not None and judged.predicted is not None:
        assert judged.certainty is not None
        sure = float(judged.certainty[k])
        certainty = f"{100 * sure:.1f} %" if 0 <= sure <= 1 else number(sure)
        return judged.classes[judged.predicted[k]], certainty, judged.classes[judged.true[k]]
    outputs = ", ".join(number(v) for v in judged.outputs[k])
    return outputs, "", ", ".join(number(float(v)) for v in judged.targets[k].reshape(-1))


def _as_pictures(material: Material, judged: Judged, rows: list[int]) -> Markup:
    low, high = material.value_range
    figures = []
    for k, x in zip(rows, judged.samples(rows), strict=True):
        says, certainty, true = said(judged, k)
        name = judged.paths[k].rpartition("/")[2] if judged.paths else f"row {k + 1:,}"
        caption = Markup("<b>{}</b> {}<br>is {}<br><small>{}</small>").format(says, certainty, true, name)
        words = f"{name}: taken for {says}, is {true}"
        figures.append(picture(sample_colours(x, low, high), words, caption))
    return gallery(figures)


def _as_rows(material: Material, judged: Judged, rows: list[int]) -> Markup:
    names, cells = _own_cells(judged.raw, rows) if judged.raw is not None else _inputs(material, judged, rows)
    places = [f"row {k + 1:,}" for k in rows]
    if judged.raw is not None:  # where they stand in their file
        places = [judged.raw.locate(int(judged.raw.rows[k])) for k in rows]
    certain = judged.classes is not None
    head = ["row", "predicted", *(["certainty"] if certain else []), "true", *names[:COLUMNS]]
    lines = []
    for k, place, values in zip(rows, places, cells, strict=True):
        says, certainty, true = said(judged, k)
        lines.append([place, says, *([certainty] if certain else []), true, *values[:COLUMNS]])
    more = f", the first {COLUMNS} of {len(names)} columns" if len(names) > COLUMNS else ""
    source = "as the network gets them" if judged.raw is None else f"as they stand in {judged.raw.place}"
    return table(head, lines, f"Rows {source}{more}", words=1)


def _inputs(material: Material, judged: Judged, rows: list[int]) -> tuple[list[str], list[list[str]]]:
    """Names and numbers of the network's inputs."""
    names = list(material.net.feature_names or ())
    samples = judged.samples(rows).reshape(len(rows), -1)
    names = names if len(names) == samples.shape[1] else [f"x[{k}]" for k in range(samples.shape[1])]
    return names, [[number(v) for v in x] for x in samples]


def _own_cells(raw: RawTable, rows: list[int]) -> tuple[list[str], list[list[str]]]:
    """Names and cells of a table's columns, as they stand there."""
    chosen = raw.frame[rows]
    return list(chosen.columns), [["" if cell is None else str(cell) for cell in row] for row in chosen.rows()]
