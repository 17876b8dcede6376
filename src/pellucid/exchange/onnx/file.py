"""An ONNX file opened with care: nothing in it runs, and no size in it is believed before it has been compared."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import ModelFileError
from pellucid.exchange.onnx.package import find_onnx

LARGEST = 2**31  # bytes of a protobuf message


def read_model(path: Path) -> Any:
    """The file as ``onnx.ModelProto``, with a graph and a set of operators.

    Raises
    ------
    ModelFileError
        There is no such file, or it is no ONNX model.
    """
    onnx = find_onnx()
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    if not path.is_file():
        raise ModelFileError(f"{path}: {'this is a folder' if path.is_dir() else 'there is no such file'}.")
    try:
        if path.stat().st_size > LARGEST:
            raise ModelFileError(f"{path}: an ONNX file holds at most 2 GB; larger weights lie in files beside it.")
        model = onnx.ModelProto.FromString(path.read_bytes())
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except (DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ModelFileError(f"{path}: not an ONNX model, or damaged ({error}).") from error
    if not model.HasField("graph") or not model.graph.node:
        raise ModelFileError(f"{path}: not an ONNX model, or damaged (there is no graph in it).")
    return model


def opset(model: Any, where: object) -> int:
    """The model's set of ONNX's own operators."""
    for given in model.opset_import:
        if given.domain in ("", "ai.onnx"):
            return int(given.version)
    raise ModelFileError(f"{where}: damaged (it does not say which operators it uses).")


def array(tensor: Any, folder: Path, where: object) -> NDArray[Any]:
    """A tensor's numbers.

    ``folder`` is where files with weights beside the model are looked for, and nowhere else.

    Raises
    ------
    ModelFileError
        Its shape and its numbers do not agree, it has an unknown type, or its file lies elsewhere.
    """
    onnx = find_onnx()
    what = f'{where}: the tensor "{tensor.name}"'
    dims = list(tensor.dims)
    try:
        dtype = np.dtype(onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type))
    except (KeyError, ValueError, TypeError) as error:
        raise ModelFileError(f"{what} has an unknown type ({tensor.data_type}).") from error
    if dtype.kind not in "fiub" or tensor.HasField("segment"):
        raise ModelFileError(f"{what} holds no plain numbers.")
    if any(size < 0 for size in dims):
        raise ModelFileError(f"{what} has the shape {tuple(dims)}, which is damaged.")
    count = math.prod(dims)
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        raw = _beside(tensor, folder, count * dtype.itemsize, what)
    elif tensor.HasField("raw_data"):
        raw = bytes(tensor.raw_data)
    else:
        return _listed(tensor, dtype, count, what).reshape(dims)
    if len(raw) != count * dtype.itemsize:
        raise ModelFileError(f"{what} has the shape {tuple(dims)}, but {len(raw):,} bytes of numbers. It is damaged.")
    return np.frombuffer(raw, dtype.newbyteorder("<")).astype(dtype).reshape(dims)


def _listed(tensor: Any, dtype: np.dtype[Any], count: int, what: str) -> NDArray[Any]:
    """Numbers that lie in the message's lists."""
    fields = {"float32": "float_data", "float64": "double_data", "int64": "int64_data"}
    given = getattr(tensor, fields.get(dtype.name, "int32_data"))
    if dtype.name not in (*fields, "int32", "bool", "int8", "uint8") or len(given) != count:
        raise ModelFileError(f"{what} has the shape {tuple(tensor.dims)}, but {len(given):,} numbers. It is damaged.")
    return np.array(given, dtype)


def _beside(tensor: Any, folder: Path, wanted: int, what: str) -> bytes:
    """Numbers that lie in a file beside the model."""
    about = {entry.key: entry.value for entry in tensor.external_data}
    name = about.get("location", "")
    home = folder.resolve()
    file = (home / name).resolve()
    if not name or Path(name).is_absolute() or not file.is_relative_to(home) or not file.is_file():
        raise ModelFileError(
            f'{what} lies in "{name}", which is no file in {folder}. Put the model and its files there.'
        )
    try:
        offset, length = int(about.get("offset", 0)), int(about.get("length", wanted))
    except ValueError as error:
        raise ModelFileError(f"{what} lies at no place in {name} ({error}).") from error
    if offset < 0 or length != wanted or offset + length > file.stat().st_size:
        raise ModelFileError(f"{what} needs {wanted:,} bytes of {name} from {offset:,} on, but they are not there.")
    with file.open("rb") as opened:
        opened.seek(offset)
        return bytes(opened.read(length))
