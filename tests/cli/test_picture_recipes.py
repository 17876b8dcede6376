"""What is chosen for pictures, and the options that change it."""

from __future__ import annotations

import pytest

from pellucid.cli.picture_options import parse_size
from pellucid.cli.picture_recipes import picture_recipe
from pellucid.cli.recipes import MODELS
from pellucid.cli.values import augmentation, fields_of

CASES = [
    # pictures, height, width, channels, classes, photographs → model, batch size, optimizer
    ((60_000, 28, 28, 1, 10, False), ("small_cnn", 128, "adam")),
    ((3_000, 28, 28, 1, 10, False), ("lenet5", 128, "adam")),
    ((100, 28, 28, 1, 10, False), ("lenet5", 16, "adam")),
    ((1_400, 8, 8, 1, 10, False), ("small_cnn", 64, "adam")),
    ((1_400, 3, 8, 1, 10, False), ("plain", 64, "adam")),
    ((500, 33, 60, 1, 2, False), ("small_vgg", 16, "adamw")),
    ((40_000, 32, 32, 3, 10, True), ("small_cnn", 128, "adamw")),
    ((1_600, 96, 96, 3, 2, True), ("small_vgg", 32, "adamw")),
]


@pytest.mark.parametrize(("facts", "expected"), CASES)
def test_the_recipe_suits_the_pictures(facts, expected):
    *sizes, photographs = facts
    recipe = picture_recipe(*sizes, photographs=photographs)
    assert (recipe.model, recipe.batch_size, recipe.optimizer) == expected
    assert recipe.reasons["model"]
    assert recipe.standardize
    assert (recipe.augment is None) == (recipe.model == "plain")
    assert ("batch_size" in recipe.reasons) == (recipe.batch_size not in (32, 64, 128) or sizes[0] == 1_400)


def test_only_photographs_are_mirrored():
    photographs = picture_recipe(1_600, 96, 64, 3, 2, photographs=True).augment
    assert photographs == {
        "flip": "horizontal", "shift": (8, 5), "rotate": 12, "zoom": 0.15, "brightness": 0.1, "contrast": 0.2,
        "fill": "edge",
    }  # fmt: skip
    drawings = picture_recipe(60_000, 28, 28, 1, 10, photographs=False).augment
    assert drawings == {"shift": 2, "rotate": 10, "zoom": 0.1, "fill": "edge"}


@pytest.mark.parametrize("model", MODELS)
def test_every_model_has_a_recipe(model):
    recipe = picture_recipe(60_000, 28, 28, 1, 10, photographs=False, model=model)
    assert (recipe.model, recipe.reasons["model"]) == (model, "given")
    assert bool(recipe.layers) == (model in ("plain", "small_vgg"))


def test_small_vgg_has_no_more_blocks_than_the_picture_can_be_halved():
    assert picture_recipe(99, 9, 9, 3, 2, photographs=True, model="small_vgg").layers == (32, 64, 128)
    assert picture_recipe(99, 2, 9, 3, 2, photographs=True, model="small_vgg").layers == (32,)


USAGES = [
    (
        ["--size", "0"],
        "Invalid value for '--size': expected pixels, as in 64, or heightxwidth, as in 64x48; got \"0\".",
    ),
    (
        ["--size", "6x"],
        "Invalid value for '--size': expected pixels, as in 64, or heightxwidth, as in 64x48; got \"6x\".",
    ),
    (["--channels", "2"], "Invalid value for '--channels': expected 1 for grey or 3 for colour, got 2."),
    (
        ["--fit", "corp"],
        'Invalid value for \'--fit\': Unknown fit "corp". Did you mean "crop"? Known: crop, pad, stretch.',
    ),
    (
        ["--broken", "stopp"],
        'Invalid value for \'--broken\': Unknown way with broken pictures "stopp". Did you mean "stop"? Known: skip, '
        "stop.",
    ),
    (
        ["--model", "lenet"],
        'Invalid value for \'--model\': Unknown model "lenet". Did you mean "lenet5"? Known: lenet1, lenet5, '
        "small_cnn, small_resnet, small_vgg, five_conv, plain.",
    ),
    (["--average", "1"], "Invalid value for '--average': expected a number of at least 0 and below 1, got 1."),
    (
        ["--augment", "shift"],
        "Invalid value for '--augment': expected name=value, as in shift=2,rotate=10, or none; got \"shift\".",
    ),
    (
        ["--augment", "shfit=2"],
        'Invalid value for \'--augment\': Unknown change "shfit". Did you mean "shift"? Known: shift, rotate, zoom, '
        "shear, flip, brightness, contrast, noise, cut_out, elastic, elastic_grid, fill.",
    ),
    (
        ["--augment", "flip=sideways"],
        "Invalid value for '--augment': Unknown flip \"sideways\". Known: horizontal, vertical, both.",
    ),
    (["--augment", "zoom=0.1,zoom=0.2"], "Invalid value for '--augment': \"zoom\" stands there twice."),
]


@pytest.mark.parametrize(("words", "error"), USAGES, ids=[" ".join(words) for words, _ in USAGES])
def test_options_written_wrongly_exit_with_2(run, words, error):
    done = run("train", "digits", *words)
    assert done.exit_code == 2
    assert f"Error: {error}\n" in done.stderr


def test_fields_of_augment_from_text():
    assert augmentation("shift=0x3, fill=edge, elastic=1.5") == "shift=0x3, fill=edge, elastic=1.5"
    assert fields_of("shift=0x3, fill=edge, elastic=1.5") == {"shift": (0, 3), "fill": "edge", "elastic": 1.5}


def test_sizes_are_height_and_width():
    assert parse_size("64x48") == (64, 48)


REFUSED = [
    (["digits", "--size", 8], "--size is for pictures in files; digits has none."),
    (["digits", "--no-stream"], "--no-stream is for pictures in files; digits has none."),
    (["flowers.csv", "--fit", "pad"], "--fit is for pictures in files; flowers.csv has none."),
    (["flowers.csv", "--model", "lenet5"], "--model lenet5 is for pictures; flowers.csv is a table. Leave it out."),
    (["flowers.csv", "--augment", "shift=1"], "--augment is for pictures; flowers.csv is a table. Leave it out."),
    (
        ["digits", "--model", "small_cnn", "--layers", "8"],
        "--layers is not for the model small_cnn, which has its own. Leave it out, or use --model plain or small_vgg.",
    ),
    (
        ["digits", "--model", "small_vgg", "--activation", "tanh"],
        "--activation is not for the model small_vgg, which has its own. Leave it out, or use --model plain.",
    ),
]


@pytest.mark.parametrize(("words", "error"), REFUSED, ids=[" ".join(map(str, words)) for words, _ in REFUSED])
def test_options_that_do_not_belong_to_the_source(run, flowers, words, error):
    done = run("train", *words)
    assert (done.exit_code, done.stderr) == (1, f"Error: {error}\n")


def test_a_model_that_the_pictures_are_too_small_for(run):
    done = run("train", "digits", "--model", "lenet5")
    assert done.exit_code == 1
    assert done.stderr == (
        'Error: The model lenet5 does not fit pictures of 8×8 pixels; use another --model. Layer 3 "conv2d_2" '
        '(Conv2D): kernel (5, 5) is larger than its input, H=2, W=2. Use a kernel of at most 2, or padding="same".\n'
    )
