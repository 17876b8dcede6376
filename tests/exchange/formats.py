"""Exported files, used by the tool that each is for: ``PREDICT`` has a row for every format, which gives a function."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess

import numpy as np
import pytest

FLAGS = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror"]
BATCHES = (1, 2, 33)
BOUND = 1e-5


def predict_onnx(path, net, **options):
    runtime = pytest.importorskip("onnxruntime")
    runtime.set_default_logger_severity(3)
    net.export(path / "net.onnx", **options)
    session = runtime.InferenceSession(path / "net.onnx", providers=["CPUExecutionProvider"])
    return lambda X: session.run(["output"], {"input": X})[0]


def predict_python(path, net, **options):
    net.export(path / "net.py", **options)
    return load_program(path / "net.py").predict


def load_program(file):
    spec = importlib.util.spec_from_file_location("program", file)
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    return program


def compiler():
    found = shutil.which("gcc") or shutil.which("cc")
    if found is None:
        pytest.skip("there is no C compiler here")
    return found


def predict_c(path, net, **options):
    net.export(path / "net.c", **options)
    subprocess.run([compiler(), *FLAGS, "-shared", "-fPIC", "net.c", "-lm", "-o", "net.so"], cwd=path, check=True)
    function = ctypes.CDLL(path / "net.so").predict
    return lambda X: call_c(function, net, X)


def call_c(function, net, X):
    """Sample by sample, as the function takes them."""
    floats = ctypes.POINTER(ctypes.c_float)
    inputs, outputs = np.ascontiguousarray(X, np.float32), np.zeros((len(X), net.output_units), np.float32)
    for x, y in zip(inputs, outputs, strict=True):
        function(x.ctypes.data_as(floats), y.ctypes.data_as(floats))
    return outputs.reshape(-1, *net.output_shape)


def import_keras():
    """Keras on PyTorch, the lightest of its backends to import."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    return pytest.importorskip("keras", reason="the peer Keras is not installed (pip install keras torch)")


def predict_keras(path, net, **options):
    pytest.importorskip("h5py")
    keras = import_keras()
    net.export(path / "net.keras", **options)
    model = keras.saving.load_model(path / "net.keras")
    return lambda X: keras.ops.convert_to_numpy(model(X))


def predict_torch(path, net, **options):
    torch = pytest.importorskip("torch")
    _, program = net.export(path / "net.safetensors", **options)
    module = load_program(program).load()
    return lambda X: module(torch.tensor(X)).detach().numpy()


PREDICT = {
    "onnx": predict_onnx, "keras": predict_keras, "torch": predict_torch, "python": predict_python, "c": predict_c,
}  # fmt: skip


def assert_same(found, expected):
    """Within 1e-5, of the value where that is above 1."""
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=BOUND, atol=BOUND)
