"""The source of functions and of everything that they use, fit to stand in a file of its own."""

from __future__ import annotations

import ast
import inspect
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
    tree = _Plain().visit(ast.parse(textwrap.dedent(inspect.getsource(function))))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in function.__globals__ and node.id != function.__name__:
            used = function.__globals__[node.id]
            if isinstance(used, FunctionType):
                _take(used, lines, sources)
            elif isinstance(used, ModuleType):
                short = "" if node.id == used.__name__ else f" as {node.id}"
                lines.add(f"import {used.__name__}{short}")
            else:
                assert isinstance(used, (int, float)), f"{function.__name__} uses {node.id}, which cannot be copied"
                lines.add(f"{node.id} = {used!r}")
    sources[function.__name__] = ast.unparse(tree)


class _Plain(ast.NodeTransformer):
    """Takes annotations out."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.returns = None
        for argument in (*node.args.args, *node.args.kwonlyargs):
            argument.annotation = None
        return node
