"""What the doctor says about the network, its data and its training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from pellucid.views.report.material import Material
from pellucid.views.report.parts import Section, details, paragraph

if TYPE_CHECKING:
    from pellucid.doctor.findings import Diagnosis


def doctor_section(material: Material) -> Section | None:
    """The doctor's findings, the gravest first."""
    if material.judged is None:
        return None
    judged = (material.judged.X, material.judged.targets)
    if material.training_data is None:
        return findings_section(material.net.diagnose(*judged))
    return findings_section(material.net.diagnose(*material.training_data, validation_data=judged))


def findings_section(diagnosis: Diagnosis) -> Section:
    """A diagnosis as a section."""
    items = []
    for one in diagnosis.findings:
        where = str(one.place)
        title = Markup('<span class="mark-{0}">{0}</span> {1}').format(one.severity, one.name)
        lines = paragraph(one.message)
        if one.evidence:
            lines += paragraph(f"Evidence: {one.facts}.", "note")
        if one.remedy:
            lines += Markup("<p><b>Remedy:</b> {}</p>").format(one.remedy)
        at = Markup(' <span class="note">at {}</span>').format(where) if where else ""
        items.append(Markup("<li><h3>{}{}</h3>{}</li>").format(title, at, lines))
    body = paragraph(f"{diagnosis.headline}.")
    if items:
        body += Markup('<ol class="findings">{}</ol>').format(Markup("").join(items))
    if diagnosis.skipped:
        left = Markup("").join(Markup("<li>{}: {}</li>").format(name, why) for name, why in diagnosis.skipped.items())
        body += details("Not checked", Markup("<ul>{}</ul>").format(left))
    return Section("doctor", "Doctor's findings", body)
