"""The network drawn: layers, units, weights, and of one sample its activations, δ and gradients.

>>> from pellucid import Dense, Input, Network
>>> picture = Network([Input(2), Dense(2, activation="sigmoid"), Dense(1)], name="2-2-1").diagram()
>>> picture
<Diagram "2-2-1": 529 × 349>
>>> picture.svg.count('data-is="weight"')
6
"""

from typing import TYPE_CHECKING

from pellucid.lazy import lazy

if TYPE_CHECKING:
    from pellucid.views.diagram.drawing import diagram as diagram
    from pellucid.views.diagram.drawing import neuron as neuron
    from pellucid.views.diagram.picture import Diagram as Diagram

_PLACES = {
    "Diagram": "picture",
    "diagram": "drawing",
    "neuron": "drawing",
}

if not TYPE_CHECKING:  # they cannot compute it, and take all names above
    __all__ = sorted(_PLACES)
__getattr__, __dir__ = lazy(__name__, _PLACES)
