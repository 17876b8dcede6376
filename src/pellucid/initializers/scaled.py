"""Random numbers whose spread is fitted to the layer, so that signals neither die out nor blow up.

A unit's weighted input is a sum of ``fan_in`` products, so its variance is fan_in · Var(w) times the inputs' mean
square. Each kind here states the variance that keeps some signal level:

======  ======================  =========================================================================
kind    Var(w)                  keeps level
======  ======================  =========================================================================
lecun   1/fan_in                the signals going forward (units that are linear near 0)
glorot  2/(fan_in + fan_out)    a compromise between forward signals and backward errors (tanh, sigmoid)
he      2/fan_in                the forward signals when units pass only what is positive (relu)
======  ======================  =========================================================================

``*_uniform`` draws from (−l, l) with l = √(3 Var(w)), ``*_normal`` from the bell curve with deviation √Var(w).
Keras cuts its normals off at two deviations and widens the rest to the same deviation; PyTorch, and Pellucid, do not
cut: the standard deviation is the one stated, and the values have the plain bell curve.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DescriptionError
from pellucid.initializers.base import Initializer


class _Scaled(Initializer):
    """Draws with the variance that the kind states for the layer's fans."""

    normal: ClassVar[bool]

    @staticmethod
    @abstractmethod
    def variance(fan_in: int, fan_out: int) -> float:
        """Var(w) for a layer with these fans."""

    def init(self, shape: tuple[int, ...], fan_in: int, fan_out: int, rng: np.random.Generator) -> NDArray[np.float64]:
        if fan_in < 1 or fan_out < 1:
            raise DescriptionError(
                f'Initializer "{self.name}" needs a layer with inputs and outputs, not fan_in={fan_in}, '
                f'fan_out={fan_out}. Use "zeros" for a parameter that is not a weight.'
            )
        variance = self.variance(fan_in, fan_out)
        if self.normal:
            return rng.normal(0.0, math.sqrt(variance), shape)
        limit = math.sqrt(3.0 * variance)  # the variance of uniform(−l, l) is l²/3
        return rng.uniform(-limit, limit, shape)


class _Lecun(_Scaled):
    @staticmethod
    def variance(fan_in: int, fan_out: int) -> float:
        return 1.0 / fan_in


class _Glorot(_Scaled):
    @staticmethod
    def variance(fan_in: int, fan_out: int) -> float:
        return 2.0 / (fan_in + fan_out)


class _He(_Scaled):
    @staticmethod
    def variance(fan_in: int, fan_out: int) -> float:
        return 2.0 / fan_in


@dataclass(frozen=True)
class LecunUniform(_Lecun):
    """Uniform in (−l, l), l = √(3/fan_in). Equal to Keras's.

    PyTorch's linear and convolution layers start by default with l = √(1/fan_in), a third of this variance.

    References
    ----------
    LeCun, Bottou, Orr, Müller (1998), Efficient BackProp.

    Examples
    --------
    >>> from pellucid.initializers import generator
    >>> w_IO = LecunUniform().init((3, 50), 3, 50, generator(0, "dense_1/weights"))
    >>> bool(0.9 < abs(w_IO).max() <= 1.0)
    True
    """

    name: ClassVar[str] = "lecun_uniform"
    aliases: ClassVar[tuple[str, ...]] = ("lecununiform",)
    normal: ClassVar[bool] = False


@dataclass(frozen=True)
class LecunNormal(_Lecun):
    """Bell curve with deviation √(1/fan_in); the start that selu units expect. Keras cuts it off at two deviations.

    References
    ----------
    LeCun, Bottou, Orr, Müller (1998), Efficient BackProp; Klambauer et al. (2017), Self-Normalizing Neural Networks.

    Examples
    --------
    >>> from pellucid.initializers import generator
    >>> w_IO = LecunNormal().init((100, 100), 100, 100, generator(0, "dense_1/weights"))
    >>> bool(0.095 < w_IO.std() < 0.105)
    True
    """

    name: ClassVar[str] = "lecun_normal"
    aliases: ClassVar[tuple[str, ...]] = ("lecunnormal",)
    normal: ClassVar[bool] = True


@dataclass(frozen=True)
class GlorotUniform(_Glorot):
    """Uniform in (−l, l), l = √(6/(fan_in + fan_out)). Equal to Keras's default and PyTorch's ``xavier_uniform_``.

    References
    ----------
    Glorot, Bengio (2010), Understanding the difficulty of training deep feedforward neural networks.

    Examples
    --------
    >>> from pellucid.initializers import generator
    >>> w_IO = GlorotUniform().init((2, 4), 2, 4, generator(0, "dense_1/weights"))
    >>> bool(abs(w_IO).max() <= 1.0)
    True
    """

    name: ClassVar[str] = "glorot_uniform"
    aliases: ClassVar[tuple[str, ...]] = ("glorotuniform", "xavier_uniform")
    normal: ClassVar[bool] = False


@dataclass(frozen=True)
class GlorotNormal(_Glorot):
    """Bell curve with deviation √(2/(fan_in + fan_out)): PyTorch's ``xavier_normal_``. Keras cuts it at two deviations.

    References
    ----------
    Glorot, Bengio (2010), Understanding the difficulty of training deep feedforward neural networks.

    Examples
    --------
    >>> from pellucid.initializers import generator
    >>> w_IO = GlorotNormal().init((100, 100), 100, 100, generator(0, "dense_1/weights"))
    >>> bool(0.095 < w_IO.std() < 0.105)
    True
    """

    name: ClassVar[str] = "glorot_normal"
    aliases: ClassVar[tuple[str, ...]] = ("glorotnormal", "xavier_normal")
    normal: ClassVar[bool] = True


@dataclass(frozen=True)
class HeUniform(_He):
    """Uniform in (−l, l), l = √(6/fan_in). Equal to Keras's and to PyTorch's ``kaiming_uniform_(nonlinearity="relu")``.

    References
    ----------
    He, Zhang, Ren, Sun (2015), Delving Deep into Rectifiers.

    Examples
    --------
    >>> from pellucid.initializers import generator
    >>> w_IO = HeUniform().init((6, 50), 6, 50, generator(0, "dense_1/weights"))
    >>> bool(0.9 < abs(w_IO).max() <= 1.0)
    True
    """

    name: ClassVar[str] = "he_uniform"
    aliases: ClassVar[tuple[str, ...]] = ("heuniform", "kaiming_uniform")
    normal: ClassVar[bool] = False


@dataclass(frozen=True)
class HeNormal(_He):
    """Bell curve with deviation √(2/fan_in): PyTorch's ``kaiming_normal_``. Keras cuts it off at two deviations.

    References
    ----------
    He, Zhang, Ren, Sun (2015), Delving Deep into Rectifiers.

    Examples
    --------
    >>> from pellucid.initializers import generator
    >>> w_IO = HeNormal().init((200, 100), 200, 100, generator(0, "dense_1/weights"))
    >>> bool(0.095 < w_IO.std() < 0.105)
    True
    """

    name: ClassVar[str] = "he_normal"
    aliases: ClassVar[tuple[str, ...]] = ("henormal", "kaiming_normal")
    normal: ClassVar[bool] = True
