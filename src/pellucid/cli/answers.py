"""What a network says about rows, in the words of its classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pellucid.network import Network


@dataclass(frozen=True)
class Answers:
    """What a network says about rows.

    Attributes
    ----------
    predicted : list of str
        The class, or the number with all its digits.
    outputs : array (n, columns)
        Probabilities of the classes, or the outputs.
    columns : tuple of str
        What stands above them; none where ``predicted`` says it all.
    """

    predicted: list[str]
    outputs: NDArray[Any]
    columns: tuple[str, ...]

    @classmethod
    def joined(cls, parts: Sequence[Answers]) -> Answers:
        """Those of several parts as one."""
        import numpy as np

        predicted = [said for part in parts for said in part.predicted]
        return cls(predicted, np.concatenate([part.outputs for part in parts]), parts[0].columns)


def answers_of(net: Network, X: Any, threads: int | None) -> Answers:
    """What a network says about samples."""
    import numpy as np

    from pellucid.exchange.answers import answer_columns

    outputs = net.predict(X, threads=threads).reshape(len(X), -1)
    columns, both = answer_columns(net)
    if net.class_names is None:
        return Answers([""] * len(X) if columns else [str(value) for value in outputs[:, 0]], outputs, columns)
    predicted = [str(name) for name in net.classes_of(outputs)]
    if both:
        outputs = np.concatenate([1 - outputs, outputs], axis=1)
    return Answers(predicted, outputs, columns)
