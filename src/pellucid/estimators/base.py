"""What both estimators do: check, build and train."""

from __future__ import annotations

import inspect
import warnings
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, column_or_1d, validate_data

from pellucid.data.split import stratified_split
from pellucid.errors import DataError, DescriptionError
from pellucid.estimators.describe import OUTPUT, hidden_layers, optimizer_of, with_penalty
from pellucid.estimators.inputs import as_rows, standardize
from pellucid.estimators.learned import Learned
from pellucid.estimators.stopping import Stopping
from pellucid.layers import Dense, Input
from pellucid.layers.base import check_whole
from pellucid.losses import LOSSES, Loss
from pellucid.training.callbacks import as_callbacks
from pellucid.training.fit import fit

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.optimizers import Optimizer

FLOATS = (np.float64, np.float32)
# What a network keeps from when it was built.
DESCRIBES = ("hidden_layer_sizes", "activation", "alpha", "loss", "layers", "dropout", "standardize", "dtype")
MOST_AUTOMATIC = 200  # samples in a batch, where batch_size is "auto"


@dataclass(frozen=True)
class Part:
    """Samples: features, targets as the network takes them, and a weight for each."""

    X: Any
    targets: NDArray[Any]
    weights: NDArray[Any]

    def take(self, rows: NDArray[np.int64]) -> Part:
        """These rows."""
        return Part(self.X[rows], self.targets[rows], self.weights[rows])

    def __len__(self) -> int:
        return len(self.targets)


