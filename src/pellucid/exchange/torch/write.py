"""A network as a module of PyTorch, and as files: the state dict, and a program that builds the module."""

from __future__ import annotations

import ast
import json
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.errors import DescriptionError
from pellucid.exchange.own import describe
from pellucid.exchange.prepared import prepared_inputs
from pellucid.exchange.text import one_line
from pellucid.exchange.torch.package import find_torch
from pellucid.exchange.torch.parts import Part, network_parts
from pellucid.exchange.torch.state import to_state_dict

if TYPE_CHECKING:
    from pellucid.network import Network

ENDINGS = (".safetensors", ".pt", ".pth")


def to_torch(net: Network) -> Any:
    """The network as an ``nn.Sequential`` of PyTorch, with the same weights, set to evaluate.

    It takes what ``net.predict`` takes, as a tensor: pictures with their channels last. Its first module turns them to
    torch's order, and a Linear after ``Flatten`` has its weights in that order, so the modules and the state dict are
    those that a user of torch would write. What torch has no module for, such as ``Residual``, is a small module of
    ``pellucid.exchange.torch.modules``. Augment is left out; Dropout acts after ``module.train()``.

    Parameters
    ----------
    net : Network

    Returns
    -------
    torch.nn.Sequential

    Raises
    ------
    PellucidError
        torch is not installed.

    Examples
    --------
    >>> from pellucid import Dense, Input, Network, to_torch
    >>> print(to_torch(Network([Input(4), Dense(8, "relu"), Dense(3)])))
    Sequential(
      (dense_1): Linear(in_features=4, out_features=8, bias=True)
      (dense_1_relu): ReLU()
      (dense_2): Linear(in_features=8, out_features=3, bias=True)
    )
    """
    torch = find_torch()
    module = make(network_parts(net)).to(getattr(torch, net.dtype))
    module.load_state_dict({name: torch.from_numpy(array) for name, array in to_state_dict(net).items()})
    module.pellucid = json.dumps(describe(net))
    return module.eval()


def make(part: Part) -> Any:
    """The module that is described."""
    nn = find_torch().nn
    if part.kind == "Sequential":
        return nn.Sequential(OrderedDict((one.name, make(one)) for one in part.parts))
    from pellucid.exchange.torch import modules

    made = getattr(modules, part.kind, None) or getattr(nn, part.kind)
    return made(*part.given, *(make(one) for one in part.parts), **part.options)


def export(net: Network, path: Path) -> tuple[Path, ...]:
    """Write the state dict, and beside it a program that builds the module and loads it.

    The module takes prepared inputs. Of a network that was trained on a table, the program says in a comment how they
    are made, and ``from_torch`` gets the preparation back from a ``.safetensors`` file.

    Parameters
    ----------
    net : Network
    path : Path
        ``.safetensors``, which needs no torch to be written and can hold no code; or ``.pt``, which
        ``torch.load(path, weights_only=True)`` reads.

    Returns
    -------
    tuple of Path
        The state dict, and ``NAME_torch.py``.

    Raises
    ------
    DescriptionError
        Another ending.
    """
    import io

    from safetensors.numpy import save

    from pellucid.record.model_file import write_whole

    state, suffix = to_state_dict(net), path.suffix.lower()
    if suffix not in ENDINGS:
        raise DescriptionError(f'{path}: a file for PyTorch ends with .safetensors or .pt, got "{path.suffix}".')
    if suffix == ".safetensors":
        content = save(state, metadata={"pellucid": json.dumps(describe(net))})
    else:
        torch, buffer = find_torch(), io.BytesIO()
        torch.save({name: torch.from_numpy(array) for name, array in state.items()}, buffer)
        content = buffer.getvalue()
    program = path.with_name(f"{path.stem}_torch.py")
    text = write_program(net, path)
    write_whole(path, content)
    write_whole(program, text.encode())
    return path, program


def write_program(net: Network, path: Path) -> str:
    """The program's text."""
    part = network_parts(net)
    used = {one.kind for one in _all(part)}
    classes = [text for name, text in _sources().items() if name in used]
    load = "load_file(path)" if path.suffix == ".safetensors" else "torch.load(path, weights_only=True)"
    lines = [
        f'"""{one_line(net.name)}: a module of PyTorch, written by Pellucid.',
        "",
        f"    module = load()  # {_shape(net.input_shape)} in, {_shape(net.output_shape)} out; set to evaluate",
        '"""',
        "",
        *(f"# {line}" for line in prepared_inputs(net)),
        "from collections import OrderedDict",
        "from pathlib import Path",
        "",
        "import torch",
        *(["from safetensors.torch import load_file"] if path.suffix == ".safetensors" else []),
        "from torch import nn",
        "",
        f"WEIGHTS = Path(__file__).with_name({path.name!a})",
        "",
        *(f"\n{text}\n" for text in classes),
        "",
        "def build():",
        '    """The module with fresh weights."""',
        f"    module = {_expression(part, 1, used & set(_sources()))}",
        f"    return module.to(torch.{net.dtype})",
        "",
        "",
        "def load(path=WEIGHTS):",
        '    """The module with its weights."""',
        "    module = build()",
        f"    module.load_state_dict({load})",
        "    return module.eval()",
    ]
    return "\n".join(lines) + "\n"


def _shape(shape: tuple[int, ...]) -> str:
    return f"({', '.join(['N', *map(str, shape)])})"


def _all(part: Part) -> list[Part]:
    return [part, *(one for inner in part.parts for one in _all(inner))]


def _expression(part: Part, depth: int, own: set[str]) -> str:
    """The call that makes a module."""
    indent = "    " * (depth + 1)
    if part.kind == "Sequential":
        rows = "".join(f'{indent}("{one.name}", {_expression(one, depth + 1, own)}),\n' for one in part.parts)
        return f"nn.Sequential(OrderedDict([\n{rows}{indent[4:]}]))" if rows else "nn.Sequential()"
    words = [_plain(given) for given in part.given]
    words += [_expression(one, depth, own) for one in part.parts]
    words += [f"{name}={_plain(value)}" for name, value in part.options.items()]
    return f"{'' if part.kind in own else 'nn.'}{part.kind}({', '.join(words)})"


def _plain(value: Any) -> str:
    return repr(value).replace("-inf", 'float("-inf")')


def _sources() -> dict[str, str]:
    """The text of every class in ``modules.py``, read without running it, so that torch need not be there."""
    text = Path(__file__).with_name("modules.py").read_text(encoding="utf-8")
    return {
        node.name: ast.get_source_segment(text, node) or ""
        for node in ast.parse(text).body
        if isinstance(node, ast.ClassDef)
    }
