"""Random data for metrics, and what their tests compare with."""

import dataclasses

import numpy as np
import pytest
from hypothesis import strategies as st

from pellucid.errors import DataError

AVERAGES = ("macro", "micro", "weighted")


@dataclasses.dataclass
class Case:
    """Random data for every kind of metric: few samples, so that classes are absent; rounded, so that outputs tie."""

    binary: np.ndarray  # (B,) 0 or 1
    labels: np.ndarray  # (B,) 0 … O-1
    sets: np.ndarray  # (B, O) 0 or 1, any number in a row
    values: np.ndarray  # (B, O)
    one: np.ndarray  # (B, 1) outputs
    many: np.ndarray  # (B, O) outputs
    weights: np.ndarray | None

    @property
    def one_hot(self) -> np.ndarray:
        return np.eye(self.many.shape[1])[self.labels]


@st.composite
def cases(draw) -> Case:
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    samples, width = draw(st.integers(2, 40)), draw(st.integers(3, 7))
    digits = draw(st.sampled_from([1, 2, 12]))
    weights = draw(st.sampled_from(["none", "any", "some zero"]))
    w = None if weights == "none" else rng.random(samples) + 0.01
    if w is not None and weights == "some zero":
        w[1:] *= rng.random(samples - 1) < 0.7
    return Case(
        binary=rng.integers(0, 2, samples),
        labels=rng.integers(0, draw(st.sampled_from([width, width, 2, 1])), samples),
        sets=rng.integers(0, 2, (samples, width)),
        values=rng.normal(size=(samples, width)).round(digits),
        one=rng.random((samples, 1)).round(digits),
        many=rng.random((samples, width)).round(digits),
        weights=w,
    )


def check_same(ours: float, theirs: float) -> None:
    """A plain float, equal to 1e-12."""
    assert type(ours) is float
    np.testing.assert_allclose(ours, float(theirs), rtol=1e-12, atol=1e-12)


def fails(*call) -> str:
    with pytest.raises(DataError) as caught:
        call[0](*call[1:])
    return str(caught.value)
