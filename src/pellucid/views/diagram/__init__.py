"""The network drawn: layers, units, weights, and of one sample its activations, δ and gradients.

>>> from pellucid import Dense, Input, Network
>>> picture = Network([Input(2), Dense(2, activation="sigmoid"), Dense(1)], name="2-2-1").diagram()
>>> picture
<Diagram "2-2-1": 529 × 349>
>>> picture.svg.count('data-is="weight"')
6
"""

from pellucid.views.diagram.drawing import Diagram, diagram, neuron

__all__ = ["Diagram", "diagram", "neuron"]
