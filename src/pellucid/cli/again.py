"""The command of a run, done again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pellucid.cli.work import Work


def train_again(config: Mapping[str, Any], work: Work, **changed: Any) -> None:
    """Do the command of a run again, as the work does it; ``changed`` are other values of options."""
    context = command_of(config, work)
    context.params.update(changed)
    with context:
        context.command.invoke(context)


def command_of(config: Mapping[str, Any], work: Work | None = None) -> Any:
    """The command of a run, read as if it had been typed now."""
    from pellucid.cli.commands import make_command

    return make_command("train").make_context("train", shlex.split(config["command"])[2:], obj=work)
