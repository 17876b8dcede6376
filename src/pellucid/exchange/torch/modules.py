"""Modules that torch has not. Exported programs get copies of those that they use, so none depends on another."""

# mypy: disable-error-code="misc, arg-type, no-untyped-def, no-untyped-call, no-any-return"
from __future__ import annotations

import torch
from torch import nn


class Permute(nn.Module):
    """Turn axes: pictures from (N, H, W, C) to (N, C, H, W), or back."""

    def __init__(self, *order):
        super().__init__()
        self.order = order

    def forward(self, x):
        return x.permute(self.order).contiguous()

    def extra_repr(self):
        return str(self.order)


class Reshape(nn.Module):
    """Give samples another shape."""

    def __init__(self, *shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        return x.reshape(len(x), *self.shape)

    def extra_repr(self):
        return str(self.shape)


class Step(nn.Module):
    """1 from 0 on, else 0."""

    def forward(self, z):
        return (z >= 0).to(z.dtype)


class Standardize(nn.Module):
    """(x - mean) / deviation, with one number for each channel."""

    def __init__(self, mean, deviation, pictures=False):
        super().__init__()
        for name, given in (("mean", mean), ("deviation", deviation)):
            numbers = torch.tensor(given, dtype=torch.float64)
            self.register_buffer(name, numbers[:, None, None] if pictures else numbers, persistent=False)
        self.said = (mean, deviation, pictures)

    def forward(self, x):
        return (x - self.mean) / self.deviation

    def extra_repr(self):
        return str(self.said)


class AveragePool(nn.Module):
    """Means over each window's own pixels, where the border differs from side to side."""

    def __init__(self, kernel, stride, border):
        super().__init__()
        self.pad, self.pool, self.border = nn.ZeroPad2d(border), nn.AvgPool2d(kernel, stride), border

    def forward(self, x):
        return self.pool(self.pad(x)) / self.pool(self.pad(torch.ones_like(x)))


class Codes(nn.Module):
    """Numbers as they are, then a trained vector for each of the codes that come last."""

    def __init__(self, tables):
        super().__init__()
        self.tables = nn.ModuleList([nn.Embedding(*sizes) for sizes in tables])

    def forward(self, x):
        first = x.shape[1] - len(self.tables)
        vectors = [table(x[:, first + k].long()) for k, table in enumerate(self.tables)]
        return torch.cat([x[:, :first], *vectors], 1)


class PiecewiseLinear(nn.Module):
    """Each input's share of each stretch between its edges."""

    def __init__(self, edges):
        super().__init__()
        self.edges = edges
        rows = [(i, k, len(row) - 2, row[k], row[k + 1]) for i, row in enumerate(edges) for k in range(len(row) - 1)]
        infinite = float("inf")
        for name, numbers in {
            "left": [left for *_, left, right in rows],
            "width": [right - left for *_, left, right in rows],
            "low": [0.0 if k else -infinite for _, k, *_ in rows],
            "high": [infinite if k == last else 1.0 for _, k, last, *_ in rows],
        }.items():
            self.register_buffer(name, torch.tensor(numbers, dtype=torch.float64), persistent=False)
        self.register_buffer("place", torch.tensor([i for i, *_ in rows]), persistent=False)

    def forward(self, x):
        return torch.minimum(torch.maximum((x[:, self.place] - self.left) / self.width, self.low), self.high)

    def extra_repr(self):
        return str(self.edges)


class Residual(nn.Module):
    """path(x) + shortcut(x)."""

    def __init__(self, path, shortcut):
        super().__init__()
        self.path, self.shortcut = path, shortcut

    def forward(self, x):
        return self.path(x) + self.shortcut(x)


class WeightedMean(nn.Module):
    """The mean of several networks' outputs, with a share for each."""

    def __init__(self, *members, shares):
        super().__init__()
        for k, member in enumerate(members, start=1):
            self.add_module(f"member_{k}", member)
        self.shares = shares

    def forward(self, x):
        return sum(share * member(x) for share, member in zip(self.shares, self.children(), strict=True))

    def extra_repr(self):
        return str(self.shares)
