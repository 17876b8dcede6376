"""The doctor: looks a network, its data and its training over, and says what is wrong, where, and what to do."""

from pellucid.doctor.findings import Diagnosis, Finding, Place

__all__ = ["Diagnosis", "Finding", "Place"]
