# mypy: ignore-errors
# What Numba compiles is typed by Numba, from the machine types outward.
"""Lanes that look at different places: each of sixteen samples reads, or adds to, a pixel of its own picture.

A picture lies as [row][column][channel][lane]. Rows and columns are whole numbers kept as lanes of floats. Every lane
stays within its own picture, so that two lanes never add to the same number.
"""

from __future__ import annotations

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from pellucid.engines.cpu.lane_types import LanesType
from pellucid.engines.cpu.vectors import I32, LANES, call, constant, splat, suffix

WHOLE = ir.VectorType(I32, LANES)
ALL = ir.Constant(ir.VectorType(ir.IntType(1), LANES), [True] * LANES)


@intrinsic
def floor(context, x):
    """The largest whole number that is not above x."""
    return x(x), lambda ctx, b, sig, args: call(b, f"llvm.floor.{suffix(args[0].type)}", args[0].type, *args)


def _find(builder, args):
    """(addresses, inside or not) of the pixels at row, column of pictures of H, W, C at p.

    For lanes that are outside it is the address of their picture's first number, so that reading and writing need no
    branch for each lane: what is read there is not used, and what is added there is 0.
    """
    p, row, column, H, W, C = args
    row, column = builder.fptosi(row, WHOLE), builder.fptosi(column, WHOLE)
    H, W, C = (splat(builder, builder.trunc(size, I32)) for size in (H, W, C))
    # Seen as numbers without a sign, those below 0 are very large.
    inside = builder.and_(builder.icmp_unsigned("<", row, H), builder.icmp_unsigned("<", column, W))
    number = builder.mul(builder.mul(builder.add(builder.mul(row, W), column), C), constant(WHOLE, LANES))
    number = builder.select(inside, number, constant(WHOLE, 0))
    number = builder.add(number, ir.Constant(WHOLE, list(range(LANES))))
    addresses = builder.gep(p, [number], source_etype=p.type.pointee)
    addresses.type = ir.VectorType(p.type, LANES)  # which llvmlite does not work out by itself
    return addresses, inside


def _align(vector):
    return I32(4 if isinstance(vector.element, ir.FloatType) else 8)


def _read(builder, addresses, vector):
    name = f"llvm.masked.gather.{suffix(vector)}.v{LANES}p0"
    return call(builder, name, vector, addresses, _align(vector), ALL, ir.Constant(vector, ir.Undefined))


@intrinsic
def look_up(context, p, row, column, H, W, C, otherwise):
    """The number at (row, column) of each lane's picture at ``p``; ``otherwise`` outside of it."""

    def build(ctx, builder, sig, args):
        addresses, inside = _find(builder, args[:6])
        otherwise = splat(builder, args[6])
        return builder.select(inside, _read(builder, addresses, otherwise.type), otherwise)

    return LanesType(p.dtype)(p, row, column, types.int64, types.int64, types.int64, p.dtype), build


@intrinsic
def add_to(context, p, row, column, H, W, C, value):
    """Add ``value`` to the number at (row, column) of each lane's picture at ``p``; nothing outside of it."""

    def build(ctx, builder, sig, args):
        addresses, inside = _find(builder, args[:6])
        vector = args[6].type
        added = builder.select(inside, args[6], constant(vector, 0.0))
        whole = builder.fadd(_read(builder, addresses, vector), added)
        name = f"llvm.masked.scatter.{suffix(vector)}.v{LANES}p0"
        call(builder, name, ir.VoidType(), whole, addresses, _align(vector), ALL)
        return ctx.get_dummy_value()

    return types.void(p, row, column, types.int64, types.int64, types.int64, value), build
