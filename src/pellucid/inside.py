"""What a network can be asked about its inside: traces, diagrams, workbooks, reports, features, findings."""

# Every ``self`` here is a Network: the class is the part of it that looks, kept apart so that the rest stays readable.
# mypy: disable-error-code="arg-type"

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

if TYPE_CHECKING:
    from pathlib import Path

    from pellucid.doctor import Diagnosis
    from pellucid.look import Attribution, Boundary, CostCurve, Features, HiddenSpace, Score
    from pellucid.network import Network
    from pellucid.trace.stepper import Stepper
    from pellucid.trace.values import Trace
    from pellucid.training.snapshots import Snapshots
    from pellucid.views.diagram import Diagram


class Inside:
    """The part of a :class:`pellucid.Network` that shows what goes on in it; no method changes the network."""

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

    def members(self) -> list[Network]:
        """The members of an ensemble, each as a network of its own: to look into, to export, to train on.

        Their numbers are copies, and they are compiled as this network is.

        Raises
        ------
        DescriptionError
            The network does not end with an ``Ensemble``.

        Examples
        --------
        >>> from pellucid import Dense, Ensemble, Input, Network
        >>> net = Network([Input(2), Ensemble([[Dense(3, "tanh"), Dense(1)], [Dense(1)]])])
        >>> net.members()
        [<Network network, member 1: 2 → 3 → 1, 13 parameters>, <Network network, member 2: 2 → 1, 3 parameters>]
        """
        from pellucid.ensembles import members_of

        return members_of(self)

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
            An Augment layer, whose changes of pixels have no formulas, or more cells than a small workbook has.
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
            ``print`` lists it, ``save("features.svg")`` draws it (or .png), Jupyter shows it.

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
        ``shapley``              what xᵢ adds, on average over the orders   to F(x) − F(x′), always
                                 in which inputs take the place of x′
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
            Of ``integrated_gradients``; of ``shapley`` the orders that are drawn, where there are more than ten inputs.
        patch : int or (height, width), optional
            Of ``occlusion`` and ``shapley``: the square of a picture that is taken at a time.

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

    def score_row(self, row: Any, *, target: str | None = None) -> Score:
        """What the network says about one raw row of a table, and what each named column adds to that.

        The parts are Shapley values of the columns, for each member of an ensemble: they add up to the score less that
        of a usual row, of medians and of the values of most rows. For many rows, networks of several seeds, and the
        weight of the columns over a whole table, see :class:`pellucid.Scorer`.

        Parameters
        ----------
        row : dict of column to cell, or a table of one row
        target : str, optional
            The class whose probability is scored: of two classes the second one unless given, of more the likeliest.

        Returns
        -------
        Score
            ``print`` gives a table, ``.draw()`` a picture, ``save("score.svg")`` a file.

        Raises
        ------
        DescriptionError
            A network that was not trained on raw rows of a table, or a class that it does not know.
        DataError
            A column is missing, or a cell does not fit its column.

        Examples
        --------
        >>> import polars, pellucid
        >>> flats = polars.DataFrame({"area": [40 + k % 60 for k in range(120)], "lift": ["no", "yes"] * 60})
        >>> flats = flats.with_columns(dear=polars.Series(["yes" if a > 70 else "no" for a in flats["area"]]))
        >>> found = pellucid.fit_table(flats, target="dear", verbose=0).score_row({"area": 95, "lift": "no"})
        >>> found.output, found.columns, found.value > found.usual_value
        ('p(yes)', ('area', 'lift'), True)
        """
        from pellucid.look.scorer import Scorer

        return Scorer(self, target).score(row)

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

    def diagnose(self, X: Any = None, y: Any = None, *, validation_data: tuple[Any, Any] | None = None) -> Diagnosis:
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
