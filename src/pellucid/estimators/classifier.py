"""PellucidClassifier: classes, or several yes/no labels a sample."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from pellucid.errors import DataError, DescriptionError, nearest
from pellucid.estimators.base import NetworkEstimator
from pellucid.losses import Loss
from pellucid.training.samples import refuse_strangers


class PellucidClassifier(ClassifierMixin, NetworkEstimator):  # type: ignore[misc]
    """A classifier for scikit-learn: a network with one sigmoid unit for two classes, a softmax for several.

    A sample may also have several yes/no labels: give ``y`` as zeros and ones of shape (samples, labels); then there
    is a sigmoid unit for each, trained with binary cross-entropy.

    Parameters are called as in ``sklearn.neural_network.MLPClassifier``, with the same defaults; those from
    ``class_weight`` on are Pellucid's own.

    Parameters
    ----------
    hidden_layer_sizes : tuple of int
        Units of each hidden layer.
    activation : str or Activation
        Of the hidden layers: "relu", "tanh", "logistic", and every other that Pellucid knows.
    solver : str, dict or Optimizer
        "adam", "sgd" (with ``momentum``), "rmsprop", "adamw", …; an Optimizer brings a learning rate of its own.
    alpha : float
        The penalty ½ α Σw² / B on the weights, with B samples in a batch.
    batch_size : int or "auto"
        Samples of one update; "auto" is 200, or all where there are fewer.
    learning_rate : str, dict or Schedule
        "constant"; "adaptive" (divided by 5 each time that the loss stops falling); or a schedule over the whole
        training: "cosine", "one_cycle", "exponential", "step".
    learning_rate_init : float
        The learning rate at the start (the peak of "one_cycle").
    max_iter : int
        Epochs at the most.
    shuffle : bool
        Go through the samples in a new order in every epoch.
    random_state : int, RandomState or None
        Seeds weights, order, dropout and the split of ``early_stopping``. The same int gives the same bits.
    tol, n_iter_no_change : float, int
        Training ends when the loss has not fallen by ``tol`` in more than ``n_iter_no_change`` epochs in a row.
    verbose : bool, int
        True or 1: a progress bar in a terminal, else a line an epoch; 2: a line an epoch.
    warm_start : bool
        ``fit`` goes on from the network as it is; another solver or learning rate begins with no memory. What the
        network was built from, such as ``hidden_layer_sizes`` or ``alpha``, cannot change meanwhile.
    momentum, nesterovs_momentum : float, bool
        Of solver "sgd".
    early_stopping : bool
        Set ``validation_fraction`` of the samples aside (or take ``X_val`` of ``fit``), watch the *loss* on them
        instead of that on the training samples, and keep the weights of the best epoch. (MLPClassifier watches the
        accuracy, which stands still while probabilities still get better.)
    validation_fraction : float
    beta_1, beta_2, epsilon : float
        Of Adam.
    class_weight : dict, "balanced" or None
        A weight for the samples of each class.
    loss : str, dict, Loss or "auto"
        "auto": binary or categorical cross-entropy. With options as a dict, for instance
        ``{"kind": "categorical_crossentropy", "label_smoothing": 0.1}``.
    layers : list of Layer, optional
        The hidden layers, instead of ``hidden_layer_sizes``, ``activation`` and ``dropout``. Input and output layer
        are added.
    dropout : float
        The share of each hidden layer's units that is left out at a step.
    standardize : bool
        Bring the columns to mean 0 and deviation 1 inside the network, by the training samples (the first call's, with
        ``partial_fit``). MLPClassifier leaves that to the user.
    callbacks : Callback, function, or list of them
        See ``pellucid.callbacks``.
    threads : int, optional
        At most so many. All cores unless given, one where joblib runs several fits at once. Results do not depend on
        it.
    dtype : {"auto", "float32", "float64"}
        The numbers that the network computes with; "auto": those of X on the first call, as scikit-learn's own does.
        float32 is about twice as fast, and exact enough for nearly everything.

    Attributes
    ----------
    classes_ : ndarray
        The classes, or the numbers of the labels.
    network_ : Network
        The trained network: ``network_.summary()``, ``network_.save("model.pellucid")``.
    coefs_, intercepts_ : list of ndarray
        Weights (inputs, units) and biases of each layer. With ``standardize`` the first layer's inputs are the
        standardized columns.
    loss_curve_, validation_curve_ : list of float
        The loss of every epoch; on the validation samples after every epoch, or None.
    loss_, best_loss_ : float
    n_iter_, n_layers_, n_outputs_, n_features_in_ : int
    feature_names_in_ : ndarray of str
        Where X has names of text for its columns.
    out_activation_ : str

    Notes
    -----
    Samples count by their weights over the mean weight, so that weights of 2 for all change nothing but the penalty's
    share, and a sample of weight 2 counts as two of weight 1.

    MLPClassifier also has solver "lbfgs" with ``max_fun``, and "invscaling" with ``power_t``. They are not here.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from pellucid import PellucidClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = PellucidClassifier((16,), learning_rate_init=0.01, random_state=0).fit(X, y)
    >>> model.score(X, y) > 0.95, model.predict_proba(X[:2]).shape
    (True, (2, 3))
    """

    def __init__(
        self, hidden_layer_sizes: Any = (100,), activation: Any = "relu", *, solver: Any = "adam",
        alpha: float = 0.0001, batch_size: int | str = "auto", learning_rate: Any = "constant",
        learning_rate_init: float = 0.001, max_iter: int = 200, shuffle: bool = True, random_state: Any = None,
        tol: float = 1e-4, verbose: int | str | bool = False, warm_start: bool = False, momentum: float = 0.9,
        nesterovs_momentum: bool = True, early_stopping: bool = False, validation_fraction: float = 0.1,
        beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-8, n_iter_no_change: int = 10,
        class_weight: Any = None, loss: Any = "auto", layers: Any = None, dropout: float = 0.0,
        standardize: bool = True, callbacks: Any = None, threads: int | None = None, dtype: str = "auto",
    ) -> None:  # fmt: skip
        super().__init__(
            hidden_layer_sizes, activation, solver=solver, alpha=alpha, batch_size=batch_size,
            learning_rate=learning_rate, learning_rate_init=learning_rate_init, max_iter=max_iter, shuffle=shuffle,
            random_state=random_state, tol=tol, verbose=verbose, warm_start=warm_start, momentum=momentum,
            nesterovs_momentum=nesterovs_momentum, early_stopping=early_stopping,
            validation_fraction=validation_fraction, beta_1=beta_1, beta_2=beta_2, epsilon=epsilon,
            n_iter_no_change=n_iter_no_change, loss=loss, layers=layers, dropout=dropout, standardize=standardize,
            callbacks=callbacks, threads=threads, dtype=dtype,
        )  # fmt: skip
        self.class_weight = class_weight

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, X_val: Any = None, y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> PellucidClassifier:  # fmt: skip
        """Train.

        Parameters
        ----------
        X : array, DataFrame or sparse matrix (samples, features)
        y : array (samples,) of classes, or of zeros and ones (samples, labels)
        sample_weight : array (samples,), optional
        X_val, y_val, sample_weight_val : optional
            A validation set of one's own: ``validation_curve_`` is measured on it, and ``early_stopping`` watches it.
        """
        self._declared: NDArray[Any] | None = None
        self._fit(X, y, sample_weight, (X_val, y_val, sample_weight_val))
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> PellucidClassifier:
        """One epoch over these samples, on top of what was learned before.

        ``classes`` are all classes that will come, needed on the first call.
        """
        known = getattr(self, "classes_", None)
        if known is None and classes is None:
            raise DataError("classes: expected all classes that will come, on the first call of partial_fit.")
        if known is not None and classes is not None and not np.array_equal(known, np.unique(classes)):
            raise DataError(
                f"classes: expected those of the first call, {', '.join(map(str, known))}, got "
                f"{', '.join(map(str, classes))}."
            )
        self._declared = np.unique(classes) if known is None else known
        if self.class_weight == "balanced":
            raise DescriptionError(
                'class_weight="balanced" needs all samples, and partial_fit sees a part. Give a dict of weights.'
            )
        self._fit(X, y, sample_weight, incremental=True)
        return self

    def _read_targets(self, y: Any, first: bool, what: str = "y") -> NDArray[Any]:
        check_classification_targets(y)
        multi = np.ndim(y) == 2
        if multi and type_of_target(y) not in ("multilabel-indicator", "binary"):
            raise DataError(
                f"{what}: several columns of classes are not supported. Give zeros and ones, one column a label."
            )
        if first:
            found = np.arange(y.shape[1]) if multi else np.unique(y)
            self.classes_ = found if self._declared is None else self._declared
            self._multi = multi
            if len(self.classes_) < 2 and not multi:
                raise DataError(
                    f'{what}: all {len(y)} samples are of class "{self.classes_[0]}"; expected at least two classes.'
                )
        if multi != self._multi or (multi and y.shape[1] != len(self.classes_)):
            wanted = f"(samples, {len(self.classes_)}) of zeros and ones" if self._multi else "(samples,) of classes"
            raise DataError(f"{what}: expected shape {wanted} as in the first call, got {y.shape}.")
        if multi:
            return np.asarray(y, np.float64)
        codes = np.searchsorted(self.classes_, y).clip(max=len(self.classes_) - 1)
        unknown = self.classes_[codes] != y
        if np.any(unknown):
            row, known = int(np.argmax(unknown)), [str(name) for name in self.classes_[:20]]
            raise DataError(
                f'{what}, row {row}: class "{y[row]}" is not one of the first call.{nearest(y[row], known)} '
                f"Known: {', '.join(known)}."
            )
        return np.asarray(codes, np.int64)

    def _output(self, loss: Loss | None) -> tuple[int, str, str]:
        count = len(self.classes_)
        if self._multi:
            return count, "sigmoid", "binary_crossentropy"
        fits = loss.fits if loss is not None else ()
        if count == 2 and (not fits or "sigmoid" in fits):
            return 1, "sigmoid", "binary_crossentropy"
        return count, "softmax", "categorical_crossentropy"

    def _build(self, *given: Any, **named: Any) -> Any:
        net = super()._build(*given, **named)
        if not self._multi:
            net.class_names = tuple(map(str, self.classes_))
        return net

    def _weigh(self, y: Any, weights: NDArray[Any]) -> NDArray[Any]:
        if self.class_weight is None:
            return weights
        if isinstance(self.class_weight, Mapping) and not self._multi:
            refuse_strangers(self.class_weight, self.classes_.tolist(), ", ".join(map(str, self.classes_)))
        factors: NDArray[Any] = compute_sample_weight(self.class_weight, y)
        return np.asarray(weights * factors)

    def _has_classes(self, targets: NDArray[Any]) -> bool:
        return not self._multi

    def _scaled(self, targets: NDArray[Any]) -> NDArray[Any]:
        return targets.astype(float) if self.network_.output_units == 1 else targets

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """The probability of each class (samples, classes), or of each label (samples, labels)."""
        outputs = self._outputs(X)
        return outputs if self._multi or outputs.shape[1] > 1 else np.hstack([1 - outputs, outputs])

    def predict_log_proba(self, X: Any) -> NDArray[Any]:
        """The logarithm of :meth:`predict_proba`."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.predict_proba(X)))

    def predict(self, X: Any) -> NDArray[Any]:
        """The most likely class of each sample, or a one for each label that is likelier than not."""
        p = self.predict_proba(X)
        if self._multi:
            return np.asarray(p > 0.5, np.int64)
        return np.asarray(self.classes_[p.argmax(axis=1)])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
