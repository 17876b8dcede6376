"""Reports of networks that were not trained, or whose figures are not all there."""

import math
import re

import numpy as np

from pellucid import Dense, Input, Network
from pellucid.views.report.curves import curve_chart

X = np.array([[-1.0], [-0.5], [0.5], [1.0]])


def test_class_names_that_the_network_does_not_know_yet_are_judged_by_their_order(tmp_path):
    net = Network([Input(1), Dense(2, "softmax")])
    net.compile("categorical_crossentropy")
    net.set_weights({"dense_1.weights": [[-4.0, 4.0]], "dense_1.bias": [0.0, 0.0]})
    page = net.report(tmp_path / "a.html", X, np.array(["low", "low", "up", "up"])).read_text()
    assert "<dt>right</dt><dd>100.00 %</dd>" in page
    page = net.report(tmp_path / "b.html", X, np.array(["low", "up", "low", "up"])).read_text()
    assert "<dt>right</dt><dd>50.00 %</dd>" in page


def test_a_line_without_a_number_is_left_out_and_gaps_are_not_told_as_nan():
    chart = str(curve_chart({"training": [2.0, 1.0], "validation": [math.nan] * 2}, [1, 2], "loss"))
    assert chart.count("<polyline") == 1
    assert "validation" not in chart
    chart = str(curve_chart({"training": [3.0, 2.0, 1.0], "validation": [math.nan, 5.0, 4.0]}, [1, 2, 3], "loss"))
    label = re.search('aria-label="([^"]*)"', chart)
    assert label is not None
    assert label[1] == "loss over 3 epochs: training from 3 to 1; validation from 5 to 4."
    assert str(curve_chart({"loss": [math.nan]}, [1], "loss")) == ""
