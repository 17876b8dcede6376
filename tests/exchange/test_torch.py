"""PyTorch's modules and state dicts, both ways, and the files for them."""

import sys
import warnings

import numpy as np
import pytest
from formats import assert_same, load_program

torch = pytest.importorskip("torch")

from test_onnx_damaged import mutations  # noqa: E402
from test_onnx_of_torch import MODELS, Block, View, move  # noqa: E402

from pellucid import Conv2D, Dense, Flatten, Input, MaxPool2D, Network, from_torch, to_torch  # noqa: E402
from pellucid.errors import DataError, DescriptionError, ModelFileError, PellucidError  # noqa: E402
from pellucid.exchange.samples import draw  # noqa: E402
from pellucid.exchange.torch.parts import TAKEN  # noqa: E402
from pellucid.exchange.torch.state import from_state_dict, to_state_dict  # noqa: E402

nn = torch.nn


def network(**options):
    layers = [
        Input((6, 5, 2)),
        Conv2D(3, 3, 2, "same", activation="relu"),
        MaxPool2D(2),
        Flatten(),
        Dense(4, "softmax"),
    ]
    return Network(layers, seed=4, **options)


def plain():
    """The same network as users of torch write it."""
    return nn.Sequential(nn.ZeroPad2d((1, 1, 0, 1)), nn.Conv2d(2, 3, 3, 2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                         nn.Linear(3, 4), nn.Softmax(1))  # fmt: skip


KNOWN = [name for name, (_, layers) in MODELS.items() if not any(isinstance(m, (Block, View)) for m in layers)]


@pytest.mark.parametrize("name", [name for name in KNOWN if name != "depth"])
def test_reads_torchs_own_modules(name):
    torch.manual_seed(1)
    shape, layers = MODELS[name]
    model = move(nn.Sequential(*layers))
    net = from_torch(model, shape)
    for count in (1, 2, 33):
        X = torch.randn(count, *shape)
        expected = model(X).detach().numpy()
        found = net.predict(X.numpy().transpose(0, 2, 3, 1) if len(shape) == 3 else X.numpy())
        assert_same(np.ascontiguousarray(found.transpose(0, 3, 1, 2)) if found.ndim == 4 else found, expected)


def test_flatten_takes_torchs_order_into_the_next_weights():
    model = nn.Sequential(nn.Conv2d(2, 3, 2), nn.Flatten(1), nn.Dropout(0.2), nn.Linear(3 * 3 * 2, 4))
    net, X = from_torch(model, (2, 4, 3)), torch.randn(5, 2, 4, 3)
    assert_same(net.predict(X.numpy().transpose(0, 2, 3, 1)), model.eval()(X).detach().numpy())
    weights = net.weights["dense_1.weights"].reshape(3, 2, 3, 4)
    assert (weights.transpose(3, 2, 0, 1).reshape(4, 18) == model[3].weight.detach().numpy()).all()


def test_the_state_dict_of_a_module_that_is_built_alike():
    model, net = plain(), network()
    from_state_dict(net, model.state_dict())
    X = torch.randn(3, 2, 6, 5)
    assert_same(net.predict(X.numpy().transpose(0, 2, 3, 1)), model(X).detach().numpy())
    model.load_state_dict({
        name: torch.tensor(array) for name, array in zip(model.state_dict(), to_state_dict(net).values(), strict=True)
    })  # fmt: skip
    assert_same(net.predict(X.numpy().transpose(0, 2, 3, 1)), model(X).detach().numpy())


def test_state_dicts_that_do_not_fit():
    net = Network([Input(2), Dense(1)])
    for state, words in (
        ({"w": np.ones((1, 2))}, "The network has 2 arrays in torch's order, the state dict 1. Expected: "
                                 "dense_1.weight, dense_1.bias. Got: w."),
        ({"w": np.ones((2, 1)), "b": np.ones(1)}, 'State dict: "dense_1.weight" should have shape (1, 2), got (2, 1).'),
        ({"w": np.array(["x"]), "b": np.ones(1)}, 'State dict: "w" holds no numbers (<U1).'),
        ([1], "from_state_dict takes a dict of arrays by name, got list."),
    ):  # fmt: skip
        with pytest.raises(DataError) as found:
            from_state_dict(net, state)
        assert str(found.value) == words


def test_the_state_dict_needs_no_torch(tmp_path, monkeypatch):
    net = network()
    monkeypatch.setitem(sys.modules, "torch", None)
    file, _ = net.export(tmp_path / "n.safetensors")
    assert (from_torch(file).parameters == net.parameters).all()
    again = network(dtype="float64")
    from_state_dict(again, to_state_dict(net))
    assert (again.parameters == net.parameters).all()
    with pytest.raises(PellucidError) as found:
        to_torch(net)
    assert str(found.value) == "Modules of PyTorch need the package torch. Install it with: pip install torch"


def test_a_module_trains_on_and_comes_back():
    net = network()
    net.compile("categorical_crossentropy", "adam")
    module, X = to_torch(net), draw(net, 4)
    with torch.no_grad():
        module.conv2d_1.weight += 0.5
    again = from_torch(module)
    assert again.to_dict() == net.to_dict()
    assert again.compile_settings() == net.compile_settings()
    assert_same(again.predict(X), module(torch.tensor(X)).detach().numpy())
    np.testing.assert_allclose(again.weights["conv2d_1.weights"] - net.weights["conv2d_1.weights"], 0.5, atol=1e-6)


def test_a_changed_module_is_what_comes_back():
    module, X = to_torch(network()), draw(network(), 4)
    module.conv2d_1_relu = nn.Tanh()
    with pytest.warns(UserWarning, match=r"\(its modules are others\). Its modules are read.") as found:
        net = from_torch(module, (6, 5, 2))
    assert found[0].filename == __file__
    assert_same(net.predict(X), module(torch.tensor(X)).detach().numpy())


@pytest.mark.parametrize("ending", ["safetensors", "pt"])
def test_files_and_a_planted_fault(ending, tmp_path):
    net = network()
    state, program = net.export(tmp_path / f"n.{ending}", to="torch")
    assert [state.name, program.name] == [f"n.{ending}", "n_torch.py"]
    X = draw(net, 3)
    assert_same(load_program(program).load()(torch.tensor(X)).detach().numpy(), net.predict(X))
    program.write_text(program.read_text().replace("nn.ReLU()", "nn.Tanh()"))
    with pytest.raises(AssertionError):
        assert_same(load_program(program).load()(torch.tensor(X)).detach().numpy(), net.predict(X))


def test_an_ending_that_is_none(tmp_path):
    with pytest.raises(DescriptionError) as found:
        network().export(tmp_path / "n.bin", to="torch")
    assert str(found.value) == f'{tmp_path / "n.bin"}: a file for PyTorch ends with .safetensors or .pt, got ".bin".'
    assert list(tmp_path.iterdir()) == []


def test_names_that_torchs_modules_have_themselves():
    assert {name for name in dir(nn.Sequential()) if not name.startswith("_")} - {"T_destination"} <= set(TAKEN)
    names = ["forward", "train", "größe", "x y", "channels_first", "1"]
    net = Network([Input((1, 1, 2)), Flatten(), *(Dense(2, "tanh", name=name) for name in names)])
    module, X = to_torch(net), draw(net, 2)
    assert_same(module(torch.tensor(X)).detach().numpy(), net.predict(X))
    assert (from_torch(module).parameters == net.parameters).all()


class Linear(nn.Linear):
    """Called as one of torch's, but another."""


@pytest.mark.parametrize(("module", "words"), [
    (nn.Sequential(nn.Linear(3, 3), nn.Sequential(nn.Mish())), 'module "1.0" (Mish): Pellucid has no layer for it. '),
    (nn.Sequential(Linear(3, 2)), 'module "0" (Linear): Pellucid has no layer for it. '),
    (nn.Sequential(nn.Linear(4, 2)), 'module "0" (Linear): weights of shape (4, 2) do not fit samples of shape (3,).'),
    (nn.Sequential(nn.GELU("tanh")), 'module "0" (GELU): only the exact GELU can be read.'),
    (nn.Sequential(nn.Softplus(2)), 'module "0" (Softplus): beta is 2, Pellucid\'s softplus has 1.'),
])  # fmt: skip
def test_what_has_no_counterpart_is_named(module, words):
    with pytest.raises(DataError) as found:
        from_torch(module, 3)
    assert str(found.value).startswith(f"from_torch: {words}")


def test_what_is_no_module():
    for given, words in ((3, "from_torch takes a module of PyTorch or a .safetensors file, got int."),
                         (nn.ReLU(), "from_torch: give the shape of one sample, for instance input_shape=(3, 32, 32)."),
                         ):  # fmt: skip
        with pytest.raises(DataError) as found:
            from_torch(given)
        assert str(found.value) == words


def test_mutated_files_give_clean_errors(tmp_path):
    content = network().export(tmp_path / "n.safetensors")[0].read_bytes()
    refused = 0
    for changed in mutations(content, 150, 2):
        (tmp_path / "m.safetensors").write_bytes(changed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                from_torch(tmp_path / "m.safetensors")
            except ModelFileError:
                refused += 1
    assert refused > 50
