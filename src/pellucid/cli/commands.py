"""The commands by name. A command's module is imported when it is called, so that each starts at once."""

from __future__ import annotations

import importlib
from typing import Any

import typer
from typer.core import TyperCommand

from pellucid.cli.failures import Failing
from pellucid.cli.words import read_plainly

# Name: the module it is in, where that has another name, and what it does. An epilog is EPILOG of the module.
COMMANDS = {
    "train": ("train", "Train a network on a data set, pictures or a table."),
    "repeat": ("repeat", "Train as a run did, and compare the weights."),
    "evaluate": ("evaluate", "How well a saved network does on data."),
    "predict": ("predict", "What a saved network says about rows or pictures."),
    "summary": ("summary", "What a saved network is."),
    "export": ("export", "Write a saved network for another tool."),
    "step": ("step", "Training steps layer by layer, every number shown."),
    "diagram": ("diagram", "Draw a saved network, and one sample's numbers in it."),
    "features": ("look", "What units look for; why a row was predicted so."),
    "boundary": ("look", "Decision boundary, curve, or hidden space."),
    "learning": ("look", "Curves of a training; weights over time."),
    "doctor": ("doctor", "What is wrong with a network, its data, its training."),
    "worksheet": ("worksheet", "Training steps as a workbook of live formulas."),
    "report": ("report", "Write one HTML file about a training."),
    "activations": ("activations", "List or draw the activations."),
    "augment": ("augment", "Draw pictures and random versions of them."),
}


def make_command(name: str) -> Any:
    """The command, with its options."""
    module, short = COMMANDS[name]
    found = importlib.import_module(f"pellucid.cli.{module}")
    epilog = getattr(found, f"{name.upper()}_EPILOG", None) or getattr(found, "EPILOG", None)
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(name, cls=Command, epilog=epilog, short_help=short)(getattr(found, name))
    return typer.main.get_command(alone)


class Command(TyperCommand):
    """One command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        read_plainly(self.get_params(ctx))
        return super().parse_args(ctx, args)


class Commands(Failing):
    """The group of all commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        read_plainly(self.get_params(ctx))
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        if cmd_name not in self.commands:
            self.commands[cmd_name] = make_command(cmd_name)
        return self.commands[cmd_name]

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in COMMANDS:
            for name in COMMANDS:  # so that the nearest name is suggested
                self.get_command(ctx, name)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, short) for name, (_, short) in COMMANDS.items()])
