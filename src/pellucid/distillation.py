"""Distillation: a small network learns what a large one thinks of every class, not only which one is right."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.data.check import as_features
from pellucid.errors import DataError, DescriptionError
from pellucid.layers.dense.spec import Dense

if TYPE_CHECKING:
    from pellucid.layers.augment.spec import Augment
    from pellucid.network import Network
    from pellucid.training.history import History

ENDS = {"softmax": "categorical_crossentropy", "sigmoid": "binary_crossentropy"}  # how a student may end, and its loss


def soften(probabilities: NDArray[Any], temperature: float) -> NDArray[np.float64]:
    """What a network would say at a higher temperature: softmax(z / T), from its probabilities p = softmax(z).

    q_k = p_k^(1/T) / Σ_j p_j^(1/T), for log p is z but for a constant, which the softmax does not see. A single column
    is the probability of the second of two classes.

    Examples
    --------
    >>> soften(np.array([[0.8, 0.2]]), 2.0).round(4).tolist()
    [[0.6667, 0.3333]]
    """
    p = np.asarray(probabilities, np.float64)
    both = p if p.shape[1] > 1 else np.hstack([1.0 - p, p])
    q: NDArray[np.float64] = np.exp(np.log(np.maximum(both, np.finfo(np.float32).tiny)) / temperature)
    q /= q.sum(axis=1, keepdims=True)
    return q if p.shape[1] > 1 else q[:, 1:]


def distill(
    teacher: Network,
    student: Network,
    X: Any,
    y: Any = None,
    *,
    temperature: float = 20.0,
    hard: float = 0.0,
    augment: Augment | None = None,
    copies: int = 3,
    epochs: int = 20,
    batch_size: int | None = None,
    **fit: Any,
) -> History:
    """Teach ``student`` what ``teacher`` says of ``X`` (Hinton, Vinyals and Dean 2015).

    The teacher's probabilities are softened by a temperature, so that it shows which wrong classes it finds likely,
    and the student learns them at that temperature: softmax(z / T) of the one is to meet softmax(z / T) of the other.
    While it is trained, a division by T stands between its last weighted inputs and their activation; afterwards it
    predicts at temperature 1 like any network. ∂C/∂z is 1/T of what it is without: Adam and its like do not mind, with
    plain gradient descent take a larger rate.

    Parameters
    ----------
    teacher : Network
        Trained; it may be an ensemble. It stays as it is.
    student : Network
        Compiled, with the same classes; its last layer is Dense with softmax and categorical cross-entropy, or with
        sigmoid and binary cross-entropy.
    X : array (samples, *input_shape)
        What is shown to both. No labels are needed.
    y : array (samples,), optional
        True classes, for ``hard``.
    temperature : float
        T, at least 1; 20 is the published one for handwritten digits, 2 to 5 suits small students.
    hard : float
        The share of the true classes in the targets, 0 to 1; the rest is the teacher's. Needs ``y``.
    augment : Augment, optional
        For pictures: how further copies of each one are changed. The teacher is asked about every copy, and the student
        learns what it says of just that copy, which carries over more of the teacher than the pictures alone (Beyer et
        al. 2022). Drawn from ``seed``, or from the student's seed where none is given.
    copies : int
        With ``augment``, changed copies of each picture beside the picture itself. All are in memory at once.
    epochs, batch_size, **fit
        As of :meth:`pellucid.Network.fit`.

    Returns
    -------
    History
        The student's; its loss is the cross-entropy with the soft targets.

    Raises
    ------
    DescriptionError
        A student that does not end in such a layer, other classes than the teacher's, or a value out of range.
    DataError
        ``augment`` with something that is no array of pictures.

    Examples
    --------
    >>> from pellucid import Dense, Input, Network, distill
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> y = (X.sum(axis=1) > 0).astype(int)
    >>> teacher, student = (Network([Input(2), Dense(n, "tanh"), Dense(2, "softmax")], seed=n) for n in (16, 3))
    >>> for net in (teacher, student):
    ...     net.compile("categorical_crossentropy", {"kind": "adam", "rate": 0.02}, ["accuracy"])
    >>> _ = teacher.fit(X, y, epochs=30, verbose=0)
    >>> _ = distill(teacher, student, X, temperature=3, epochs=30, verbose=0)
    >>> student.evaluate(X, y)["accuracy"] > 0.95
    True
    """
    _check(teacher, student)
    if isinstance(temperature, bool) or not isinstance(temperature, (int, float)) or not 1 <= temperature < np.inf:
        raise DescriptionError(f"temperature must be a number of at least 1, got {temperature!r}.")
    if isinstance(hard, bool) or not isinstance(hard, (int, float)) or not 0 <= hard <= 1:
        raise DescriptionError(f"hard must be from 0 to 1, got {hard!r}.")
    if fit.get("checkpoint") is not None:
        raise DescriptionError(
            "distill writes no checkpoints: a training that goes on from one would leave the student at the "
            "temperature. Leave checkpoint out."
        )
    if hard and y is None:
        raise DescriptionError("hard targets need the true classes. Give y, or leave hard out.")
    if augment is not None:
        X, y, fit = _with_copies(augment, copies, student, X, y, fit)
    targets = soften(teacher.predict(X), temperature)
    if hard:
        targets = (1.0 - hard) * targets + hard * _one_hot(student, y, targets.shape)
    student.class_names = student.class_names or teacher.class_names
    warm = _at_temperature(student, temperature)
    try:
        return warm.fit(X, targets, epochs, batch_size, **fit)
    finally:
        student.take_over(warm.snapshot(), warm.optimizer_memories(), warm.updates)


def _with_copies(
    augment: Augment, copies: int, student: Network, X: Any, y: Any, fit: dict[str, Any]
) -> tuple[Any, Any, dict[str, Any]]:
    """Pictures, classes and options of ``fit``, with changed copies of each picture after all of them."""
    from pellucid.layers.augment.examples import augmented
    from pellucid.layers.augment.spec import Augment
    from pellucid.layers.base import check_whole

    if not isinstance(augment, Augment):
        raise DescriptionError(f"augment must be a layer, such as Augment(shift=2), got {augment!r}.")
    if fit.get("validation_split"):
        raise DescriptionError(
            "validation_split would hold out copies of pictures that are learned from. Give validation_data."
        )
    count = check_whole(copies, "copies")
    if len(student.input_shape) != 3:
        raise DataError("augment changes pictures, but the student's inputs are no pictures. Leave it out.")
    pictures = as_features(X, student.input_shape, "X")
    seed = fit.get("seed")
    changed = augmented(augment, pictures, student.seed if seed is None else seed, count)
    every = {"y": y, "sample_weight": fit.get("sample_weight")}  # a copy has the class and the weight of its picture
    for name, values in every.items():
        if values is not None:
            every[name] = np.concatenate([np.asarray(values), np.repeat(np.asarray(values), count, axis=0)])
    fit = {**fit, "sample_weight": every["sample_weight"]}
    return np.concatenate([pictures, changed.reshape(-1, *student.input_shape)]), every["y"], fit


def _at_temperature(student: Network, temperature: float) -> Network:
    """A network with the student's numbers and history that says softmax(z / T)."""
    from pellucid.layers.activation.spec import Activation
    from pellucid.layers.input.spec import Input
    from pellucid.layers.standardize.spec import Standardize

    name, last = student.layers[-1]
    assert isinstance(last, Dense)
    layers = [layer for _, layer in student.layers[:-1]]
    layers += [replace(last, activation="identity", name=name), Standardize(0.0, temperature), Activation(last.f)]
    warm = type(student)(
        [Input(student.input_shape), *layers], name=student.name, seed=student.seed, dtype=student.dtype
    )
    warm.compile(**student.compile_settings())
    warm.take_over(student.snapshot(), student.optimizer_memories(), student.updates)
    warm.adopt_history(student.history)
    warm.class_names, warm.feature_names = student.class_names, student.feature_names
    warm.preparation = student.preparation
    return warm


def _check(teacher: Network, student: Network) -> None:
    """Refuse two networks that do not go together."""
    name, last = student.layers[-1]
    ends = last.f.name if isinstance(last, Dense) else None
    if ends not in ENDS or student.loss.name != ENDS[ends]:
        raise DescriptionError(
            f'The student\'s last layer "{name}" must be Dense with softmax and the loss categorical_crossentropy, or '
            f"with sigmoid and binary_crossentropy, so that what it says can be softened."
        )
    if teacher.output_units != student.output_units:
        raise DescriptionError(
            f"The teacher has {teacher.output_units} outputs, the student {student.output_units}. Give both one for "
            f"each class."
        )
    if None not in (teacher.class_names, student.class_names) and teacher.class_names != student.class_names:
        raise DescriptionError(
            f"The teacher's classes are {', '.join(teacher.class_names or ())}, the student's "
            f"{', '.join(student.class_names or ())}. They must be the same, in the same order."
        )


def _one_hot(student: Network, y: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
    from pellucid.training.targets import encode_targets

    encoded = encode_targets(y, student.loss, shape[1], student.class_names, "float64", "y")
    if not encoded.labels:
        return np.asarray(encoded.values, np.float64)
    return np.asarray(np.eye(shape[1])[encoded.values])
