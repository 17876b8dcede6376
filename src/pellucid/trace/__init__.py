"""Every number of one pass and one step of a network: see ``Network.trace`` and ``Network.stepper``."""

from pellucid.trace.values import LayerTrace, ParameterTrace, Trace

__all__ = ["LayerTrace", "ParameterTrace", "Trace"]