class NetworkEstimator(Learned, BaseEstimator):  # type: ignore[misc]
    """The part that the classifier and the regressor share. Their docstrings list the parameters."""

    def __init__(
        self, hidden_layer_sizes: Any = (100,), activation: Any = "relu", *, solver: Any = "adam",
        alpha: float = 0.0001, batch_size: int | str = "auto", learning_rate: Any = "constant",
        learning_rate_init: float = 0.001, max_iter: int = 200, shuffle: bool = True, random_state: Any = None,
        tol: float = 1e-4, verbose: int | str | bool = False, warm_start: bool = False, momentum: float = 0.9,
        nesterovs_momentum: bool = True, early_stopping: bool = False, validation_fraction: float = 0.1,
        beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-8, n_iter_no_change: int = 10,
        loss: Any = "auto", layers: Any = None, dropout: float = 0.0, standardize: bool = True,
        callbacks: Any = None, threads: int | None = None, dtype: str = "auto",
    ) -> None:  # fmt: skip
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.loss = loss
        self.layers = layers
        self.dropout = dropout
        self.standardize = standardize
        self.callbacks = callbacks
        self.threads = threads
        self.dtype = dtype

    # --- what the two differ in --------------------------------------------------------------------------------------

    _numeric = False  # whether targets must be numbers

    def _read_targets(self, y: Any, first: bool, what: str = "y") -> NDArray[Any]:
        """Targets as the network takes them; on the first call, what they are is remembered."""
        raise NotImplementedError

    def _output(self, loss: Loss | None) -> tuple[int, str, str]:
        """Units and activation of the last layer, and the name of the loss where none is given."""
        raise NotImplementedError

    def _weigh(self, y: Any, weights: NDArray[Any]) -> NDArray[Any]:
        """The weights of the samples, with those of their classes."""
        return weights

    def _has_classes(self, targets: NDArray[Any]) -> bool:
        """Whether a split keeps the mix of classes."""
        return False

    def _take_scale(self, part: Part) -> None:
        """Remember the scale of the targets."""

    def _scaled(self, targets: NDArray[Any]) -> NDArray[Any]:
        """The targets as the network is trained on them."""
        return targets

    def _fold(self, forth: bool) -> None:
        """Put the scale of the targets into the last layer, or take it out again."""

    # --- training ----------------------------------------------------------------------------------------------------

    def _fit(
        self, X: Any, y: Any, sample_weight: Any, validation: tuple[Any, Any, Any] = (None, None, None), *,
        incremental: bool = False,
    ) -> None:  # fmt: skip
        self._check_parameters(incremental)
        first = not (hasattr(self, "network_") and (incremental or self.warm_start))
        if first:
            self._seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        part = self._read(X, y, sample_weight, first)
        held_out = None
        if validation[0] is not None or validation[1] is not None:
            held_out = self._read_validation(*validation)
        elif self.early_stopping:
            targets = part.targets
            rows, kept = stratified_split(targets, self.validation_fraction, self._seed, self._has_classes(targets))
            part, held_out = part.take(rows), part.take(kept)
            if not held_out.weights.any():
                raise DataError(
                    f"sample_weight: all {len(held_out)} samples that early_stopping set aside have weight 0, so there "
                    f"is nothing to judge by. Leave samples of weight 0 out, or give X_val and y_val."
                )
        total = float(part.weights.sum())
        if not total > 0:
            raise DataError("sample_weight: all weights are 0, so there is nothing to learn from.")
        optimizer, batch_size = optimizer_of(self, self._changed()), self._batch_size(len(part))
        if optimizer.full_batch:
            batch_size = len(part)
        if first:
            if self.standardize:
                self._take_scale(part)
            # Divided by the weight of a batch, as scikit-learn does: a sample of weight 2 counts as two.
            self.network_ = self._build(part, optimizer, l2=self.alpha / (2 * batch_size * total / len(part)))
            self._built = self._description()
        else:
            self._go_on(optimizer)
            self._fold(forth=False)
        stopping = self._stopping(watched=held_out is not None)
        try:
            fit(
                self.network_, as_rows(part.X), self._scaled(part.targets), 1 if incremental else self.max_iter,
                None if optimizer.full_batch else batch_size, validation_split=0.0,
                validation_data=None if held_out is None else self._validation_data(held_out), shuffle=self.shuffle,
                class_weight=None, sample_weight=part.weights * (len(part) / total), mixup=0.0,
                callbacks=[*([] if incremental else [stopping]), *as_callbacks(self.callbacks)],
                verbose=self.verbose, seed=self._seed, threads=self._threads(), one_class=incremental,
            )  # fmt: skip
        finally:
            self._fold(forth=True)
        if not incremental and not stopping.stopped and stopping.epochs == self.max_iter:
            warnings.warn(
                f"{type(self).__name__}: {self.max_iter} epochs are over before {stopping.monitor} settled. "
                f"Increase max_iter, or tol.",
                ConvergenceWarning,
                stacklevel=3,
            )

    def _description(self) -> dict[str, Any]:
        """The parameters that a network is built from."""
        return {name: _plain(getattr(self, name)) for name in DESCRIBES}

    def _go_on(self, optimizer: Optimizer) -> None:
        """Take another optimizer over; refuse parameters that a network keeps from when it was built."""
        for name, value in self._description().items():
            if self._built[name] != value:
                raise DescriptionError(
                    f"{name} was {self._built[name]!r} when the network was built, and cannot become {value!r} while "
                    f"it goes on. Set it back, or begin anew: warm_start=False."
                )
        if optimizer != self.network_.optimizer:
            self.network_.compile(self.network_.loss, optimizer)

    def _check_parameters(self, incremental: bool) -> None:
        for name in ("max_iter", "n_iter_no_change"):
            check_whole(getattr(self, name), name)
        for name in ("alpha", "tol", "momentum"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) < float("inf"):
                raise DescriptionError(f"{name} must be 0 or a positive number, got {value!r}.")
        if incremental and self.early_stopping:
            raise DescriptionError("partial_fit goes through its data once, so early_stopping must be False.")
        if incremental and self.learning_rate != "constant":
            raise DescriptionError(
                f'partial_fit does not know how long training will go on, so learning_rate must be "constant", not '
                f"{self.learning_rate!r}."
            )

    def _read(self, X: Any, y: Any, sample_weight: Any, first: bool, what: str = "y") -> Part:
        y = y.toarray() if hasattr(y, "toarray") else y
        X, y = validate_data(
            self, X, y, accept_sparse="csr", dtype=FLOATS, multi_output=True, y_numeric=self._numeric, reset=first,
        )  # fmt: skip
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        weights = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        return Part(X, self._read_targets(y, first, what), self._weigh(y, weights))

    def _read_validation(self, X: Any, y: Any, sample_weight: Any) -> Part:
        if X is None or y is None:
            raise DataError("X_val and y_val belong together: give both, or none.")
        part = self._read(X, y, sample_weight, False, "y_val")
        if not part.weights.any():
            raise DataError("sample_weight_val: all weights are 0, so there is nothing to judge by.")
        return part

    def _validation_data(self, part: Part) -> tuple[Any, Any, Any]:
        return as_rows(part.X), self._scaled(part.targets), part.weights * (len(part) / part.weights.sum())

    def _batch_size(self, count: int) -> int:
        if isinstance(self.batch_size, str):
            if self.batch_size != "auto":
                raise DescriptionError(f'batch_size must be a whole number or "auto", got "{self.batch_size}".')
            return min(MOST_AUTOMATIC, count)
        return min(check_whole(self.batch_size, "batch_size"), count)

    def _build(self, part: Part, optimizer: Optimizer, l2: float) -> Network:
        from pellucid.network import Network

        changed = self._changed()
        loss = None if isinstance(self.loss, str) and self.loss == "auto" else LOSSES.get(self.loss)
        units, activation, usual = self._output(loss)
        layers = hidden_layers(self.layers, self.hidden_layer_sizes, self.activation, self.dropout, changed)
        layers = with_penalty([*layers, Dense(units, activation=activation, name=OUTPUT)], l2)
        if self.standardize:
            layers.insert(0, standardize(part.X, part.weights))
        net = Network([Input(self.n_features_in_), *layers], seed=self._seed, dtype=self._dtype(part.X))
        names = getattr(self, "feature_names_in_", None)
        net.feature_names = None if names is None else tuple(map(str, names))
        net.compile(loss=loss or usual, optimizer=optimizer)
        return net

    def _dtype(self, X: Any) -> str:
        if self.dtype not in ("auto", "float32", "float64"):
            raise DescriptionError(f'dtype must be "auto", "float32" or "float64", got {self.dtype!r}.')
        return str(X.dtype) if self.dtype == "auto" else self.dtype

    def _changed(self) -> list[str]:
        """The parameters that differ from their defaults."""
        defaults = {name: p.default for name, p in inspect.signature(type(self).__init__).parameters.items()}
        return [name for name, value in self.get_params(deep=False).items() if not _same(value, defaults[name])]

    def _stopping(self, watched: bool) -> Stopping:
        adaptive = isinstance(self.learning_rate, str) and self.learning_rate == "adaptive"
        rate = float(self.network_.optimizer.schedule.rates(0, 1, 1, 1)[0])
        return Stopping(
            "val_loss" if self.early_stopping and watched else "loss", self.tol, self.n_iter_no_change,
            adaptive_rate=rate if adaptive else None, restore_best=self.early_stopping,
        )  # fmt: skip

    def _threads(self) -> int | None:
        """One thread where joblib runs several of these at once, unless told otherwise."""
        from joblib.parallel import get_active_backend

        nested = (getattr(get_active_backend()[0], "nesting_level", 0) or 0) > 0
        return 1 if self.threads is None and nested else self.threads

    # --- predicting --------------------------------------------------------------------------------------------------

    def _outputs(self, X: Any) -> NDArray[Any]:
        """The network's outputs (samples, outputs)."""
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", dtype=FLOATS, reset=False)
        return self.network_.predict(as_rows(X), threads=self._threads())

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "network_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def _plain(value: Any) -> Any:
    """Lists and arrays as tuples, so that they can be compared and stay as they were."""
    return tuple(value) if isinstance(value, (list, np.ndarray)) else value


def _same(value: Any, default: Any) -> bool:
    if isinstance(value, (list, tuple, np.ndarray)) and isinstance(default, tuple):
        return tuple(value) == default
    return type(value) is type(default) and bool(value == default)
