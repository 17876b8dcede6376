"""The command line: ``pellucid train``, ``predict``, ``evaluate``, ``summary``, ``activations``."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command that the terminal gave."""
    # Imports make many objects and hardly any garbage: to look for it as often as Python does, and through everything
    # once more at the end, takes a fifth of the time of a small training.
    gc.set_threshold(20_000, 50, 100)
    try:
        from pellucid.cli.app import app

        app(prog_name="pellucid")
    except KeyboardInterrupt:
        print("Stopped by Ctrl-C.", file=sys.stderr)
        sys.exit(130)
    finally:
        gc.freeze()
