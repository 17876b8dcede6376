"""Network: describe, compile, fit, evaluate, predict."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DataError, DescriptionError, nearest
from pellucid.initializers import generator
from pellucid.inside import Inside
from pellucid.layers import LAYERS, Input, Layer
from pellucid.layers.base import check_seed, check_whole, name_layers
from pellucid.locks import Lock
from pellucid.losses import LOSSES, Loss
from pellucid.metrics import METRICS, Metric
from pellucid.optimizers import OPTIMIZERS, Optimizer
from pellucid.plan.parts import Plan, Shape
from pellucid.training.batches import predict
from pellucid.training.samples import take_features

if TYPE_CHECKING:
    from pathlib import Path

    from pellucid.engines.protocol import Engine
    from pellucid.layers.base import Parameter, Statistic
    from pellucid.training.history import History
    from pellucid.training.keeper import CheckpointFolder

DTYPES = ("float32", "float64")


class Network(Inside):
    """A feed-forward network: layers one after another.

    What shows its numbers, ``trace``, ``diagram``, ``to_excel`` and the like, stands in :class:`Inside`.

    Parameters
    ----------
    layers : sequence of Layer
        The first is an :class:`Input`.
    name : str
        For titles.
    seed : int
        Seeds the weights, and everything random in ``fit`` unless that is given a seed of its own. The same seed gives
        the same bits.
    dtype : {"float32", "float64"}
        The numbers that the network computes with; float64 is for checks to many digits.

    Raises
    ------
    DescriptionError
        Layers that do not fit together: the layer, what was expected, what came, and the mend.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Dense, Input, Network
    >>> X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    >>> net = Network([Input(2), Dense(4, activation="tanh"), Dense(1, activation="sigmoid")], seed=1)
    >>> net.compile(loss="binary_crossentropy", optimizer={"kind": "adam", "rate": 0.1}, metrics=["accuracy"])
    >>> history = net.fit(X, y, epochs=100, batch_size=4, verbose=0)
    >>> net.evaluate(X, y)["accuracy"]
    1.0
    """

    def __init__(
        self, layers: Sequence[Layer], *, name: str = "network", seed: int = 0, dtype: str = "float32"
    ) -> None:
        if dtype not in DTYPES:
            raise DescriptionError(f'dtype must be "float32" or "float64", got {dtype!r}.')
        if not isinstance(layers, Iterable):
            raise DescriptionError(
                f"Network takes a list of layers, got {layers!r}. Write Network([Input(8), Dense(1)])."
            )
        layers = list(layers)
        for place, layer in enumerate(layers):
            if not isinstance(layer, Layer):
                made = f"{layer.__name__}(…)" if isinstance(layer, type) else "for instance Dense(3)"
                raise DescriptionError(f"Entry {place} of the network is no layer: {layer!r}. Write {made}.")
        if not layers or not isinstance(layers[0], Input):
            raise DescriptionError(
                "A network starts with Input, which gives the shape of one sample: "
                "Network([Input(8), Dense(12, activation='relu'), …])."
            )
        if any(isinstance(layer, Input) for layer in layers[1:]):
            raise DescriptionError("A network has one Input, its first entry.")
        if len(layers) == 1:
            raise DescriptionError("A network has at least one layer after Input, for instance Dense(1).")
        self.name, self.dtype, self.seed = name, dtype, check_seed(seed)
        self.input_shape: Shape = layers[0].output_shape((), "Input")
        self.layers: tuple[tuple[str, Layer], ...] = name_layers(layers[1:])
        self.shapes: tuple[Shape, ...] = _shapes(self.layers, self.input_shape)
        self.output_units = math.prod(self.output_shape)  # numbers in one sample's output
        self.class_names: tuple[str, ...] | None = None
        self.feature_names: tuple[str, ...] | None = None
        self.preparation: dict[str, Any] | None = None  # how pictures or tables become its inputs: plain data
        self.recipe: dict[str, Any] | None = None  # how a recipe chose it, with the figures; see pellucid.recipes
        self.metrics: tuple[Metric, ...] = ()
        self.updates = 0
        self._loss: Loss | None = None
        self._optimizer: Optimizer | None = None
        self._fuse = True
        self._engine: Engine | None = None
        self._engine_key: tuple[Any, ...] = ()
        self.takes_labels = False  # whether targets are class numbers, one for each sample
        self._mixes = False
        self._untouched = True
        self._training = False
        self._lock = Lock()  # held while it is decided which engine is whose
        self._kept_memories: NDArray[Any] | None = None
        self._parameters: NDArray[Any] = np.zeros(self.parameter_count, dtype)
        self._statistics: NDArray[Any] = np.concatenate(
            [np.full(s.shape, s.start).ravel() for _, s in self._statistic_specs()] or [np.zeros(0)]
        ).astype(dtype)
        self._penalized: dict[str, tuple[float, float]] = {  # the layers stay what they are
            name: p.regularizer.factors for name, p in self.parameter_specs() if p.regularizer is not None
        }
        self._draw_parameters(self.seed)
        self._history: History | None = None

    # --- the description ---------------------------------------------------------------------------------------------

    @property
    def output_shape(self) -> Shape:
        """The shape of one sample's output."""
        return self.shapes[-1]

    @property
    def parameter_count(self) -> int:
        """Trainable numbers."""
        return sum(int(np.prod(p.shape)) for _, p in self.parameter_specs())

    def summary(self) -> None:
        """Print the layers with their output shapes and parameters (in Jupyter: as a table)."""
        from pellucid.views.summary import show_summary

        show_summary(self)

    def __repr__(self) -> str:
        sizes = " → ".join("×".join(map(str, shape)) for shape in (self.input_shape, *self.shapes))
        return f"<Network {self.name}: {sizes}, {self.parameter_count:,} parameters>"

    def _repr_html_(self) -> str:
        from pellucid.views.summary import summary_html

        return summary_html(self)

    def to_dict(self) -> dict[str, Any]:
        """The description as plain data; :meth:`from_dict` makes the same network from it."""
        layers = [{"kind": "Input", "shape": list(self.input_shape)}]
        layers += [layer.to_dict() | {"name": name} for name, layer in self.layers]
        return {"name": self.name, "dtype": self.dtype, "seed": self.seed, "layers": layers}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Network:
        """The network that :meth:`to_dict` described, with fresh weights."""
        layers = [LAYERS.get(layer) for layer in plain["layers"]]
        return cls(layers, name=plain["name"], seed=plain["seed"], dtype=plain["dtype"])

    # --- its parameters ----------------------------------------------------------------------------------------------

    @property
    def parameters(self) -> NDArray[Any]:
        """All trainable numbers as one vector, in the order of ``weights``; writing to it changes the network."""
        return self._parameters

    @property
    def weights(self) -> dict[str, NDArray[Any]]:
        """A copy of every array by its name: ``dense_1.weights`` (inputs, units), ``dense_1.bias``, …

        Those that training moves without a gradient, such as a BatchNorm's running mean, come last.
        """
        return {name: view.copy() for name, view in self._views().items()}

    def set_weights(self, weights: Mapping[str, Any]) -> None:
        """Put numbers into trainable arrays, by name; those that are not named stay as they are.

        Raises
        ------
        DataError
            A name or a shape that the network does not have, or a number that is not finite.
        """
        if not isinstance(weights, Mapping):
            raise DataError(f"set_weights takes a dict of arrays by name, got {type(weights).__name__}.")
        views = self._views()
        arrays = {}
        for name, given in weights.items():
            if name not in views:
                raise DataError(f'No weights "{name}".{nearest(name, views)} Known: {", ".join(views)}.')
            try:
                with np.errstate(over="ignore"):
                    array = np.asarray(given, dtype=float).astype(self.dtype)
            except (TypeError, ValueError) as error:
                raise DataError(f'Weights "{name}": expected an array of numbers. {error}') from error
            if array.shape != views[name].shape:
                raise DataError(f'Weights "{name}": expected shape {views[name].shape}, got {array.shape}.')
            if not np.isfinite(array).all():
                raise DataError(f'Weights "{name}": a number is NaN, infinite, or too large for {self.dtype}.')
            arrays[name] = array
        for name, array in arrays.items():
            views[name][...] = array
        self._untouched = False

    def snapshot(self) -> NDArray[Any]:
        """A copy of everything that training moves, as one vector, for :meth:`put_back`."""
        return np.concatenate([self._parameters, self._statistics])

    def put_back(self, snapshot: NDArray[Any]) -> None:
        """Make the network what it was when the snapshot was taken."""
        self._parameters[:] = snapshot[: len(self._parameters)]
        self._statistics[:] = snapshot[len(self._parameters) :]

    def parameter_specs(self) -> list[tuple[str, Parameter]]:
        """Every trainable array by name, ``dense_1.weights``: its shape, its start and its penalty, in order."""
        inputs = (self.input_shape, *self.shapes)
        return [
            (f"{name}.{parameter.name}", parameter)
            for (name, layer), shape in zip(self.layers, inputs, strict=False)
            for parameter in layer.parameters(shape)
        ]

    def _statistic_specs(self) -> list[tuple[str, Statistic]]:
        inputs = (self.input_shape, *self.shapes)
        return [
            (f"{name}.{statistic.name}", statistic)
            for (name, layer), shape in zip(self.layers, inputs, strict=False)
            for statistic in layer.statistics(shape)
        ]

    def _views(self) -> dict[str, NDArray[Any]]:
        """Every array, as a window on the vector that holds it."""
        views = {}
        for vector, specs in ((self._parameters, self.parameter_specs()), (self._statistics, self._statistic_specs())):
            place = 0
            for name, spec in specs:
                size = int(np.prod(spec.shape))
                views[name] = vector[place : place + size].reshape(spec.shape)
                place += size
        return views

    def _drawn(self, seed: int) -> dict[str, NDArray[Any]]:
        """Fresh weights; each array is drawn from the seed and its own name."""
        return {
            name: p.initializer.init(p.shape, p.fan_in, p.fan_out, generator(seed, name)).astype(self.dtype)
            for name, p in self.parameter_specs()
        }

    def _draw_parameters(self, seed: int) -> None:
        views = self._views()
        for name, array in self._drawn(seed).items():
            views[name][...] = array

    def _as_drawn(self) -> bool:
        """Whether the weights are those that the network began with, as far as they can be told from others."""
        views = self._views()
        return self._untouched and all(np.array_equal(views[name], a) for name, a in self._drawn(self.seed).items())

    def penalty(self) -> float:
        """What the regularizers add to the cost: Σ l1 |w| + l2 w²."""
        total, views = 0.0, self._views() if self._penalized else {}
        for name, (l1, l2) in self._penalized.items():
            w = views[name].astype(float)
            total += l1 * float(np.abs(w).sum()) + l2 * float((w * w).sum())
        return total

    # --- the five steps ----------------------------------------------------------------------------------------------

    def compile(
        self,
        loss: str | Loss | Mapping[str, Any],
        optimizer: str | Optimizer | Mapping[str, Any] = "adam",
        metrics: Sequence[str | Metric | Mapping[str, Any]] = (),
        *,
        fuse: bool = True,
    ) -> None:
        """Choose what to minimise, how, and what to report. Weights stay; the optimizer starts afresh.

        Parameters
        ----------
        loss : str, Loss or dict
            A name, or one with options, as in ``{"kind": "huber", "delta": 2}``.
        optimizer : str, Optimizer or dict
            As in ``"adam"`` or ``Adam(rate=0.01)``.
        metrics : sequence
            Reported besides the loss. With hinge, whose classes are −1 and 1, a threshold is 0 unless given.
        fuse : bool
            Compute the output layer's activation and the loss in one step where that is exact and faster (softmax or
            sigmoid with cross-entropy). Off only to check one against the other.

        Raises
        ------
        DescriptionError
            An unknown name, or a loss that does not fit the output layer.
        """
        from pellucid.activations import ACTIVATIONS

        chosen = LOSSES.get(loss)
        name, last = self.layers[-1]
        activation = getattr(last, "activation", ACTIVATIONS.get("identity"))
        chosen.check_output(activation, self.output_units, f'the last layer "{name}"')
        if chosen.targets == "classes" and len(self.output_shape) > 1:
            shape = " × ".join(map(str, self.output_shape))
            raise DescriptionError(
                f'Loss "{chosen.name}" does not fit the last layer "{name}": it takes one number for each class, but '
                f'the output has shape {shape}. End with Flatten() and Dense(classes, activation="softmax").'
            )
        if chosen.fused_only and not fuse:
            raise DescriptionError(f'Loss "{chosen.name}" exists only joined with its activation; leave fuse on.')
        given: list[Any] = list(metrics) if isinstance(metrics, (list, tuple)) else [metrics]
        found = tuple(_metric_for(chosen, metric) for metric in given)
        self._refuse_while_training("compile")
        self._loss, self._optimizer, self._fuse, self.metrics = chosen, OPTIMIZERS.get(optimizer), fuse, found
        self._drop_engine()
        self._kept_memories = None
        self.updates = 0

    def fit(
        self,
        X: Any,
        y: Any = None,
        epochs: int = 1,
        batch_size: int | None = None,
        *,
        validation_split: float = 0.0,
        validation_data: tuple[Any, ...] | None = None,
        shuffle: bool = True,
        class_weight: Mapping[Any, float] | str | None = None,
        sample_weight: Any = None,
        mixup: float = 0.0,
        callbacks: Any = None,
        verbose: int | str = "auto",
        seed: int | None = None,
        threads: int | None = None,
        checkpoint: str | os.PathLike[str] | CheckpointFolder | None = None,
    ) -> History:
        """Train the network.

        Parameters
        ----------
        X : array or DataFrame (samples, *input_shape), or PictureStream
            Finite numbers; or pictures that are read from disk while the network trains.
        y : array (samples,) or (samples, outputs)
            Class names, labels from 0, one-hot rows, or numbers. A stream brings its own.
        epochs : int
            How often all samples are gone through.
        batch_size : int, optional
            Samples of one update, 32 unless given. ``gradient_descent`` always takes all.
        validation_split : float
            The share of samples, chosen at random and of every class alike, that is held out to report ``val_``
            figures. (Keras takes the last ones.)
        validation_data : (X, y) or (X, y, sample_weight)
            Held-out data of your own, instead of a split.
        shuffle : bool
            Go through the samples in a new order in every epoch.
        class_weight : dict or "balanced"
            A weight for the samples of each class, by name or label.
        sample_weight : array (samples,)
            A weight for each sample; it multiplies the sample's loss.
        mixup : float
            α: each sample and its targets are mixed with another's, λ to 1 − λ with λ from the distribution
            Beta(α, α), drawn for each batch (Zhang et al. 2017); 0.2 is usual for pictures, 0 is off. The training
            figures are then those of mixed samples against unmixed targets.
        callbacks : Callback, function, or list of them
            See ``pellucid.training.callbacks``.
        verbose : {"auto", 0, 1, 2}
            A live bar in a terminal and a line an epoch elsewhere; 0 for silence, 2 for lines everywhere.
        seed : int, optional
            Of the split, the order and dropout; and of the weights, where they have not been trained or set yet. The
            network's own unless given.
        threads : int, optional
            At most so many; all cores unless given. The result does not depend on it.
        checkpoint : path or CheckpointFolder, optional
            A folder for checkpoints, written while the network trains. After a crash :func:`pellucid.resume` goes on
            from the last one and ends with the same bits.

        Returns
        -------
        History
            Extended by later calls. ``loss`` of an epoch is the mean of its batches' costs, each taken *before* its
            update, with dropout at work, so it describes the network as it was on average during the epoch.
            ``val_loss``, and what :meth:`evaluate` gives, describe the network as it is at the epoch's end, without
            dropout. So in early epochs ``loss`` is often the larger. Both include regularizers' penalties.
            A schedule of the learning rate spans one call of ``fit``.

        Raises
        ------
        DataError
            Data that cannot be trained on.
        DivergedError
            A number became NaN or infinite; the weights from before that epoch are put back.
        """
        from pellucid.training.fit import fit

        return fit(
            self, X, y, epochs, batch_size, validation_split=validation_split, validation_data=validation_data,
            shuffle=shuffle, class_weight=class_weight, sample_weight=sample_weight, mixup=mixup, callbacks=callbacks,
            verbose=verbose, seed=seed, threads=threads, checkpoint=checkpoint,
        )  # fmt: skip

    def evaluate(
        self, X: Any, y: Any = None, sample_weight: Any = None, *, threads: int | None = None
    ) -> dict[str, float]:
        """The loss and the metrics on data, with the network as it is: no dropout, one set of weights.

        Returns
        -------
        dict
            ``loss`` (the mean over the samples, or the total where the loss is one, plus regularizers' penalties) and
            every metric by its name.
        """
        from pellucid.training import loop
        from pellucid.training.samples import take_samples

        samples = take_samples(self, self.loss, X, y, sample_weight)
        return loop.evaluate(self, self._engine_for(None, threads, labels=samples.targets.labels), samples)

    def predict(self, X: Any, *, threads: int | None = None) -> NDArray[Any]:
        """The network's outputs, (samples, *output_shape)."""
        features = take_features(self, X, "X")
        outputs = np.empty((len(features), self.output_units), self.dtype)
        predict(self._engine_for(None, threads), features, outputs)
        shape = self.shapes[-1]
        return outputs if len(shape) == 1 else outputs.reshape(-1, *shape)

    def predict_classes(self, X: Any) -> NDArray[Any]:
        """The most likely class of each sample: its name where the targets had names, else its label.

        With one output unit, the second class is taken above the middle of the activation's range.

        Raises
        ------
        DescriptionError
            The network does not tell classes apart.
        """
        if self._loss is not None and self._loss.targets == "values" and self.class_names is None and (
            self.output_units == 1 and not self.takes_labels
        ):  # fmt: skip
            raise DescriptionError(f'Loss "{self._loss.name}" fits numbers, so there are no classes. Use predict.')
        return self.classes_of(self.predict(X))

    def classes_of(self, outputs: NDArray[Any]) -> NDArray[Any]:
        """The most likely class of each row of outputs, as :meth:`predict_classes` gives it."""
        outputs = outputs.reshape(-1, self.output_units)
        if self.output_units == 1:
            signs = self._loss is not None and self._loss.targets == "signs"
            labels = (outputs[:, 0] > (0.0 if signs else 0.5)).astype(np.int64)  # as the metrics
        else:
            labels = outputs[:, : len(self.class_names or outputs[0])].argmax(axis=1)  # not units without a class
        if self.class_names is None:
            return labels
        return np.array(self.class_names)[np.minimum(labels, len(self.class_names) - 1)]

    # --- what it is compiled with ------------------------------------------------------------------------------------

    @property
    def loss(self) -> Loss:
        """The loss that it is compiled with."""
        if self._loss is None:
            raise DescriptionError(
                'The network has no loss yet. First call net.compile(loss="categorical_crossentropy", '
                'optimizer="adam", metrics=["accuracy"]), with a loss that fits your targets.'
            )
        return self._loss

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer that it is compiled with."""
        assert self.loss is not None
        assert self._optimizer is not None
        return self._optimizer

    @property
    def compiled(self) -> bool:
        """Whether ``compile`` has been called."""
        return self._loss is not None

    @property
    def history(self) -> History:
        """The figures of all epochs so far."""
        if self._history is None:
            from pellucid.training.history import History

            self._history = History()
        return self._history

    # --- files -------------------------------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write one file with everything: description, weights, optimizer, class names, history. See ``load``."""
        from pellucid.record.model_file import save_network

        save_network(self, path)

    def __getstate__(self) -> dict[str, Any]:
        """For copies and pickles: what the model file holds, and nothing of the engine."""
        from pellucid.record.model_file import describe

        about, tensors = describe(self)
        return {"about": about, "tensors": tensors, "untouched": self._untouched, "labels": self.takes_labels}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        from pellucid.record.model_file import restore_network

        made = restore_network("a pickled network", state["about"], state["tensors"])
        self.__dict__.update(made.__dict__)
        self._untouched, self.takes_labels = bool(state["untouched"]), bool(state["labels"])

    def export(self, path: str | os.PathLike[str], to: str | None = None, **options: Any) -> tuple[Path, ...]:
        """Write the network for another tool.

        ========== ====== ================================================= =====================================
        to         ending what                                              options
        ========== ====== ================================================= =====================================
        ``onnx``   .onnx  a model for onnxruntime and other tools           ``opset``, ``dtype``, ``preparation``
        ``keras``  .keras a model for Keras 3
        ``torch``  (1)    PyTorch's state dict, and its module as a program
        ``python`` .py    a program that needs NumPy alone, and its test    ``weights``, ``samples``
        ``c``      .c     C99 that needs libm alone, a program and its test ``function``, ``samples``
        ``excel``  .xlsx  a workbook of live formulas that predicts         ``samples``
        ========== ====== ================================================= =====================================

        Of a network that was trained on a table, ONNX models and programs in Python and C take raw rows; for Keras and
        PyTorch, whose layers cannot make inputs of text, they are prepared before.

        Parameters
        ----------
        path : path
            The file to write; others, such as the test, are put beside it. Files of these names are replaced. (1) For
        PyTorch it ends with .safetensors, or with .pt.
        to : str, optional
            The format, unless the path's ending says it.
        **options
            See ``docs/exchange.md``.

        Returns
        -------
        tuple of Path
            What was written.

        Raises
        ------
        DescriptionError
            A format or an option that is not known.

        Examples
        --------
        >>> import tempfile
        >>> from pellucid import Dense, Input, Network
        >>> net = Network([Input(2), Dense(1)])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     [path.name for path in net.export(f"{folder}/line.py")]
        ['line.py', 'test_line.py']
        """
        from pellucid.exchange.table import export

        return export(self, path, to, **options)

    def compile_settings(self) -> dict[str, Any]:
        """What :meth:`compile` was called with, as plain data."""
        return {
            "loss": self.loss.to_dict(),
            "optimizer": self.optimizer.to_dict(),
            "metrics": [metric.to_dict() for metric in self.metrics],
            "fuse": self._fuse,
        }

    def optimizer_memories(self) -> NDArray[Any] | None:
        """What the optimizer remembers, (numbers remembered of a parameter, parameters), or None before training."""
        return self._kept_memories if self._engine is None else self._engine.memories

    def take_over(self, snapshot: NDArray[Any], memories: NDArray[Any] | None, updates: int) -> None:
        """Go on from numbers that were learned elsewhere: a snapshot, the optimizer's memories, updates so far."""
        self._refuse_while_training("take_over")
        self._drop_engine()
        self.put_back(snapshot)
        self.keep_memories(None if memories is None else memories.astype(self.dtype))
        self.updates, self._untouched = updates, False

    def keep_memories(self, memories: NDArray[Any] | None) -> None:
        """Give the optimizer what it remembered; the next engine starts with it."""
        wanted = (self.optimizer.vectors, self.parameter_count)
        if memories is not None and memories.shape != wanted:
            raise DataError(f"Optimizer memory: expected shape {wanted}, got {memories.shape}.")
        self._kept_memories = memories

    def adopt_history(self, history: History) -> None:
        """Go on with this history."""
        self._history = history

    def free_memory(self) -> None:
        """Give back the memory that training or predicting has taken; the network stays as it is.

        The next call takes what it needs. After this, :meth:`evaluate` adds up in the same order as on a network that
        was loaded from a file, so that its figures are equal to the bit. While the network is being trained, nothing
        is given back.
        """
        if not self._training:
            self._drop_engine()

    # --- the engine --------------------------------------------------------------------------------------------------

    def plan(
        self,
        batch_size: int = 32,
        *,
        labels: bool | None = None,
        input_gradient: bool = False,
        mixup: bool | None = None,
    ) -> Plan:
        """The network worked out: where every number lies and every operation in order. ``print(net.plan())``."""
        from pellucid.plan.build import build_plan

        return build_plan(
            self.layers, self.input_shape, loss=self._loss, optimizer=self._optimizer, batch_size=batch_size,
            dtype=self.dtype, labels=self.takes_labels if labels is None else labels, fuse=self._fuse,
            input_gradient=input_gradient, mixup=self._mixes if mixup is None else mixup,
        )  # fmt: skip

    def begin_training(
        self,
        seed: int,
        class_names: tuple[str, ...] | None,
        labels: bool,
        mixes: bool,
        batch_size: int,
        threads: int | None,
        progress: Callable[[int, int, str], None] | None,
    ) -> Engine:
        """Draw weights that ``seed`` asks for, take the targets' form over, and return the engine to train with."""
        if seed != self.seed and self._as_drawn():
            self._draw_parameters(seed)
        self._untouched = False
        self.class_names = class_names or self.class_names
        self._mixes = mixes
        return self._engine_for(batch_size, threads, progress, labels, trains=True)

    @contextmanager
    def training(self) -> Iterator[None]:
        """While this runs, engines that are asked for by others leave the one that trains alone, and no other trains.

        Raises
        ------
        DescriptionError
            The network is being trained already.
        """
        with self._lock.held:
            self._refuse_while_training("fit")
            self._training = True
        try:
            yield
        finally:
            self._training = False

    def _refuse_while_training(self, call: str) -> None:
        if self._training:
            raise DescriptionError(
                f"{call}: this network is being trained now, by another thread or by the fit whose callback this is. "
                f"Wait for its end, or take a copy: copy.deepcopy(net)."
            )

    def _engine_for(
        self,
        batch_size: int | None,
        threads: int | None,
        progress: Callable[[int, int, str], None] | None = None,
        labels: bool | None = None,
        trains: bool = False,
    ) -> Engine:
        """An engine whose memory holds the network's numbers; the one at hand where it fits.

        ``labels``: whether its targets are class numbers, as they were the last time unless given.
        """
        threads = None if threads is None else check_whole(threads, "threads")
        with self._lock.held:
            labels = self.takes_labels if labels is None else labels
            if trains or not self._training:
                self.takes_labels = labels
            return self._find_engine(batch_size, threads, progress, labels, trains)

    def _find_engine(
        self,
        batch_size: int | None,
        threads: int | None,
        progress: Callable[[int, int, str], None] | None,
        labels: bool,
        trains: bool,
    ) -> Engine:
        key = (batch_size and -(-batch_size // 16), labels, threads, self._mixes)
        old = self._engine
        if old is not None and (key[0] is None or key[0] == self._engine_key[0]) and key[1:] == self._engine_key[1:]:
            return old
        from pellucid.engines import make_engine

        batch_size = batch_size or (16 * self._engine_key[0] if old and self._engine_key[0] else 256)
        plan = self.plan(batch_size, labels=labels)
        engine = make_engine(plan, threads, progress, "train" if trains else "predict")
        engine.parameters[:], engine.statistics[:] = self._parameters, self._statistics
        if self._training and not trains:  # the training goes on with its own engine, this one is for the moment
            return engine
        memories = self._kept_memories if old is None else old.memories
        if memories is not None and memories.shape == engine.memories.shape:
            engine.memories[:] = memories
        self._parameters, self._statistics = engine.parameters, engine.statistics
        self._engine, self._engine_key = engine, key
        return engine

    def _drop_engine(self) -> None:
        """Forget the engine, keep the weights and what the optimizer remembers."""
        if self._engine is not None:
            self._kept_memories = self._engine.memories.copy()
        self._parameters, self._statistics = self._parameters.copy(), self._statistics.copy()
        self._engine, self._engine_key = None, ()


def _metric_for(loss: Loss, given: str | Metric | Mapping[str, Any]) -> Metric:
    """A metric by name; where the two classes are −1 and 1, its threshold is 0 unless the user says another."""
    found = METRICS.get(given)
    named = isinstance(given, str) or (isinstance(given, Mapping) and "threshold" not in given)
    if loss.targets == "signs" and named and hasattr(found, "threshold"):
        return METRICS.get({**found.to_dict(), "threshold": 0.0})
    return found


def _shapes(layers: Sequence[tuple[str, Layer]], shape: Shape) -> tuple[Shape, ...]:
    shapes = []
    for number, (name, layer) in enumerate(layers, start=1):
        shape = layer.output_shape(shape, f'Layer {number} "{name}"')
        shapes.append(shape)
    return tuple(shapes)
