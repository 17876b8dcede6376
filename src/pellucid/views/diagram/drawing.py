"""A network or one of its units, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pellucid.layers.base import check_whole
from pellucid.views.diagram.picture import Diagram, check_known, finished
from pellucid.views.diagram.place import DIRECTIONS, Turn
from pellucid.views.diagram.sample import take_sample

if TYPE_CHECKING:
    from pellucid.network import Network


def diagram(
    net: Network, x: Any = None, y: Any = None, *, unit: tuple[str, Any] | None = None, direction: str = "right",
    numbers: bool | None = None, delta: bool = False, gradient: bool = False, fold: int = 12, theme: str = "auto",
    title: str | None = None,
) -> Diagram:  # fmt: skip
    """Draw a network; see :meth:`pellucid.Network.diagram`."""
    if unit is not None:
        return neuron(net, unit, x, y, theme=theme, title=title, most=fold)
    from pellucid.views.diagram.whole import draw_network

    check_known("direction", direction, DIRECTIONS)
    fold = check_whole(fold, "fold", 2)
    sample = take_sample(net, x, y, delta or gradient)
    canvas, heading, words = draw_network(
        net, sample, turn=Turn(direction), numbers=numbers, delta=delta, gradient=gradient, fold=fold, title=title
    )
    return finished(canvas, heading, words, theme)


def neuron(
    net: Network, unit: tuple[str, Any], x: Any, y: Any = None, *, theme: str = "auto", title: str | None = None,
    most: int = 12,
) -> Diagram:  # fmt: skip
    """Draw one unit with its numbers for a sample: inputs, weights, bias, their sum, and the activation's curve.

    Parameters
    ----------
    unit : (str, int)
        The layer's name and the unit's number, as in ``("dense_1", 0)``.
    x : array of the network's input shape
        One sample.
    y : optional
        Its target: then δ = ∂C/∂z is shown too.
    most : int
        How many inputs are drawn one by one; the others are added up in one line.

    Raises
    ------
    DescriptionError
        A unit that is not there, or a layer that has no weighted sum.
    """
    from pellucid.views.diagram.single import draw_neuron

    canvas, heading, words = draw_neuron(net, unit, x, y, check_whole(most, "fold", 2), title)
    return finished(canvas, heading, words, theme)
