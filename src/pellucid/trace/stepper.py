"""Training taken apart: forward, loss, backward and update, one layer at a time, on a copy that can be written back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pellucid.errors import DescriptionError, nearest
from pellucid.layers.base import check_whole
from pellucid.trace.numbers import shown_number
from pellucid.trace.show import section_text
from pellucid.trace.tables import MOST, stage_section

if TYPE_CHECKING:
    from pellucid.network import Network

STAGES = ("forward", "loss", "backward", "update")
HOW = ("stage", "layer", "update")


@dataclass(frozen=True)
class Stop:
    """A place in the step: a stage, and in all but the loss one layer of it."""

    stage: str
    layer: str | None

    @property
    def name(self) -> str:
        """As in ``forward dense_1`` or ``loss``."""
        return self.stage if self.layer is None else f"{self.stage} {self.layer}"


class Stepper:
    """A network's training step by step: print it, take a step, look again.

    Each update takes all samples it was made with, as ``fit`` does with a batch of that size, without dropout and
    augmentation. The network itself stays as it is until :meth:`keep` is called.

    Attributes
    ----------
    update : int
        The number of the update at work, from 1.
    trace : Trace
        Every number of that update, those not reached yet among them.
    done : tuple of Stop
        What was stepped through in this update.
    costs : list of float
        C of each update so far, the one at work included once its loss was reached.

    Examples
    --------
    >>> from pellucid import Dense, Input, Network
    >>> net = Network([Input(1), Dense(1, bias=False)], dtype="float64")
    >>> net.set_weights({"dense_1.weights": [[3.0]]})
    >>> net.compile("squared_error", {"kind": "sgd", "rate": 0.5})
    >>> steps = net.stepper([[2.0]], [4.0])
    >>> print(steps.step())
    Update 1, forward dense_1
    <BLANKLINE>
    dense_1 (Dense, identity): a = z
      unit  z = a
      ───────────
      0         6
    >>> steps.run_to("update").weights["dense_1.weights"].tolist()
    [[1.0]]
    >>> net.weights["dense_1.weights"].tolist()
    [[3.0]]
    """

    def __init__(
        self, net: Network, X: Any, y: Any = None, sample_weight: Any = None, *, dtype: str | None = None,
        rate: float | None = None,
    ) -> None:  # fmt: skip
        from pellucid.trace.stepping import Follower

        self._source = net
        self._follower = Follower(net, X, y, sample_weight, dtype=dtype, rate=rate)
        self.trace = self._follower.trace()
        layers = [layer.name for layer in self.trace if not layer.passes]
        learning = [layer.name for layer in self.trace if layer.parameters]
        self._stops = (
            *(Stop("forward", name) for name in layers), Stop("loss", None),
            *(Stop("backward", name) for name in reversed(layers)), *(Stop("update", name) for name in learning),
        )  # fmt: skip
        self._start = self._follower.state()
        self._place, self.update = 0, 1
        self.costs: list[float] = []

    # --- going on ----------------------------------------------------------------------------------------------------

    def step(self, how: str = "layer") -> Stepper:
        """Go on by one layer of a stage, by a whole ``"stage"``, or to the end of the ``"update"``. Returns itself."""
        if how not in HOW:
            raise DescriptionError(f'Unknown step "{how}".{nearest(how, HOW)} Known: {", ".join(HOW)}.')
        self._advance()
        while (how == "stage" and not self.stage_done) or (how == "update" and not self.finished):
            self._advance()
        return self

    def run_to(self, stage: str, layer: str | None = None, update: int | None = None) -> Stepper:
        """Go on until a stage is done, of a layer where one is named, in this update or a later one. Returns itself.

        Raises
        ------
        DescriptionError
            There is no such stage or layer, or the update is over already.
        """
        if stage not in STAGES:
            raise DescriptionError(f'Unknown stage "{stage}".{nearest(stage, STAGES)} Known: {", ".join(STAGES)}.')
        known = [stop.layer for stop in self._stops if stop.stage == stage]
        if layer is not None and layer not in known:
            self.trace[layer]  # refuses a layer that does not exist
            named = ", ".join(name for name in known if name)
            takes = f"its layers are {named}" if named else "it is not one layer's"
            raise DescriptionError(f'Stage "{stage}" has no part of layer "{layer}": {takes}.')
        wanted = Stop(stage, known[-1] if layer is None else layer)
        goal = self.update if update is None else check_whole(update, "update")
        place = self._stops.index(wanted)
        over = goal < self.update or (goal == self.update and place < self._place)
        if update is None and over:
            goal += 1
        elif over:
            raise DescriptionError(f"Update {goal} is past {wanted.name} already. Call reset() to begin again.")
        while (self.update, self._place) != (goal, place + 1):
            self._advance()
        return self

    def reset(self) -> Stepper:
        """Go back to the first update, with the numbers from before it. Returns itself."""
        self._follower.put_back(self._start)
        self.trace = self._follower.trace()
        self._place, self.update, self.costs = 0, 1, []
        return self

    def keep(self) -> None:
        """Give the weights of all finished updates to the network, and what the optimizer remembers."""
        self._follower.keep(self._source, self.trace if self.finished else None)

    def _advance(self) -> None:
        if self._place == len(self._stops):
            self._follower.take(self.trace)
            self.trace = self._follower.trace()
            self._place, self.update = 0, self.update + 1
        self._place += 1
        if self.last.stage == "loss":
            assert self.trace.cost is not None
            self.costs.append(self.trace.cost)

    # --- where it is -------------------------------------------------------------------------------------------------

    @property
    def stops(self) -> tuple[Stop, ...]:
        """The places that an update goes through."""
        return self._stops

    @property
    def done(self) -> tuple[Stop, ...]:
        """The places that this update has gone through."""
        return self._stops[: self._place]

    @property
    def last(self) -> Stop:
        """The place that was reached last."""
        return self._stops[max(0, self._place - 1)]

    @property
    def finished(self) -> bool:
        """Whether the update is done."""
        return self._place == len(self._stops)

    @property
    def stage_done(self) -> bool:
        """Whether the stage that was stepped through last is done."""
        return self.finished or self._stops[self._place].stage != self.last.stage

    @property
    def weights(self) -> dict[str, Any]:
        """Every trainable array as it is at this moment: new where its layer's update is done."""
        updated = {stop.layer for stop in self.done if stop.stage == "update"}
        found = {}
        for layer in self.trace:
            for p in layer.parameters.values():
                value = p.new if layer.name in updated else p.value
                assert value is not None
                found[p.name] = value.copy()
        return found

    @property
    def cost(self) -> float | None:
        """C of this update, once its loss is reached."""
        return self.trace.cost if Stop("loss", None) in self.done else None

    # --- as text -----------------------------------------------------------------------------------------------------

    def text(self, *, digits: int | None = 4, full: bool = False) -> str:
        """What the last step has computed."""
        head = f"Update {self.update}, {'before the first step' if not self._place else self.last.name}"
        stage, layer = (self.last.stage, self.last.layer) if self._place else ("input", None)
        section = stage_section(self.trace, stage, layer, digits, None if full else MOST)
        return f"{head}\n\n{section_text(section)}"

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        cost = "" if self.cost is None else f", cost {shown_number(self.cost)}"
        return f"<Stepper: update {self.update}, {self._place} of {len(self._stops)} steps{cost}>"
