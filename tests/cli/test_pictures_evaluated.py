"""What the command says of a network's answers to pictures."""

from __future__ import annotations

import json
import os
import re

import pytest
from made_pictures import picture, pictures

pytestmark = pytest.mark.usefixtures("picture_cache")


def test_evaluate_on_another_folder_names_the_most_certain_mistakes(run, here, picture_model):
    pictures(here / "other", 7, size=(30, 20))
    for i in range(7):
        os.rename(here / "other" / "dark" / f"0{i}.png", here / "other" / "light" / f"moved{i}.png")
    picture(here / "other" / "dark" / "a.png", 60)
    done = run("evaluate", picture_model, "other")
    assert "Result on 15 pictures: loss " in " ".join(done.stdout.split())
    lines = done.stdout.splitlines()
    at = lines.index("The mistakes that it was most certain of:")
    assert len(lines) == at + 6
    assert re.fullmatch(r"  other/light/moved\d.png: dark \d\d.\d\d %, but it is light", lines[at + 1])
    mistakes = json.loads(run("evaluate", picture_model, "other", "--json").stdout)["most_certain_mistakes"]
    certain = [mistake["probability"] for mistake in mistakes]
    assert certain == sorted(certain, reverse=True)
    assert {mistake["true"] for mistake in mistakes} == {"light"}


def test_evaluate_refuses_classes_that_the_network_does_not_know(run, here, picture_model):
    pictures(here / "other", 2, classes=("dark", "lihgt"))
    done = run("evaluate", picture_model, "other")
    assert done.exit_code == 1
    assert done.stderr == (
        'Error: The class "lihgt" is not one that the network knows. Did you mean "light"? Known: dark, light.\n'
    )


def test_evaluate_refuses_pictures_that_have_changed(run, here, picture_model):
    picture(here / "set" / "dark" / "more.png", 60)
    assert run("evaluate", picture_model).stderr == (
        "Error: set has changed since the training, so the held-out rows cannot be told apart. Name the source to "
        "evaluate on all its pictures.\n"
    )


def test_evaluate_refuses_pictures_for_a_network_of_tables(run, here, flowers):
    run("train", "flowers.csv", "--output", "f", "--quiet", "--epochs", 1)
    pictures(here / "set", 2)
    done = run("evaluate", "f", "set")
    assert done.stderr == "Error: set holds pictures, and this network was not trained on pictures.\n"
