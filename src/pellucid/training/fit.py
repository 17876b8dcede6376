"""What ``Network.fit`` does before the loop: checks of data and options, the split, the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pellucid.errors import DataError, DescriptionError
from pellucid.layers.base import check_seed, check_whole
from pellucid.training import loop
from pellucid.training.callbacks import as_callbacks
from pellucid.training.fingerprint import fingerprint
from pellucid.training.keeper import CheckpointFolder, Keeper, NothingKept
from pellucid.training.progress import make_progress
from pellucid.training.samples import Samples, check_classes, split_samples, take_samples, weigh_classes
from pellucid.training.standing import Resumed, check_data
from pellucid.training.targets import in_form

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.optimizers import Optimizer
    from pellucid.training.history import History


def fit(
    net: Network,
    X: Any,
    y: Any,
    epochs: int,
    batch_size: int | None,
    *,
    validation_split: float,
    validation_data: tuple[Any, ...] | None,
    shuffle: bool,
    class_weight: Mapping[Any, float] | str | None,
    sample_weight: Any,
    mixup: float,
    callbacks: Any,
    verbose: int | str,
    seed: int | None,
    threads: int | None,
    one_class: bool = False,
    checkpoint: Any = None,
    resumed: Resumed | None = None,
    until: int | None = None,
) -> History:
    """Train ``net``; see :meth:`pellucid.Network.fit`.

    ``one_class``: take samples of one class alone too, since they are a part of more. ``resumed``: where a
    training stood that goes on. ``until``: after how many updates it stops.
    """
    loss, optimizer = net.loss, net.optimizer
    epochs = check_whole(epochs, "epochs")
    if isinstance(mixup, bool) or not isinstance(mixup, (int, float)) or not 0 <= mixup < float("inf"):
        raise DescriptionError(f"mixup must be 0 or a positive number, got {mixup!r}.")
    if mixup and net.layers[0][1].takes_input:
        raise DescriptionError(
            f"mixup: the network begins with {net.layers[0][1].kind}, which takes codes, and a mixture of two codes is "
            f"none. Leave mixup out."
        )
    seed = net.seed if seed is None else check_seed(seed)
    if checkpoint is not None and not isinstance(checkpoint, CheckpointFolder):
        checkpoint = CheckpointFolder(checkpoint)
    watchers, progress = as_callbacks(callbacks), make_progress(verbose)
    samples = take_samples(net, loss, X, y, sample_weight)
    validation = None
    if validation_data is not None:
        if validation_split:
            raise DataError("Give validation_split or validation_data, not both.")
        validation = _given_validation(net, samples, validation_data)
    elif validation_split:
        samples, validation = split_samples(net, loss, samples, validation_split, seed)
    if not one_class:
        check_classes(loss, samples, "Training data")
    if validation is not None:
        check_classes(loss, validation, "Validation data")
    if class_weight is not None:
        samples = weigh_classes(samples, class_weight, max(2, net.output_units), net.dtype)
    batch_size = _batch_size(optimizer, batch_size, samples.count)

    targets = samples.targets
    with net.training():
        engine = net.begin_training(
            seed, targets.class_names, targets.labels, mixup > 0, batch_size, threads, progress.preparing
        )
        net.history.params = {
            "epochs": epochs, "batch_size": batch_size, "steps": -(-samples.count // batch_size),
            "samples": samples.count, "seed": seed, "validation_samples": validation.count if validation else 0,
        }  # fmt: skip
        keeper: NothingKept = NothingKept()
        if checkpoint is not None or resumed is not None:
            data = fingerprint(samples, validation)
            if resumed is not None:
                check_data(resumed.data, data)
            if checkpoint is not None:
                options = {
                    "epochs": epochs, "batch_size": batch_size, "validation_split": validation_split,
                    "shuffle": shuffle, "class_weight": _plain_weights(class_weight), "mixup": mixup, "seed": seed,
                    "checkpoint": checkpoint.rhythm(),
                }  # fmt: skip
                best = None if resumed is None else resumed.best
                keeper = Keeper(
                    checkpoint, batch_size, options, data, watchers, lambda: engine.memories, best, resumed is not None
                )
        try:
            loop.train(
                net, engine, samples, validation, epochs=epochs, batch_size=batch_size, shuffle=shuffle, seed=seed,
                mixup=mixup, callbacks=watchers, progress=progress, keeper=keeper, resumed=resumed, until=until,
            )  # fmt: skip
        finally:
            keeper.release()
    return net.history


def _plain_weights(given: Mapping[Any, float] | str | None) -> Any:
    """Class weights fit for JSON, whose keys are text only: pairs of a class and its weight."""
    if given is None or isinstance(given, str):
        return given
    return [[key if isinstance(key, str) else int(key), float(weight)] for key, weight in given.items()]


def _given_validation(net: Network, samples: Samples, given: tuple[Any, ...]) -> Samples:
    if not isinstance(given, (tuple, list)) or len(given) not in (2, 3):
        raise DataError("validation_data: expected (X, y) or (X, y, sample_weight).")
    known = net.class_names or samples.targets.class_names
    weight = given[2] if len(given) == 3 else None
    names = ("validation X", "validation y")
    found = take_samples(net, net.loss, given[0], given[1], weight, what=names, known=known)
    if found.targets.class_names and not known:
        raise DataError(
            "validation y has class names, but y has none, so which class is which is not known. Give both alike."
        )
    targets = in_form(found.targets, samples.targets.labels, net.loss, net.output_units, net.dtype, names[1])
    return replace(found, targets=targets)


def _batch_size(optimizer: Optimizer, given: int | None, samples: int) -> int:
    if optimizer.full_batch:
        if given not in (None, samples):
            raise DescriptionError(
                f"gradient_descent takes all {samples} samples at once, but batch_size is {given}. "
                f'Leave batch_size out, or use optimizer "sgd".'
            )
        return samples
    return min(32 if given is None else check_whole(given, "batch_size"), samples)
