"""Options that were typed but would be without effect: they are refused, not passed over."""

from __future__ import annotations

import typer

from pellucid.errors import DescriptionError

NO_DATA = "is about DATA, and none was named. Name it, or leave the option out."


def refuse(ctx: typer.Context, names: tuple[str, ...], why: str) -> None:
    """Refuse the first of these parameters that was typed.

    Parameters
    ----------
    names : tuple of str
        As the command's function calls them.
    why : str
        What is said behind the option's name.

    Raises
    ------
    DescriptionError
    """
    for parameter in ctx.command.params:
        name = str(parameter.name)
        source = ctx.get_parameter_source(name)
        if name in names and source is not None and source.name == "COMMANDLINE":
            option = parameter.opts[0] if parameter.param_type_name == "option" else name.upper()
            raise DescriptionError(f"{option} {why}")
