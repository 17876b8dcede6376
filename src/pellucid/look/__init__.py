"""What units look for, why a prediction came out as it did, boundaries, and the hidden space: computed, not drawn.

``views.features`` draws them.
"""

from pellucid.look.attribution import Attribution
from pellucid.look.boundary import Boundary
from pellucid.look.cost import CostCurve
from pellucid.look.features import Features
from pellucid.look.hidden import HiddenSpace
from pellucid.look.score import Score
from pellucid.look.scorer import Scorer

__all__ = ["Attribution", "Boundary", "CostCurve", "Features", "HiddenSpace", "Score", "Scorer"]
