"""Embedding: what it computes, what it refuses, and that its sums do not depend on threads."""

import re

import numpy as np
import pytest

from pellucid import DataError, Dense, DescriptionError, Embedding, Ensemble, Input, Network, Residual


def refuses(text, error=DescriptionError):
    return pytest.raises(error, match=f"^{re.escape(text)}$")


def test_numbers_pass_and_codes_become_their_vectors():
    net = Network([Input(4), Embedding(categories=(3, 2), units=(2, 1))])
    net.set_weights({"embedding_1.table_1": [[1, 2], [3, 4], [5, 6]], "embedding_1.table_2": [[-1], [-2]]})
    X = [[0.5, -7, 0, 1], [0.25, 8, 2, 0]]
    assert net.predict(X).tolist() == [[0.5, -7, 1, 2, -2], [0.25, 8, 5, 6, -1]]


def test_codes_alone():
    net = Network([Input(1), Embedding(2, 2)])
    net.set_weights({"embedding_1.table_1": [[1, 2], [3, 4]]})
    assert net.predict([[1], [0]]).tolist() == [[3, 4], [1, 2]]


def test_a_step_by_hand():
    """Rate 1, squared error ½(a − y)², a total of two samples of category 1 and one of category 0."""
    net = Network([Input(1), Embedding(3, 1)], dtype="float64")
    net.set_weights({"embedding_1.table_1": [[1.0], [2.0], [3.0]]})
    net.compile("total_squared_error", {"kind": "sgd", "rate": 1.0})
    net.fit([[1], [0], [1]], [1.5, 0.0, 1.75], batch_size=3, verbose=0)
    # ∂C/∂w_0 = 1 − 0; ∂C/∂w_1 = (2 − 1.5) + (2 − 1.75); category 2 did not occur.
    assert net.weights["embedding_1.table_1"].ravel().tolist() == [0.0, 1.25, 3.0]


def test_the_same_bits_on_any_number_of_threads(rng):
    X = np.column_stack([rng.normal(size=(300, 3)), rng.integers(500, size=300), rng.integers(7, size=300)])
    y, found = rng.normal(size=300), []
    for threads in (1, 2, 3):
        net = Network([Input(5), Embedding((500, 7), (8, 3)), Dense(8, activation="relu"), Dense(1)], seed=3)
        net.compile("mse", {"kind": "adam", "rate": 0.01})
        net.fit(X, y, epochs=3, batch_size=100, threads=threads, verbose=0)
        found.append(net.parameters.tobytes())
    assert found[0] == found[1] == found[2]


def test_passes_of_a_large_batch_add_up(rng, monkeypatch):
    from pellucid.plan import build

    X = np.column_stack([rng.normal(size=(90, 1)), rng.integers(4, size=90)])
    y, found = rng.normal(size=90), []
    for numbers in (build.VALUES_IN_A_PASS, 1):
        monkeypatch.setattr(build, "VALUES_IN_A_PASS", numbers)
        net = Network([Input(2), Embedding(4, 3), Dense(1)], dtype="float64", seed=3)
        net.compile("mse", "sgd")
        assert (net.plan(90).pass_groups == 1) == (numbers == 1)
        net.fit(X, y, batch_size=90, epochs=3, verbose=0)
        found.append(net.parameters.copy())
    np.testing.assert_allclose(found[0], found[1], rtol=1e-12)


@pytest.mark.parametrize(
    ("code", "shown"), [(3, "3"), (-1, "-1"), (1.5, "1.5"), (2**20, "1.04858e+06")]
)  # fmt: skip
def test_codes_that_are_none_are_refused_before_anything_is_computed(code, shown):
    net = Network([Input(2), Embedding(3, 2), Dense(1)])
    net.compile("mse")
    text = (
        f"row 1, column 1: expected the code of a category, a whole number from 0 to 2, got {shown}. 1 of 2 codes in "
        "this column are none. Give Embedding as many categories as there are codes, or correct them."
    )
    X = [[0, 2], [0, code]]
    for call in (net.predict, lambda X: net.fit(X, [0, 1], verbose=0), lambda X: net.evaluate(X, [0, 1])):
        with refuses(f"X, {text}", DataError):
            call(X)
    with refuses(f"validation X, {text}", DataError):
        net.fit([[0, 2], [0, 1]], [0, 1], validation_data=(X, [0, 1]), verbose=0)


