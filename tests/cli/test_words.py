"""Words of the command line as values, and what is said about those that will not do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from pellucid.cli.commands import COMMANDS, Command, make_command
from pellucid.cli.words import Reader, read_plainly


@pytest.fixture
def read():
    """What a command is given for its options."""
    app, given = typer.Typer(rich_markup_mode=None), {}

    @app.command(cls=Command)
    def take(
        path: Annotated[Path, typer.Argument(metavar="FILE")],
        count: Annotated[int, typer.Option(min=1, max=9)] = 3,
        share: Annotated[float | None, typer.Option(min=0)] = None,
        name: Annotated[list[str] | None, typer.Option()] = None,
        loud: Annotated[bool, typer.Option()] = False,
    ) -> None:
        given.update(path=path, count=count, share=share, name=name, loud=loud)

    def run(*words):
        given.clear()
        done = CliRunner().invoke(app, list(words))
        return given if done.exit_code == 0 else done.stderr.splitlines()[-1]

    return run


def test_values_have_their_types(read):
    assert read("a b") == {"path": Path("a b"), "count": 3, "share": None, "name": None, "loud": False}
    found = read("x", "--count", "9", "--share", "1e-3", "--name", "one", "--name", "2", "--loud")
    assert found == {"path": Path("x"), "count": 9, "share": 0.001, "name": ["one", "2"], "loud": True}
    assert type(found["count"]) is int


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--count", "0"], "'--count': expected a whole number from 1 to 9, got 0."),
        (["--count", "10"], "'--count': expected a whole number from 1 to 9, got 10."),
        (["--count", "2.5"], "'--count': expected a whole number from 1 to 9, got 2.5."),
        (["--count", "two"], "'--count': expected a whole number from 1 to 9, got two."),
        (["--share", "-0.1"], "'--share': expected a number of at least 0, got -0.1."),
        (["--share", "half"], "'--share': expected a number of at least 0, got half."),
    ],
    ids=" ".join,
)
def test_what_will_not_do_is_said(read, words, said):
    assert read("x", *words) == f"Error: Invalid value for {said}"


def test_a_missing_argument_is_said(read):
    assert read() == "Error: Missing argument 'FILE'."


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_every_command_is_read_plainly(name):
    """An option of another type would bring pydantic along; releases of Typer before that have no such place."""
    command = make_command(name)
    with command.make_context(name, [], resilient_parsing=True) as context:
        for parameter in command.get_params(context):
            if hasattr(parameter, "type_descriptor"):
                assert isinstance(parameter.get_runtime_param(), Reader), parameter.name


class Described:
    """A parameter of a release of Typer that has other parts."""

    def __init__(self, **parts):
        self.__dict__ |= parts


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"type_descriptor": None, "get_runtime_param": None},
        {"type_descriptor": Described(annotation=int), "get_runtime_param": None},
        {"type_descriptor": Described(annotation=int, parameter_info=Described())},
        {"type_descriptor": Described(annotation=complex, parameter_info=Described()), "get_runtime_param": None},
    ],
    ids=["no parts", "no description", "no limits", "no place", "another type"],
)
def test_a_parameter_of_another_release_is_left_as_it_is(parts):
    parameter = Described(**parts)
    read_plainly([parameter])
    assert vars(parameter) == parts


def test_typers_own_way_gives_the_same_values(read, monkeypatch):
    """What a release of Typer without the place does."""
    words = ("x", "--count", "9", "--share", "1e-3", "--name", "one", "--name", "2", "--loud")
    plainly = read(*words)
    monkeypatch.setattr("pellucid.cli.commands.read_plainly", lambda parameters: None)
    assert read(*words) == plainly
