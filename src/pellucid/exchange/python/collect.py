"""The source of functions and of everything that they use, fit to stand in a file of its own."""

from __future__ import annotations

import ast
import inspect
import itertools
import pprint
import re
import textwrap
from collections.abc import Callable, Iterable
from types import FunctionType, ModuleType
from typing import Any


def collect(functions: Iterable[Callable[..., Any]]) -> tuple[list[str], list[str]]:
    """Lines that import modules and set constants, and the functions' sources, each after those that it uses.

    >>> from pellucid.activations.formulas import selu
    >>> lines, sources = collect([selu])
    >>> lines
    ['import numpy as np', 'SELU_ALPHA = 1.6732632423543772', 'SELU_SCALE = 1.0507009873554805']
    >>> print(sources[-1])
    def selu(z):
        return SELU_SCALE * where(z > 0.0, z, SELU_ALPHA * (exp(minimum(z, 0.0)) - 1.0))
    """
    lines: set[str] = set()
    sources: dict[str, str] = {}
    for function in functions:
        _take(function, lines, sources)
    return sorted(lines, key=lambda line: (not line.startswith("import"), line)), list(sources.values())


def _take(function: Callable[..., Any], lines: set[str], sources: dict[str, str]) -> None:
    assert isinstance(function, FunctionType)
    if function.__name__ in sources:
        return
    source = textwrap.dedent(inspect.getsource(function))
    tree = ast.parse(source)
    inside = [getattr(node, field, None) for node in ast.walk(tree) for field in ("annotation", "returns")]
    taken_out = {id(node) for annotation in inside if annotation for node in ast.walk(annotation)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Name) or id(node) in taken_out:
            continue
        if node.id in function.__globals__ and node.id != function.__name__:
            used = function.__globals__[node.id]
            if isinstance(used, FunctionType):
                _take(used, lines, sources)
            elif isinstance(used, ModuleType):
                short = "" if node.id == used.__name__ else f" as {node.id}"
                lines.add(f"import {used.__name__}{short}")
            else:
                plain = isinstance(used, (int, float, str, tuple, dict))
                assert plain, f"{function.__name__} uses {node.id}, which cannot be copied"
                lines.add(f"{node.id} = {pprint.pformat(used, width=110, compact=True, sort_dicts=False)}")
    sources[function.__name__] = _without_annotations(source, tree)


def _without_annotations(source: str, tree: ast.AST) -> str:
    """The source with its comments, but without annotations and what is said to other tools."""
    lines = source.encode().splitlines(keepends=True)
    starts = [0, *itertools.accumulate(map(len, lines))]
    text = b"".join(lines)

    def end(node: Any) -> int:
        place: int = starts[node.end_lineno - 1] + node.end_col_offset
        return place

    cuts = []
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.annotation is not None:
            first = starts[node.lineno - 1] + node.col_offset + len(node.arg.encode())
            cuts.append((first, end(node.annotation), b""))
            if text[end(node.annotation) :].startswith(b" = "):
                cuts.append((end(node.annotation), end(node.annotation) + 3, b"="))
        if isinstance(node, ast.AnnAssign):
            cuts.append((end(node.target), end(node.annotation), b""))
        if isinstance(node, ast.FunctionDef) and node.returns is not None:
            arrow = text.rindex(b" ->", 0, starts[node.returns.lineno - 1] + node.returns.col_offset)
            cuts.append((arrow, end(node.returns), b""))
    for first, last, instead in sorted(cuts, reverse=True):
        text = text[:first] + instead + text[last:]
    return re.sub(r"  # (fmt|type|noqa)\b[^\n]*", "", text.decode()).strip()
