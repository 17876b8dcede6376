"""ONNX files that PyTorch's own exporter writes."""

import io
import warnings

import numpy as np
import pytest
from formats import assert_same

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from pellucid import from_onnx  # noqa: E402

nn = torch.nn


class Block(nn.Module):
    """A block of a residual network."""

    def __init__(self, channels, filters, stride=1):
        super().__init__()
        self.path = nn.Sequential(
            nn.Conv2d(channels, filters, 3, stride, 1, bias=False), nn.BatchNorm2d(filters), nn.ReLU(),
            nn.Conv2d(filters, filters, 3, 1, 1, bias=False), nn.BatchNorm2d(filters),
        )  # fmt: skip
        self.side = nn.Identity() if stride == 1 else nn.Conv2d(channels, filters, 1, stride, bias=False)

    def forward(self, x):
        return torch.relu(self.path(x) + self.side(x))


class View(nn.Module):
    """As many models flatten."""

    def forward(self, x):
        return x.view(x.size(0), -1)


ACTIVATIONS = [
    nn.ELU(0.7), nn.SELU(), nn.GELU(), nn.SiLU(), nn.Softplus(), nn.Softsign(), nn.Hardsigmoid(), nn.LeakyReLU(0.2),
    nn.Tanh(), nn.Sigmoid(), nn.PReLU(), nn.Identity(), nn.Dropout(0.3), nn.Softmax(1),
]  # fmt: skip
MODELS = {
    "activations": ((4,), [m for f in ACTIVATIONS for m in (nn.Linear(4, 4), f)]),
    "lenet": ((1, 24, 24), [nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(),
                            nn.MaxPool2d(2), nn.Flatten(), nn.Linear(256, 20), nn.BatchNorm1d(20), nn.Linear(20, 9)]),
    "view": ((3, 10, 10), [nn.Conv2d(3, 4, 3, 2, 1), nn.ReLU(), View(), nn.LayerNorm(100), nn.Linear(100, 2)]),
    "resnet": ((3, 8, 8), [nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), Block(4, 4), Block(4, 6, 2),
                           nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 5)]),
    "groups": ((4, 9, 9), [nn.Conv2d(4, 4, 3, dilation=2, padding=2, groups=2), nn.SiLU(), nn.Conv2d(4, 4, 3, groups=4),
                           nn.GELU(), nn.AvgPool2d(2, ceil_mode=True, count_include_pad=False)]),
    "depth": ((3, 17, 17), [nn.Conv2d(3, 4, 7, 2, 3), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]),
}  # fmt: skip


def move(model):
    """Give what starts at 0 or 1 other values, so that a mistake shows."""
    for part in model.modules():
        if isinstance(part, (nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm)):
            part.weight.data.uniform_(-1, 1.5)
            part.bias.data.normal_()
        if isinstance(part, (nn.BatchNorm1d, nn.BatchNorm2d)):
            part.running_mean.normal_()
            part.running_var.uniform_(0.5, 2)
    return model.eval()


@pytest.mark.parametrize("opset", [13, 17, 20])
@pytest.mark.parametrize("folded", [True, False])
@pytest.mark.parametrize("name", MODELS)
def test_reads_what_torch_writes(name, opset, folded, tmp_path):
    torch.manual_seed(1)
    shape, layers = MODELS[name]
    model, buffer = move(nn.Sequential(*layers)), io.BytesIO()
    mode = torch.onnx.TrainingMode.EVAL if folded else torch.onnx.TrainingMode.PRESERVE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model, (torch.zeros(1, *shape),), buffer, dynamo=False, opset_version=opset, do_constant_folding=folded,
            training=mode, input_names=["x"], dynamic_axes={"x": {0: "n"}} if folded else None,
        )  # fmt: skip
    (tmp_path / "torch.onnx").write_bytes(buffer.getvalue())
    net = from_onnx(tmp_path / "torch.onnx")
    for count in (1, 2, 33):
        X = torch.randn(count, *shape)
        expected = model(X).detach().numpy()
        found = net.predict(X.numpy().transpose(0, 2, 3, 1) if len(shape) == 3 else X.numpy())
        assert_same(np.ascontiguousarray(found.transpose(0, 3, 1, 2)) if found.ndim == 4 else found, expected)
