"""What a trace calls categories, and what it says where a sample has several labels."""

import numpy as np
import pytest

from pellucid import Dense, Embedding, Input, Network


@pytest.fixture(scope="module")
def coded():
    net = Network([Input(3), Embedding((4, 7), (2, 3)), Dense(1)], dtype="float64")
    net.compile("squared_error", "sgd")
    net.feature_names = ("height", "colour", "city")
    return net.trace([[0.5, 1, 6], [0.25, 3, 0]], [1.0, 2.0])


def test_a_table_s_rows_are_categories_and_its_columns_the_units_that_they_become(coded):
    text = coded.text("embedding_1", full=True)
    for words in ("category 0 → 1 ", "category 3 → 2 ", "category 6 → 3 ", "category 6 → 5 "):
        assert words in text
    assert "height →" not in text
    assert "category 7" not in text


def test_a_table_as_a_frame(coded):
    found = coded.to_frame("embedding_1.table_2")
    assert found.columns[:2] == ["category", "unit"]
    assert found["category"].to_list() == [k for k in range(7) for _ in range(3)]
    assert found["unit"].to_list() == ["3", "4", "5"] * 7
    assert np.array_equal(found["value"].to_numpy(), coded.parameter("embedding_1.table_2").value.ravel())


def test_several_labels_a_sample_are_no_class():
    net = Network([Input(2), Dense(3, "sigmoid")])
    net.compile("binary_crossentropy")
    trace = net.trace([[0, 1], [1, 0]], [[1, 1, 0], [0, 0, 0]])
    assert trace.true is None
    assert trace.predicted is None
    assert net.trace([[0, 1]]).predicted is None
    one_each = net.trace([[0, 1], [1, 0]], [[0, 1, 0], [1, 0, 0]])
    assert one_each.true.tolist() == [1, 0]
    assert one_each.predicted.shape == (2,)
