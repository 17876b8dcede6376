"""The command line: ``pellucid train``, ``predict``, ``evaluate``, ``summary``, ``activations``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command that the terminal gave."""
    try:
        from pellucid.cli.app import app

        app(prog_name="pellucid")
    except KeyboardInterrupt:
        print("Stopped by Ctrl-C.", file=sys.stderr)
        sys.exit(130)
