"""Exported programs of tables: built, run and compared with the network."""

import csv
import functools
import io
import subprocess
import sys

import numpy as np
from formats import FLAGS, assert_same, compiler

SANITIZED = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


def build_c(folder, *sources, binary="program", flags=()):
    made = subprocess.run([compiler(), *FLAGS, *flags, *sources, "-lm", "-o", binary], cwd=folder, capture_output=True)
    assert made.returncode == 0, made.stderr.decode()


@functools.cache
def sanitizers():
    """What there is of the compiler's checks of memory and of what C leaves undefined."""
    tried = subprocess.run(
        [compiler(), *SANITIZED, "-x", "c", "-", "-o", "/dev/null"], input=b"int main(void) { return 0; }", check=False
    )
    return SANITIZED if tried.returncode == 0 else []


def run_c(folder, *words, given=None):
    return subprocess.run(["./program", *words], cwd=folder, capture_output=True, input=given, check=False)


def run_python(folder, *words, given=None):
    command = [sys.executable, "-I", "n.py", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, input=given, check=False)


def read_answers(done):
    """(what stands above the columns, the rows) of a program's output."""
    assert (done.returncode, done.stderr) == (0, b""), done.stderr.decode()
    head, *rows = csv.reader(io.StringIO(done.stdout.decode()))
    return head, rows


def assert_says(done, net, rows):
    """The output of a program is what the network says of rows, with the names of classes."""
    head, said = read_answers(done)
    assert head == ["row", "predicted", *(f"p({name})" for name in net.class_names)]
    assert [row[0] for row in said] == [str(k + 1) for k in range(len(said))]
    assert_same(np.array([row[2:] for row in said], float).reshape(-1, 3), net.predict(rows))
    assert [row[1] for row in said] == net.predict_classes(rows).tolist()
