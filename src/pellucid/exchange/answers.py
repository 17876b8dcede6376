"""What stands above a network's answers where they are written as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pellucid.network import Network


def threshold(net: Network) -> float:
    """What a single output must be above for the second of two classes, as ``Network.classes_of`` has it.

    >>> from pellucid import Dense, Input, Network
    >>> net = Network([Input(2), Dense(1, "tanh")])
    >>> threshold(net)
    0.5
    >>> net.compile("hinge", "sgd")
    >>> threshold(net)
    0.0
    """
    return 0.0 if net.compiled and net.loss.targets == "signs" else 0.5


def answer_columns(net: Network) -> tuple[tuple[str, ...], bool]:
    """The names of the outputs, and whether the probability of the first of two classes, 1 − p, stands before them.

    Where a network says one number that is no probability, that number is the answer, and there are no names.

    >>> from pellucid import Dense, Input, Network
    >>> net = Network([Input(2), Dense(2, "softmax")])
    >>> net.class_names = ("cat", "dog")
    >>> answer_columns(net)
    (('p(cat)', 'p(dog)'), False)
    >>> net = Network([Input(2), Dense(1, "sigmoid")])
    >>> net.class_names = ("cat", "dog")
    >>> answer_columns(net), answer_columns(Network([Input(2), Dense(1)]))
    ((('p(cat)', 'p(dog)'), True), ((), False))
    """
    count, names = net.output_units, net.class_names
    activation = getattr(getattr(net.layers[-1][1], "activation", None), "name", "")
    both = names is not None and count == 1 and activation == "sigmoid"
    if names is None and count == 1:
        return (), False
    if names is not None and len(names) == count + both:
        shares = both or activation == "softmax"
        return tuple(f"p({name})" if shares else f"output {name}" for name in names), both
    return (tuple(f"output {k}" for k in range(1, count + 1)) if count > 1 else ("output",)), False
