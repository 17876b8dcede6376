"""The report: one HTML file about a training, which asks for nothing from outside. See :func:`write_report`."""

from pellucid.views.report.page import write_report
from pellucid.views.report.parts import Section

__all__ = ["Section", "write_report"]
