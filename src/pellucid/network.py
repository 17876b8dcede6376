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
from pellucid.layers import LAYERS, Input, Layer
from pellucid.layers.base import check_seed, check_whole, name_layers
from pellucid.losses import LOSSES, Loss
from pellucid.metrics import METRICS, Metric
from pellucid.optimizers import OPTIMIZERS, Optimizer
from pellucid.plan.parts import Plan, Shape
from pellucid.training.batches import predict
from pellucid.training.samples import take_features

if TYPE_CHECKING:
    from pathlib import Path

    from pellucid.doctor import Diagnosis
    from pellucid.engines.protocol import Engine
    from pellucid.layers.base import Parameter, Statistic
    from pellucid.look import Attribution, Boundary, CostCurve, Features, HiddenSpace
    from pellucid.trace.stepper import Stepper
    from pellucid.trace.values import Trace
    from pellucid.training.history import History
    from pellucid.training.keeper import CheckpointFolder
    from pellucid.training.snapshots import Snapshots
    from pellucid.views.diagram import Diagram

DTYPES = ("float32", "float64")


class Network:
    """A feed-forward network: layers one after another.

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
        self._labels = False
        self._mixes = False
        self._untouched = True
        self._training = False
        self._kept_memories: NDArray[Any] | None = None
        self._parameters: NDArray[Any] = np.zeros(self.parameter_count, dtype)
        self._statistics: NDArray[Any] = np.concatenate(
            [np.full(s.shape, s.start).ravel() for _, s in self._statistic_specs()] or [np.zeros(0)]
        ).astype(dtype)
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
        return sum(int(np.prod(p.shape)) for _, p in self._parameter_specs())

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

    def _parameter_specs(self) -> list[tuple[str, Parameter]]:
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
        for vector, specs in ((self._parameters, self._parameter_specs()), (self._statistics, self._statistic_specs())):
            place = 0
            for name, spec in specs:
                size = int(np.prod(spec.shape))
                views[name] = vector[place : place + size].reshape(spec.shape)
                place += size
        return views

    def _draw_parameters(self, seed: int) -> None:
        """Fresh weights; each array is drawn from the seed and its own name."""
        views = self._views()
        for name, p in self._parameter_specs():
            views[name][...] = p.initializer.init(p.shape, p.fan_in, p.fan_out, generator(seed, name))

    def penalty(self) -> float:
        """What the regularizers add to the cost: Σ l1 |w| + l2 w²."""
        total, views = 0.0, self._views()
        for name, p in self._parameter_specs():
            if p.regularizer is not None:
                l1, l2 = p.regularizer.factors
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
            Reported besides the loss.
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
        found = tuple(METRICS.get(metric) for metric in given)
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
        self._labels = samples.targets.labels
        return loop.evaluate(self, self._engine_for(None, threads), samples)

    def predict(self, X: Any, *, threads: int | None = None) -> NDArray[Any]:
        """The network's outputs, (samples, *output_shape)."""
        features = take_features(self, X, "X")
        outputs = np.empty((len(features), self.output_units), self.dtype)
        predict(self._engine_for(None, threads), features, outputs)
        return outputs.reshape(-1, *self.output_shape)

    def predict_classes(self, X: Any) -> NDArray[Any]:
        """The most likely class of each sample: its name where the targets had names, else its label.

        With one output unit, the second class is taken from the middle of the activation's range on.

        Raises
        ------
        DescriptionError
            The network does not tell classes apart.
        """
        if self._loss is not None and self._loss.targets == "values" and self.class_names is None and (
            self.output_units == 1 and not self._labels
        ):  # fmt: skip
            raise DescriptionError(f'Loss "{self._loss.name}" fits numbers, so there are no classes. Use predict.')
        return self.classes_of(self.predict(X))

    def classes_of(self, outputs: NDArray[Any]) -> NDArray[Any]:
        """The most likely class of each row of outputs, as :meth:`predict_classes` gives it."""
        outputs = outputs.reshape(-1, self.output_units)
        if self.output_units == 1:
            signs = self._loss is not None and self._loss.targets == "signs"
            labels = (outputs[:, 0] >= (0.0 if signs else 0.5)).astype(np.int64)
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

    # --- look inside -------------------------------------------------------------------------------------------------

    def trace(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        dtype: str | None = None,
        training: bool = False,
        rate: float | None = None,
        seed: int | None = None,
    ) -> Trace:
        """Every number of a pass: inputs, z, a, loss, δ = ∂C/∂z, gradients, the optimizer's update, the new weights.

        The engine that trains computes them, in a memory of its own; the network stays as it is.

        Parameters
        ----------
        X : array (samples, *input_shape) or (*input_shape)
            A batch, or one sample.
        y : array, optional
            Targets, as for :meth:`fit`; without them the forward pass alone is traced.
        sample_weight : array (samples,), optional
            It multiplies each sample's loss.
        dtype : {"float32", "float64"}, optional
            The network's own unless given. "float64" computes with the same weights to many digits.
        training : bool
            Off, layers act as they do when the network is used: no dropout and no augmentation, and BatchNorm takes
            its running statistics. Then outputs are those of :meth:`predict`, the cost is that of :meth:`evaluate`, and
            gradients are that cost's. On, the step is the one that :meth:`fit` would make with these samples next:
            dropout's masks, augmentation, the batch's moments. Needs ``y``.
        rate : float, optional
            The learning rate of the update. Unless given: the optimizer's; of a schedule the rate that training ended
            with, or its first.
        seed : int, optional
            Of what is random while training; the network's unless given.

        Returns
        -------
        Trace
            ``print(trace)`` shows it, ``trace["dense_1"].z`` is an array, ``trace.explain("dense_1", unit=0)`` writes
            a sum out.

        Raises
        ------
        DataError
            Data that the network cannot take, or more samples than fit into one pass.
        DescriptionError
            Targets were given, but the network is not compiled.

        Examples
        --------
        >>> from pellucid import Dense, Input, Network
        >>> net = Network([Input(2), Dense(2, bias=False), Dense(1, bias=False)], dtype="float64")
        >>> net.set_weights({"dense_1.weights": [[1, -1], [1, 1]], "dense_2.weights": [[2], [-1]]})
        >>> trace = net.trace([2, 3])
        >>> trace["dense_1"].z.tolist(), trace.outputs.tolist()
        ([[5.0, 1.0]], [[9.0]])
        """
        from pellucid.trace.take import take_trace

        return take_trace(self, X, y, sample_weight, dtype=dtype, training=training, rate=rate, seed=seed)

    def stepper(
        self, X: Any, y: Any, sample_weight: Any = None, *, dtype: str | None = None, rate: float | None = None
    ) -> Stepper:
        """Training taken apart: forward, loss, backward and update, one stage or one layer at a time.

        Parameters
        ----------
        X, y, sample_weight
            One batch, or one sample: each update takes all of it.
        dtype : {"float32", "float64"}, optional
            The network's own unless given.
        rate : float, optional
            The learning rate; as for :meth:`trace` unless given.

        Returns
        -------
        Stepper
            ``step()``, ``step("stage")``, ``run_to("backward", "dense_1")``, ``reset()``; ``print`` it at any time. It
            works on a copy; ``keep()`` gives this network what was learned.

        Examples
        --------
        >>> from pellucid import Dense, Input, Network
        >>> net = Network([Input(2), Dense(1)])
        >>> net.compile("mean_squared_error", "sgd")
        >>> net.stepper([[0, 1], [1, 0]], [1, 2]).run_to("backward")
        <Stepper: update 1, 3 of 4 steps, cost 1.249>
        """
        from pellucid.trace.stepper import Stepper

        return Stepper(self, X, y, sample_weight, dtype=dtype, rate=rate)

    def member_predictions(self, X: Any, *, threads: int | None = None) -> NDArray[Any]:
        """What each member of an ensemble predicts by itself, (members, samples, *output_shape).

        Their standard deviation, ``net.member_predictions(X).std(axis=0)``, says how far the members agree.

        Raises
        ------
        DescriptionError
            The network does not end with an ``Ensemble``.

        Examples
        --------
        >>> from pellucid import Dense, Ensemble, Input, Network
        >>> net = Network([Input(2), Ensemble([[Dense(3, "tanh"), Dense(1)], [Dense(1)]])])
        >>> net.member_predictions([[0.5, 1.0]]).shape
        (2, 1, 1)
        """
        from pellucid.ensembles import member_predictions

        return member_predictions(self, X, threads=threads)

    def diagram(
        self,
        x: Any = None,
        y: Any = None,
        *,
        unit: tuple[str, Any] | None = None,
        direction: str = "right",
        numbers: bool | None = None,
        delta: bool = False,
        gradient: bool = False,
        fold: int = 12,
        theme: str = "auto",
        title: str | None = None,
    ) -> Diagram:
        """Draw the network: units and weights, and for one sample its activations, δ and gradients.

        A line's width is |w| and its colour the sign of w. A unit's fill is its activation for the sample, and lines
        that carry little of it, w a near 0, are pale. Convolutions are drawn as maps with their kernels.

        Parameters
        ----------
        x : array of the input's shape, optional
            One sample.
        y : optional
            Its target; it must be there for ``delta`` and ``gradient``.
        unit : (str, int), optional
            Draw one unit with its numbers instead, as in ``("dense_1", 0)``. Of a convolution: (row, column, map).
        direction : {"right", "up"}
            Which way the signal goes.
        numbers : bool, optional
            Write weights, biases and activations; up to 60 weights unless given.
        delta : bool
            A ring around each unit: δ = ∂C/∂z.
        gradient : bool
            Lines show ∂C/∂w instead of w.
        fold : int
            How many units of a layer are drawn: the first and the last, or for a sample those with the largest |a|.
        theme : {"auto", "light", "dark"}
            "auto" follows the reader's system.
        title : str, optional
            The network's name unless given; "" for none.

        Returns
        -------
        Diagram
            ``.svg`` is its text, ``.save("net.svg")`` and ``.save("net.png")`` write files; Jupyter shows it.

        Raises
        ------
        DescriptionError
            A layer or a unit that is not there, or more lines or numbers than can be read.
        DataError
            A sample of another shape.

        Examples
        --------
        >>> from pellucid import Dense, Input, Network
        >>> net = Network([Input(2), Dense(2, activation="sigmoid"), Dense(1, activation="sigmoid")])
        >>> net.diagram().svg.count('data-is="weight"')
        6
        """
        from pellucid.views.diagram import diagram

        return diagram(
            self, x, y, unit=unit, direction=direction, numbers=numbers, delta=delta, gradient=gradient, fold=fold,
            theme=theme, title=title,
        )  # fmt: skip

    def to_excel(
        self,
        path: str | os.PathLike[str],
        X: Any,
        y: Any,
        steps: int = 1,
        *,
        exercise: bool = False,
        sample_weight: Any = None,
    ) -> None:
        """Write a worksheet: the next training steps as a workbook of live formulas, for Excel and LibreOffice.

        Data, weights, z and a of each sample, cost, deltas, gradients, update, and the next steps: every number is a
        formula that can be clicked on, but for what is given. Change a weight or an input and all else follows. Checks
        compare with what the engine computes in float64. No macros. The network stays as it is.

        Each step takes all samples as one batch and goes on where the network stands.

        Parameters
        ----------
        path : path
            A file that ends with .xlsx.
        X, y, sample_weight
            As in :meth:`fit`; a few samples.
        steps : int
            How many updates.
        exercise : bool
            Leave blanks to fill in, which are marked right or wrong; the formulas are on hidden sheets.

        Raises
        ------
        DescriptionError
            A layer, activation, loss or optimizer without spreadsheet formulas (the error lists those that have them),
            or more cells than a small workbook has.
        DataError
            Data that the network cannot take.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> from pellucid import Dense, Input, Network
        >>> net = Network([Input(2), Dense(2, activation="sigmoid"), Dense(1, activation="sigmoid")])
        >>> net.compile(loss="squared_error", optimizer={"kind": "sgd", "rate": 0.5})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     net.to_excel(Path(folder, "xor.xlsx"), [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], steps=2)
        ...     Path(folder, "xor.xlsx").stat().st_size < 60_000
        True
        """
        from pellucid.views.worksheet import write_worksheet

        write_worksheet(self, path, X, y, steps, exercise, sample_weight)

    def report(
        self,
        path: str | os.PathLike[str],
        X: Any = None,
        y: Any = None,
        *,
        snapshots: Snapshots | None = None,
        title: str | None = None,
        rows: str = "rows",
        training_data: tuple[Any, Any] | None = None,
        more: Sequence[Any] = (),
    ) -> Path:
        """Write one HTML file about the network and its training, which asks for nothing from outside.

        It shows the data, the network, its diagram, the curves, a replay of the training, the confusion matrix, the
        worst mistakes, the units' weights, the doctor's findings, and how to repeat it; in light and dark, on a laptop
        and on a phone.

        Parameters
        ----------
        path : path
            A file that ends with .html.
        X, y : arrays, optional
            The rows to judge by, best those that training did not see. Without them the parts about data are left out.
        snapshots : Snapshots, optional
            The callback that kept weights while it trained: ``net.fit(…, callbacks=snapshots)``. Without it there is
            no replay.
        title : str, optional
            The network's name unless given.
        rows : str
            What ``X`` is, as in "held-out rows".
        training_data : (X, y), optional
            The rows that it was trained on, for the doctor; see :meth:`diagnose`.
        more : sequence of functions
            Further sections: each takes a :class:`~pellucid.views.report.material.Material` and returns a
            :class:`~pellucid.views.report.Section` or None.

        Returns
        -------
        Path
            Where the report lies.

        Raises
        ------
        DescriptionError
            Another ending, a network without a loss, or snapshots of another network.
        DataError
            Data that do not fit.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> from pellucid import Dense, Input, Network
        >>> from pellucid.callbacks import Snapshots
        >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
        >>> net = Network([Input(2), Dense(4, activation="tanh"), Dense(1, activation="sigmoid")], name="xor", seed=1)
        >>> net.compile("binary_crossentropy", "adam", ["accuracy"])
        >>> snapshots = Snapshots()
        >>> history = net.fit(X, y, epochs=3, callbacks=snapshots, verbose=0)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     net.report(Path(folder, "xor.html"), X, y, snapshots=snapshots).name
        'xor.html'
        """
        from pellucid.views.report import write_report

        return write_report(
            self, path, X, y, snapshots=snapshots, title=title, rows=rows, training_data=training_data, more=more
        )

    def features(
        self,
        X: Any = None,
        y: Any = None,
        *,
        layer: str | None = None,
        units: Sequence[int] | int | None = None,
        most: int = 5,
        ascent: int = 60,
        picture: tuple[int, ...] | None = None,
    ) -> Features:
        """What the units of a layer look for: weights, inputs that excite them most, maps, and the classes they help.

        Parameters
        ----------
        X : array (samples, *input_shape), optional
            Rows to search for those that excite each unit most, by its weighted input z; of a convolution's map the
            largest z counts. Without it only weights and ascended inputs are shown.
        y : array, optional
            Their targets, for the units' mean activation by class.
        layer : str, optional
            The first layer with weights unless given.
        units : int or sequence of int, optional
            The first 64 unless given; of a convolution, its maps.
        most : int
            How many rows for each unit.
        ascent : int
            Steps of gradient ascent on z from the mean of the rows, within their range; 0 for none.
        picture : (height, width) or (height, width, channels), optional
            How pixels in a row are seen, as in ``(4, 3)``.

        Returns
        -------
        Features
            ``print`` lists it, ``save("features.png")`` draws it, Jupyter shows it.

        Raises
        ------
        DescriptionError
            A layer or a unit that is not there.

        Examples
        --------
        >>> from pellucid import Dense, Input, Network
        >>> net = Network([Input(2), Dense(1)], name="line")
        >>> net.set_weights({"dense_1.weights": [[2.0], [-1.0]]})
        >>> print(net.features([[0, 0], [1, 0], [1, 1]], most=2))
        dense_1 (Dense) of line: what its units look for
        <BLANKLINE>
        dense_1[0]: weights x[0] 2, x[1] -1; rows 1 (z 2), 2 (z 1); ascent z 1 → 2
        """
        from pellucid.look.features import features

        return features(self, X, y, layer, units, most, ascent, picture)

    def attribute(
        self,
        x: Any,
        method: str = "integrated_gradients",
        *,
        target: Any = None,
        baseline: Any = None,
        of: str = "z",
        steps: int = 128,
        patch: int | tuple[int, int] | None = None,
    ) -> Attribution:
        """Which part each input has in a prediction.

        ======================== ========================================== ==================================
        method                   part of input i                            the parts add up
        ======================== ========================================== ==================================
        ``gradient_x_input``     xᵢ ∂F/∂xᵢ                                  to F(x) − F(0) in linear networks
        ``integrated_gradients`` (xᵢ − x′ᵢ) ∫₀¹ ∂F(x′ + t (x − x′))/∂xᵢ dt  to F(x) − F(x′), as steps grow
        ``occlusion``            F(x) − F(x with x′ᵢ in place of xᵢ)        where inputs act one by one
        ``last_layer``           wⱼ aⱼ of each unit j of the last hidden    with the bias to z, always
                                 layer
        ======================== ========================================== ==================================

        Parameters
        ----------
        x : array (*input_shape)
            One sample.
        method : str
        target : int or str, optional
            The output: a class's name or a unit's number. Unless given, that of the predicted class.
        baseline : float or array (*input_shape), optional
            x′, what the sample is compared with: 0 unless given.
        of : {"z", "a"}
            F: the output's weighted input (before sigmoid or softmax), or its activation.
        steps : int
            Of ``integrated_gradients``.
        patch : int or (height, width), optional
            Of ``occlusion``: the square of a picture that is covered at a time.

        Returns
        -------
        Attribution
            ``.parts`` has the input's shape; ``print`` gives a table, ``save("parts.png")`` a heat map or bars.

        Raises
        ------
        DescriptionError
            A method or an output that is not there.
        DataError
            A sample or a baseline of another shape.

        Examples
        --------
        >>> from pellucid import Dense, Input, Network
        >>> net = Network([Input(2), Dense(1, "sigmoid")])
        >>> net.set_weights({"dense_1.weights": [[2.0], [-1.0]], "dense_1.bias": [0.5]})
        >>> net.attribute([3, 1], "gradient_x_input").parts.tolist()
        [6.0, -1.0]
        """
        from pellucid.look.attribution import attribute

        return attribute(self, x, method, target, baseline, of, steps, patch)

    def boundary(
        self, X: Any, y: Any = None, *, features: Sequence[Any] | None = None, rest: Any = "median",
        resolution: int = 160,
    ) -> Boundary:  # fmt: skip
        """What the network says over the plane of two features: regions of classes, or a surface of numbers.

        Parameters
        ----------
        X : array (samples, *input_shape)
            The plane covers them.
        y : array, optional
            Their targets, for the points' colours.
        features : two of int or str, optional
            Which run across and up; a network of two inputs needs none.
        rest : {"median", "mean", "pca"}, int or array (*input_shape)
            Where the other features stand: at their median or mean, as in a row of X, or as in a sample. "pca" lays
            the plane through the mean along the two directions in which the rows vary most.
        resolution : int
            Places across and up.

        Returns
        -------
        Boundary
            ``.regions``, ``.outputs``, ``save("boundary.png")``.

        Raises
        ------
        DescriptionError
            One feature only (see :meth:`curve`), or one that is not there.

        Examples
        --------
        >>> from pellucid import Dense, Input, Network
        >>> net = Network([Input(2), Dense(1, "sigmoid")])
        >>> net.compile("binary_crossentropy")
        >>> net.set_weights({"dense_1.weights": [[1.0], [0.0]]})
        >>> net.boundary([[-1, -1], [1, 1]]).shares
        {'0': 0.5, '1': 0.5}
        """
        from pellucid.look.boundary import boundary

        return boundary(self, X, y, features, rest, resolution)

    def curve(
        self, X: Any, y: Any = None, *, feature: Any = None, rest: Any = "median", resolution: int = 400
    ) -> Boundary:
        """What the network says along one feature: the regression curve, or the probability of each class.

        Parameters
        ----------
        X, y
            Rows and, for the points, their targets.
        feature : int or str, optional
            A network of one input needs none.
        rest : {"median", "mean"}, int or array (*input_shape)
            As for :meth:`boundary`.
        resolution : int
            Places along the feature.

        Examples
        --------
        >>> from pellucid import Dense, Input, Network
        >>> net = Network([Input(1), Dense(1)])
        >>> net.set_weights({"dense_1.weights": [[2.0]]})
        >>> found = net.curve([0, 10], resolution=3)
        >>> found.x.tolist(), found.outputs[:, 0].tolist()
        ([-1.0, 5.0, 11.0], [-2.0, 10.0, 22.0])
        """
        from pellucid.look.boundary import curve

        return curve(self, X, y, feature, rest, resolution)

    def hidden_space(self, X: Any, y: Any = None, *, layer: str | None = None) -> HiddenSpace:
        """Rows as a layer sees them, before and after training: its activations on two axes by PCA.

        Training moves the classes apart there, until the last layer can part them with straight lines: the network is
        a feature extractor. The weights before training are drawn once more from the seed of the latest ``fit``.

        Parameters
        ----------
        X, y
            Rows and, for the points' colours, their targets.
        layer : str, optional
            The last hidden layer unless given.

        Returns
        -------
        HiddenSpace
            ``.before`` and ``.after`` (samples, 2), ``.apart``: the share of variance between the classes;
            ``save("hidden.png")``.

        Examples
        --------
        >>> from pellucid import Dense, Input, Network
        >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
        >>> net = Network([Input(2), Dense(4, "tanh"), Dense(1, "sigmoid")], seed=1)
        >>> net.compile("binary_crossentropy", {"kind": "adam", "rate": 0.1})
        >>> history = net.fit(X, y, epochs=100, verbose=0)
        >>> before, after = net.hidden_space(X, y).apart
        >>> before < after
        True
        """
        from pellucid.look.hidden import hidden_space

        return hidden_space(self, X, y, layer)

    def cost_along(self, weight: str, X: Any, y: Any, *, steps: int = 20, rate: float | None = None) -> CostCurve:
        """The cost along one weight, all others held, and gradient descent on it.

        Parameters
        ----------
        weight : str
            As ``"dense_1.weights[0, 2]"`` or ``"dense_2.bias[0]"``.
        X, y : arrays
            The samples of the cost; each step takes all of them.
        steps : int
            Of the descent w ← w − rate · ∂C/∂w, from the weight as it is.
        rate : float, optional
            The optimizer's unless given; of a schedule its largest.

        Returns
        -------
        CostCurve
            ``print`` lists the steps, ``save("cost.png")`` draws curve and steps. The network stays as it is.

        Raises
        ------
        DescriptionError
            A weight that is not there.

        Examples
        --------
        >>> from pellucid import Dense, Input, Network
        >>> net = Network([Input(1), Dense(1, bias=False)])
        >>> net.compile("squared_error", {"kind": "sgd", "rate": 0.5})
        >>> net.set_weights({"dense_1.weights": [[3.0]]})
        >>> net.cost_along("dense_1.weights[0, 0]", [1], [1], steps=3).path.tolist()
        [3.0, 2.0, 1.5, 1.25]
        """
        from pellucid.look.cost import cost_along

        return cost_along(self, weight, X, y, steps, rate)

    def diagnose(
        self, X: Any = None, y: Any = None, *, validation_data: tuple[Any, Any] | None = None
    ) -> Diagnosis:
        """Look the network, its data and its training over: what is wrong, where, and what to do.

        Give as much as there is. Without data the weights and the history are looked at; an untrained or uncompiled
        network is looked at as far as it goes. The network stays as it is.

        Parameters
        ----------
        X : array or DataFrame (samples, *input_shape), or PictureStream, optional
            The rows for training. Missing values are reported, not refused.
        y : array, optional
            Their targets.
        validation_data : (X, y), optional
            The rows that the training is watched on.

        Returns
        -------
        Diagnosis
            ``print`` it; ``.findings`` are ranked, each with a severity, a place, evidence in numbers, and a remedy.

        Raises
        ------
        DataError
            Data of another shape, or text.

        Examples
        --------
        >>> from pellucid import Dense, Input, Network
        >>> net = Network([Input(2), Dense(3, "relu"), Dense(1)])
        >>> net.feature_names = ("height", "year")
        >>> found = net.diagnose([[1.8, 2001.0], [1.6, 2003.0], [1.7, 2007.0]])
        >>> found.findings[0].name, str(found.findings[0].place)
        ('unscaled inputs', 'X, column "year", dense_1')
        """
        from pellucid.doctor.diagnose import diagnose

        return diagnose(self, X, y, validation_data)

    # --- files -------------------------------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write one file with everything: description, weights, optimizer, class names, history. See ``load``."""
        from pellucid.record.model_file import save_network

        save_network(self, path)

    def __getstate__(self) -> dict[str, Any]:
        """For copies and pickles: what the model file holds, and nothing of the engine."""
        from pellucid.record.model_file import describe

        about, tensors = describe(self)
        return {"about": about, "tensors": tensors, "untouched": self._untouched, "labels": self._labels}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        from pellucid.record.model_file import restore_network

        made = restore_network("a pickled network", state["about"], state["tensors"])
        self.__dict__.update(made.__dict__)
        self._untouched, self._labels = bool(state["untouched"]), bool(state["labels"])

    def export(self, path: str | os.PathLike[str], to: str | None = None, **options: Any) -> tuple[Path, ...]:
        """Write the network for another tool.

        ========== ====== ================================================= =========================
        to         ending what                                              options
        ========== ====== ================================================= =========================
        ``onnx``   .onnx  a model for onnxruntime and other tools           ``opset``, ``dtype``
        ``keras``  .keras a model for Keras 3
        ``torch``  (1)    PyTorch's state dict, and its module as a program
        ``python`` .py    a program that needs NumPy alone, and its test    ``weights``, ``samples``
        ``c``      .c     C99 that needs libm alone, its header and test    ``function``, ``samples``
        ========== ====== ================================================= =========================

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
        was loaded from a file, so that its figures are equal to the bit.
        """
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
            dtype=self.dtype, labels=self._labels if labels is None else labels, fuse=self._fuse,
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
        if self._untouched and seed != self.seed:
            self._draw_parameters(seed)
        self._untouched = False
        self.class_names = class_names or self.class_names
        self._labels, self._mixes = labels, mixes
        return self._engine_for(batch_size, threads, progress)

    @contextmanager
    def training(self) -> Iterator[None]:
        """While this runs, engines that are asked for by others leave the one that trains alone."""
        self._training = True
        try:
            yield
        finally:
            self._training = False

    def _engine_for(
        self, batch_size: int | None, threads: int | None, progress: Callable[[int, int, str], None] | None = None
    ) -> Engine:
        """An engine whose memory holds the network's numbers; the one at hand where it fits."""
        threads = None if threads is None else check_whole(threads, "threads")
        key = (batch_size and -(-batch_size // 16), self._labels, threads, self._mixes)
        old = self._engine
        if old is not None and (key[0] is None or key[0] == self._engine_key[0]) and key[1:] == self._engine_key[1:]:
            return old
        from pellucid.engines import make_engine

        plan = self.plan(batch_size or (16 * self._engine_key[0] if old and self._engine_key[0] else 256))
        engine = make_engine(plan, threads, progress)
        engine.parameters[:], engine.statistics[:] = self._parameters, self._statistics
        if self._training:  # asked by a callback: the training goes on with its own engine, this one is for the moment
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


def _shapes(layers: Sequence[tuple[str, Layer]], shape: Shape) -> tuple[Shape, ...]:
    shapes = []
    for number, (name, layer) in enumerate(layers, start=1):
        shape = layer.output_shape(shape, f'Layer {number} "{name}"')
        shapes.append(shape)
    return tuple(shapes)
