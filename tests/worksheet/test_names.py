"""Names of layers in a worksheet: they stay text, and cells of two layers are never taken for one."""

import io
import re
import zipfile

import numpy as np
import pytest

from pellucid import Dense, Input, Network
from pellucid.errors import DescriptionError
from pellucid.views.worksheet.book import build_book, write_book

X, Y = np.array([[0.0, 1.0], [1.0, 0.5]]), np.array([0.0, 1.0])


def book(*layers, name="network"):
    net = Network([Input(2), *layers, Dense(1)], name=name)
    net.compile("squared_error", "sgd")
    return build_book(net, X, Y)


def parts(content):
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name).decode() for name in file.namelist()}


@pytest.mark.parametrize("name", ["=1+1", "http://nowhere"])
def test_a_name_that_looks_like_a_formula_or_an_address_is_text(name):
    made = parts(write_book(book(Dense(2, "tanh", name=name), name=name), exercise=True))
    written = "".join(text for part, text in made.items() if part.startswith("xl/worksheets"))
    formulas = re.findall(r"<f>([^<]*)</f>", written)
    assert formulas
    assert not [text for text in formulas if "1+1." in text]
    assert "hyperlink" not in written
    assert f"<t>{name}.z</t>" in made["xl/sharedStrings.xml"]


def test_a_layer_may_be_called_samples():
    steps = book(Dense(3, "tanh", name="samples")).steps
    blocks = {block.name: block for block in steps[0].blocks}
    assert blocks["samples.weights"].row_names == ("unit 0", "unit 1", "unit 2")
    assert blocks["samples.z"].row_names == ("sample 0", "sample 1")
    assert blocks["samples.z"].row > blocks["samples.weights"].row + 2


def test_options_of_two_layers_are_not_taken_for_one():
    layers = [
        Dense(2, {"kind": "leaky_relu", "slope": slope}, name=name) for name, slope in (("a-b", 0.1), ("a_b", 0.5))
    ]
    with pytest.raises(DescriptionError) as error:
        book(*layers)
    assert str(error.value) == (
        'Two layers of the network would call their cells "a_b_slope". Give layers names that differ in more than case '
        "and punctuation."
    )


def test_a_name_that_is_too_long_for_cells_is_refused():
    with pytest.raises(DescriptionError) as error:
        write_book(book(Dense(2, name="n" * 300)))
    assert str(error.value) == (
        "The worksheet would call cells by a name of 308 characters; Excel takes up to 255. Give the layers shorter "
        "names."
    )