class Reader:
    """A stream, whose codes nobody checks beforehand."""

    class_names = ()

    def __init__(self, X):
        self.X, self.shape, self.y = X, X.shape, np.zeros(len(X))

    def __len__(self):
        return len(self.X)

    def take(self, indices):
        return self.X[indices]


def test_a_code_outside_the_table_in_a_stream_reads_the_nearest_one():
    net = Network([Input(1), Embedding(3, 1)])
    net.set_weights({"embedding_1.table_1": [[10], [20], [30]]})
    X = np.array([[-5], [np.nan], [-np.inf], [0.9], [2.5], [3], [1e30], [np.inf], [-1e30]], np.float32)
    assert net.predict(Reader(X))[:, 0].tolist() == [10, 10, 10, 10, 30, 30, 30, 30, 10]


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: Embedding(),
            "Embedding: categories must be a whole number of at least 1, got 0.",
        ),
        (lambda: Embedding((), 1), "Embedding: categories must name at least one code, got none."),
        (lambda: Embedding(3, 1.5), "Embedding: units must be a whole number of at least 1, got 1.5."),
        (
            lambda: Embedding((3, 4), (1, 2, 3)),
            "Embedding: 2 codes but units for 3. Give one number of units for each code, or one for all.",
        ),
        (
            lambda: Embedding(2**24 + 1, 1),
            "Embedding: categories must be at most 16,777,216, got 16,777,217. Keep the most frequent ones and give "
            "all others one code.",
        ),
        (
            lambda: Network([Input(1), Embedding((3, 4), 1)]),
            'Layer 1 "embedding_1" (Embedding) takes 2 codes, but its input has only 1 numbers. Give categories for 1 '
            "at most.",
        ),
        (
            lambda: Network([Input((2, 2)), Embedding(3, 1)]),
            'Layer 1 "embedding_1" (Embedding) takes one number for each input, but its input has shape 2 × 2. Put '
            "Flatten() before it.",
        ),
        (
            lambda: Network([Input(2), Dense(2), Embedding(3, 1)]),
            "Embedding takes the inputs as they are given, but stands after Dense. Put it directly after Input.",
        ),
    ],
)
def test_descriptions_that_are_refused(make, text):
    with refuses(text):
        make()


def test_the_description_is_plain_data():
    net = Network([Input(3), Embedding((10, 4), (3, 2), regularizer={"kind": "l2", "l2": 0.1}, name="codes"), Dense(1)])
    again = Network.from_dict(net.to_dict())
    assert again.layers[0] == net.layers[0]
    assert net.to_dict()["layers"][1]["categories"] in ([10, 4], (10, 4))
    assert (net.parameters == again.parameters).all()


@pytest.mark.parametrize("layer", [
    Ensemble([[Dense(2)], [Embedding(4, 1), Dense(2)]]),
    Residual([Dense(2)], [Embedding(4, 1), Dense(2)]),
    Residual([Embedding(4, 1), Dense(2)], [Dense(2)]),
    Residual([Ensemble([[Embedding(4, 1)]])]),
])  # fmt: skip
def test_codes_are_checked_within_other_layers_too(layer):
    """They were once taken for the nearest code in the table, without a word."""
    net = Network([Input(2), layer])
    net.predict([[0.5, 3]])
    with refuses("X, row 1, column 1: expected the code of a category, a whole number from 0 to 3, got 4. 1 of 2 codes "
                 "in this column are none. Give Embedding as many categories as there are codes, or correct them.",
                 DataError):  # fmt: skip
        net.predict([[0.5, 3], [0.5, 4]])
    with refuses(f"{layer.kind} takes the inputs as they are given, but stands after Dense. Put it directly after "
                 f"Input."):  # fmt: skip
        Network([Input(3), Dense(2), layer])
