"""Machine code for vectors of sixteen numbers: constants, loads and stores, a tile turned, elementary functions.

Each function adds instructions of LLVM by a builder and returns the value that they make; ``lane_types`` and ``lanes``
teach Numba what they do.
"""

from __future__ import annotations

import math

from llvmlite import ir
from numba.core import cgutils

LANES = 16
FUSE = ("contract",)
I32 = ir.IntType(32)
I64 = ir.IntType(64)


def constant(vector, value):
    return ir.Constant(vector, [value] * LANES)


def indices(values):
    return ir.Constant(ir.VectorType(I32, len(values)), list(values))


def splat(builder, scalar):
    vector = ir.VectorType(scalar.type, LANES)
    nothing = ir.Constant(vector, ir.Undefined)
    return builder.shuffle_vector(builder.insert_element(nothing, scalar, I32(0)), nothing, indices([0] * LANES))


def load(builder, pointer, vector):
    value = builder.load(builder.bitcast(pointer, vector.as_pointer()))
    value.align = 4 if isinstance(vector.element, ir.FloatType) else 8
    return value


def store(builder, value, pointer):
    done = builder.store(value, builder.bitcast(pointer, value.type.as_pointer()))
    done.align = 4 if isinstance(value.type.element, ir.FloatType) else 8


def suffix(kind):
    element = kind.element if isinstance(kind, ir.VectorType) else kind
    letter = f"i{element.width}" if isinstance(element, ir.IntType) else f"f{32 if element == ir.FloatType() else 64}"
    return f"v{LANES}{letter}" if isinstance(kind, ir.VectorType) else letter


def call(builder, name, result, *args, fastmath=()):
    function = ir.FunctionType(result, [a.type for a in args])
    return builder.call(cgutils.get_or_insert_function(builder.module, function, name), args, fastmath=fastmath)


def transposed(builder, rows):
    """Turn sixteen rows into sixteen columns: each quarter of the tile by itself, so that it fits in the registers."""
    first, last = indices(range(8)), indices(range(8, 16))
    quarters = [
        _transpose_eight(builder, [builder.shuffle_vector(row, row, half) for row in part])
        for half in (first, last)
        for part in (rows[:8], rows[8:])
    ]
    whole = indices(range(16))
    return [
        builder.shuffle_vector(upper, lower, whole)
        for k in (0, 2)
        for upper, lower in zip(quarters[k], quarters[k + 1], strict=True)
    ]


def _transpose_eight(builder, rows):
    """Turn eight rows of eight into columns: neighbours are exchanged at a distance of one, of two and of four.

    The first two rounds stay within each half of a row, where a shuffle is a single instruction on most machines.
    """
    ones = ((0, 8, 1, 9, 4, 12, 5, 13), (2, 10, 3, 11, 6, 14, 7, 15))
    twos = ((0, 1, 8, 9, 4, 5, 12, 13), (2, 3, 10, 11, 6, 7, 14, 15))
    fours = ((0, 1, 2, 3, 8, 9, 10, 11), (4, 5, 6, 7, 12, 13, 14, 15))

    def exchanged(pairs, how):
        return [builder.shuffle_vector(a, b, indices(half)) for a, b in pairs for half in how]

    r = exchanged([(rows[k], rows[k + 1]) for k in (0, 2, 4, 6)], ones)
    r = exchanged([(r[k], r[k + 2]) for k in (0, 1, 4, 5)], twos)
    r = exchanged([(r[k], r[k + 4]) for k in range(4)], fours)
    return r[0::2] + r[1::2]


def exp(builder, x):
    """eˣ = 2ⁿ eʳ with n = round(x / ln 2) and |r| ≤ ½ ln 2; eʳ by its Taylor series to the type's last digit.

    Where a number so large is added that no bits are left for a fraction, the sum is rounded and its last bits are n.
    2ⁿ is put together from bits, in two halves so that the ends of the range come out right: beyond it 0 or infinity.
    """
    vector, single = x.type, isinstance(x.type.element, ir.FloatType)
    c = lambda value: constant(vector, value)  # noqa: E731
    lowest, highest, mantissa, bias, degree = (-104.0, 89.0, 23, 127, 7) if single else (-746.0, 710.0, 52, 1023, 13)
    ln2_high, ln2_low = (0.693359375, -2.12194440e-4) if single else (6.93145751953125e-1, 1.42860682030941723212e-6)
    whole = ir.VectorType(I32 if single else I64, LANES)
    x = builder.select(builder.fcmp_ordered(">", x, c(highest)), c(highest), x)
    x = builder.select(builder.fcmp_ordered("<", x, c(lowest)), c(lowest), x)
    large = 1.5 * 2.0**mantissa
    rounded = builder.fadd(builder.fmul(x, c(1.4426950408889634), flags=FUSE), c(large), flags=FUSE)
    n = builder.fsub(rounded, c(large))
    r = builder.fsub(builder.fsub(x, builder.fmul(n, c(ln2_high)), flags=FUSE), builder.fmul(n, c(ln2_low)), flags=FUSE)
    factorial, terms = 1.0, [1.0]
    for k in range(1, degree + 1):
        factorial *= k
        terms.append(1.0 / factorial)
    series = c(terms[-1])
    for term in reversed(terms[:-1]):
        series = builder.fadd(builder.fmul(series, r, flags=FUSE), c(term), flags=FUSE)
    power = builder.sub(builder.bitcast(rounded, whole), builder.bitcast(c(large), whole))
    half = builder.ashr(power, constant(whole, 1))
    for part in (half, builder.sub(power, half)):
        bits = builder.shl(builder.add(part, constant(whole, bias)), constant(whole, mantissa))
        series = builder.fmul(series, builder.bitcast(bits, vector))
    return series


