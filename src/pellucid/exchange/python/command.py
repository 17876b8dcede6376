"""What an exported Python program does as a command: predictions of a file as CSV."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

from pellucid import __version__
from pellucid.exchange.answers import answer_columns
from pellucid.exchange.python import table as t
from pellucid.exchange.python.preparation import wrapped
from pellucid.exchange.text import one_line

if TYPE_CHECKING:
    from pellucid.exchange.python.write import Program


def title(p: Program, file: str) -> str:
    """The program's docstring, which its help prints too."""
    net, name = p.net, one_line(file)
    if p.table is not None:
        given, names = "table.csv", "first line holds the columns' names" if p.table.named else "columns have no names"
        takes = [
            f"A CSV file whose {names}, or - for standard input. An empty cell is a missing value.",
            "In Python: predict(rows), where rows are the path of such a file or a list of dicts by column; and",
            "predict_prepared(X) for inputs as the network takes them, which prepare(rows) makes.",
        ]
    else:
        count, shape = math.prod(net.input_shape), "×".join(map(str, net.input_shape))
        given = "samples.csv"
        takes = [
            f"A CSV file with the {count} numbers of one sample ({shape}, the last axis running fastest) in each line,",
            f"- for standard input, or a .npy file (N, {', '.join(map(str, net.input_shape))}).",
            *(["Pictures with the channels last, their numbers as in training."] if len(net.input_shape) == 3 else []),
            "In Python: predict(X).",
        ]
    about = f"The network {one_line(net.name)}, as a program that needs NumPy alone. Made by Pellucid {__version__}."
    return "\n".join(
        [f'"""{about}', "", f"    python {name} {given}    writes predictions as CSV", "", *takes, '"""', ""]
    )


def command(p: Program) -> str:
    """The function ``main``, and the call of it."""
    net = p.net
    columns, both = answer_columns(net)
    outputs = "predict(file)"
    if p.table is None:
        names = ", FEATURE_NAMES" if net.feature_names else ""
        outputs = f"predict({p.function(t.read_samples)}(file, INPUT_SHAPE{names}))"
    p.modules |= {"csv", "os", "sys"}
    says = ["classes_of(outputs)"] if net.class_names else [] if columns else ["outputs[:, 0]"]
    head = ["row", *(["predicted"] if says else []), *columns]
    lines = [
        "if len(sys.argv) != 2 or sys.argv[1] in (\"-h\", \"--help\"):",
        "    print(__doc__)",
        *(['    print("The columns:", ", ".join(COLUMNS))'] if p.table is not None else []),
        "    sys.exit(len(sys.argv) != 2)",
        "file = sys.argv[1]",
        "try:",
        f"    outputs = {outputs}.reshape(-1, {net.output_units})",
        "except (OSError, ValueError) as error:",
        '    sys.exit(f"Error: {error}")',
        *([f"said = {says[0]}"] if says else []),
        *(["outputs = np.column_stack([1 - outputs, outputs])  # of both classes"] if both else []),
        'writer = csv.writer(sys.stdout, lineterminator="\\n")',
        "try:",
        textwrap.indent(wrapped("writer.writerow([", map(repr, head), "])"), "    "),
        "    for k in range(len(outputs)):",
        f"        writer.writerow([k + 1, {'said[k], ' if says else ''}{'*map(str, outputs[k])' if columns else ''}])",
        "    sys.stdout.flush()",
        "except BrokenPipeError:  # who reads has had enough, as head has after some lines",
        "    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())",
    ]  # fmt: skip
    body = textwrap.indent("\n".join(lines).replace(", ])", "])"), "    ")
    return (
        f'\ndef main():\n    """Write what the network says of a file\'s rows."""\n{body}\n\n\n'
        'if __name__ == "__main__":\n    main()\n'
    )
