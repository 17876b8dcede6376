"""How a command fails: one line on stderr and an exit code, instead of a traceback."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

FAILED, STOPPED = 1, 130
DEBUG = "pellucid debug"


def _remember(ctx: typer.Context, asked: bool) -> bool:
    if asked:
        ctx.find_root().meta[DEBUG] = True
    return asked


Debug = Annotated[
    bool, typer.Option("--debug", callback=_remember, is_eager=True, help="Show where in the program an error arose.")
]


class Failing(TyperGroup):
    """A group of commands; an error of any of them ends here."""

    def invoke(self, ctx: Any) -> Any:
        from pellucid.errors import PellucidError

        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise _end("Stopped by Ctrl-C; nothing was written.", STOPPED) from None
        except BrokenPipeError:  # the reader of our output, `head` for instance, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(FAILED) from None
        except (PellucidError, OSError, MemoryError) as error:
            if ctx.meta.get(DEBUG):
                raise
            raise _end(f"Error: {_words(error)}", FAILED) from None


def _words(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror}."
    if isinstance(error, MemoryError):
        return "There is not enough memory for this. Use fewer samples, smaller layers, or a smaller --batch-size."
    return str(error)


def _end(words: str, code: int) -> typer.Exit:
    typer.echo(words, err=True)
    return typer.Exit(code)