def tanh(builder, x):
    """tanh x = sign(x) (1 − e) / (1 + e) with e = e^(−2|x|); x − x³/3 + 2x⁵/15 where |x| is small."""
    vector = x.type
    c = lambda value: constant(vector, value)  # noqa: E731
    size = call(builder, f"llvm.fabs.{suffix(vector)}", vector, x)
    e = exp(builder, builder.fmul(size, c(-2.0)))
    far = builder.fdiv(builder.fsub(c(1.0), e), builder.fadd(c(1.0), e))
    far = call(builder, f"llvm.copysign.{suffix(vector)}", vector, far, x)
    square = builder.fmul(x, x)
    single = isinstance(vector.element, ir.FloatType)
    # tanh x = x (1 − x²/3 + 2x⁴/15 − 17x⁶/315 + 62x⁸/2835 − 1382x¹⁰/155925 + …)
    terms = [1.0, -1 / 3, 2 / 15, -17 / 315, 62 / 2835, -1382 / 155925, 21844 / 6081075, -929569 / 638512875]
    near = c(terms[-1])
    for term in reversed(terms[:-1]):
        near = builder.fadd(builder.fmul(near, square, flags=FUSE), c(term), flags=FUSE)
    near = builder.fmul(near, x)
    return builder.select(builder.fcmp_ordered("<", size, c(0.2 if single else 0.1)), near, far)


def log(builder, x):
    """ln x = n ln 2 + ln f with x = 2ⁿ f and f from √½ to √2; ln f = 2 (s + s³/3 + s⁵/5 + …) with s = (f − 1)/(f + 1).

    n and f come from the bits of x: those above the bits of √½ count the powers of two. Below the smallest normal
    number x is first multiplied by one of them.
    """
    vector, single = x.type, isinstance(x.type.element, ir.FloatType)
    c = lambda value: constant(vector, value)  # noqa: E731
    root, mantissa, terms = (0x3F3504F3, 23, 6) if single else (0x3FE6A09E667F3BCD, 52, 12)
    least = 2.0**-126 if single else 2.0**-1022
    ln2_high, ln2_low = (0.693359375, -2.12194440e-4) if single else (6.93145751953125e-1, 1.42860682030941723212e-6)
    whole = ir.VectorType(I32 if single else I64, LANES)
    tiny = builder.fcmp_ordered("<", x, c(least))
    bits = builder.bitcast(builder.select(tiny, builder.fmul(x, c(2.0**mantissa)), x), whole)
    power = builder.ashr(builder.sub(bits, constant(whole, root)), constant(whole, mantissa))
    f = builder.bitcast(builder.sub(bits, builder.shl(power, constant(whole, mantissa))), vector)
    n = builder.sitofp(power, vector)
    n = builder.select(tiny, builder.fsub(n, c(float(mantissa))), n)
    s = builder.fdiv(builder.fsub(f, c(1.0)), builder.fadd(f, c(1.0)))
    square, series = builder.fmul(s, s), c(2.0 / (2 * terms + 1))
    for k in range(terms - 1, 0, -1):
        series = builder.fadd(builder.fmul(series, square, flags=FUSE), c(2.0 / (2 * k + 1)), flags=FUSE)
    # 2 s is taken from f − 1, which is exact: 2 s = (f − 1) − s (f − 1)
    far = builder.fsub(f, c(1.0))
    rest = builder.fmul(s, builder.fsub(builder.fmul(series, square), far, flags=FUSE))
    low = builder.fadd(builder.fmul(n, c(ln2_low)), rest, flags=FUSE)
    found = builder.fadd(builder.fadd(low, far), builder.fmul(n, c(ln2_high)), flags=FUSE)
    found = builder.select(builder.fcmp_ordered("==", x, c(math.inf)), x, found)
    beyond = builder.select(builder.fcmp_ordered("==", x, c(0.0)), c(-math.inf), c(math.nan))
    return builder.select(builder.fcmp_ordered(">", x, c(0.0)), found, beyond)


def log1p(builder, x):
    """ln(1 + x) = ln u + c/u with u = 1 + x rounded and c what the rounding took away; x itself where u = 1."""
    c = lambda value: constant(x.type, value)  # noqa: E731
    u = builder.fadd(x, c(1.0))
    large = builder.fsub(c(1.0), builder.fsub(u, x))
    small = builder.fsub(x, builder.fsub(u, c(1.0)))
    lost = builder.select(builder.fcmp_ordered(">", x, c(1.0)), large, small)
    rounded = log(builder, u)
    found = builder.fadd(rounded, builder.fdiv(lost, u))
    inside = builder.and_(builder.fcmp_ordered(">", u, c(0.0)), builder.fcmp_ordered("<", u, c(math.inf)))
    return builder.select(builder.fcmp_ordered("==", u, c(1.0)), x, builder.select(inside, found, rounded))


def each_lane(builder, x, name):
    """A function of the C library, a lane at a time: for what is needed seldom."""
    element = x.type.element
    result = x
    for k in range(LANES):
        value = call(
            builder, name + ("f" if element == ir.FloatType() else ""), element, builder.extract_element(x, I32(k))
        )
        result = builder.insert_element(result, value, I32(k))
    return result
