"""What excites the units, and for which class the last hidden layer speaks: further parts of a report's section."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from pellucid.errors import DescriptionError
from pellucid.look.features import Features, Speaks
from pellucid.views.diagram.palette import sample_colours
from pellucid.views.diagram.text import number
from pellucid.views.report.material import Material
from pellucid.views.report.parts import details, gallery, paragraph, picture, table

ROWS = 2_000  # rows that are searched
UNITS, SPOKEN = 16, 24  # units that are shown; rows of the table
SMALL = 64 * 64  # inputs up to which gradient ascent takes little time


def excited_units(material: Material) -> Markup:
    """Pictures that excite each unit most, from the rows and by gradient ascent; and the table of classes."""
    judged, net = material.judged, material.net
    if judged is None or not judged.count:
        return Markup("")
    X = judged.samples(range(min(ROWS, judged.count))).astype(float)
    try:
        ascent = 40 if material.pictures and X[0].size <= SMALL else 0
        found = net.features(X, judged.targets[: len(X)], most=1, ascent=ascent)
    except DescriptionError:  # no layer of its own that weighs inputs, as where everything is in an Ensemble
        return Markup("")
    body = _pictures(found, material.value_range) if material.pictures else Markup("")
    return body if found.speaks is None else body + _spoken(found.speaks)


def _pictures(found: Features, span: tuple[float, float]) -> Markup:
    assert found.samples is not None
    assert found.rows is not None
    figures = []
    for k, unit in enumerate(found.units[:UNITS]):
        name, row = f"{found.layer}[{unit}]", int(found.rows[k, 0])
        words = f"Row {row + 1}, which excites {name} most"
        figures.append(picture(sample_colours(found.samples[k, 0], *span), words, f"{name}: row {row + 1}"))
    body = paragraph("The rows that excite each unit most, by its weighted input z:") + gallery(figures)
    if found.ascended is None:
        return body
    climbed = [
        picture(sample_colours(found.ascended[k], *span), f"An input that excites {name}", name)
        for k, name in enumerate(f"{found.layer}[{unit}]" for unit in found.units[:UNITS])
    ]
    words = "Inputs found by gradient ascent on z, from the mean of the rows and within their range:"
    return body + paragraph(words) + gallery(climbed)


def _spoken(speaks: Speaks) -> Markup:
    """What each unit of the last hidden layer adds to each output's z on average."""
    parts = speaks.parts
    order = np.argsort(-np.abs(parts).max(axis=1), kind="stable")[:SPOKEN]
    order = np.sort(order) if len(order) == len(parts) else order
    rows = [
        (speaks.units.long(int(k)), number(float(speaks.mean[k])), *(number(float(v)) for v in parts[k])) for k in order
    ]
    head = ("unit", "mean a", *(f"for {name}" for name in speaks.classes))
    more = f", the {SPOKEN} of {len(parts)} that say most" if len(parts) > SPOKEN else ""
    caption = f"For which output the last hidden layer speaks: weight × mean activation{more}"
    shown = table(head, rows, caption)
    return shown if len(rows) <= 12 and len(head) <= 8 else details("For which output each unit speaks", shown)
