"""Lanes: one number for each of sixteen samples, as a machine vector, in Numba.

Kernels are written as if for one sample::

    z = bias + Σ w[i] * x[i]

where every ``x[i]`` is *lanes*: the same quantity for sixteen samples, held in vector registers. ``w[i]`` is one
weight, shared by all samples. The compiler needs no luck to vectorise such a loop, whatever the shape of the layer.

What a kernel may use:

=========================================  =========================================================================
``at(m, offset)``                          pointer to single numbers: ``p[k]`` reads and writes one
``lanes(m, offset)``                       view of lanes: ``x[i]`` is the i-th quantity of one group of samples
``row(p, k)``, ``put_row(p, k, v)``        sixteen neighbouring numbers from ``p[k]`` on, wherever they lie
``put_row_part(p, k, v, n)``               only the first n of them
``first_of_row(v, n)``                     the first n of sixteen numbers, 0 for the rest
``fill(m, number)``                        the same number in every lane
``total(v)``                               the sum over the lanes, one number
``transpose(p, stride, q)``                a 16×16 tile: row r of it at ``p[r*stride]`` becomes column r at ``q``
``gather(p, rows, column, q)``             the same, the rows' offsets taken from ``rows[0..15]``
``random(m, key, counter)``                uniform numbers in [0, 1), a function of key, counter and lane alone
``compiled(formula)``                      a formula of elementary functions, to be called in a kernel
``prefetch(p, k)``                         start to bring ``p[k]`` and its neighbours into the cache
``typed(m, address)``                      an address as a pointer of m's type
``whole_numbers(address)``                   an address as a pointer to 64-bit integers; ``floats64`` likewise
``+ - * /``, comparisons, unary minus        on lanes and single numbers
functions of ``pellucid.elementary``       on lanes
=========================================  =========================================================================

Arithmetic carries the flag ``contract`` only (a product and a sum may become one fused operation): results do not
depend on how a loop is cut, and NaN and infinity stay what they are, so that a diverging run is seen.
"""

from __future__ import annotations

import math
import operator

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

from pellucid import elementary

LANES = 16
FUSE = ("contract",)
I32 = ir.IntType(32)
I64 = ir.IntType(64)


# --- types -----------------------------------------------------------------------------------------------------------


class LanesType(types.Type):
    """One number of ``dtype`` for each of sixteen samples."""

    def __init__(self, dtype):
        self.dtype = dtype
        super().__init__(name=f"Lanes({dtype})")


class MaskType(types.Type):
    """Yes or no for each of sixteen samples."""

    def __init__(self):
        super().__init__(name="Mask")


class LaneViewType(types.Type):
    """Where lanes lie one after another in memory."""

    def __init__(self, dtype):
        self.dtype = dtype
        super().__init__(name=f"LaneView({dtype})")


MASK = MaskType()
NUMBER = (types.Float, types.Integer)
_ELEMENT = {"float32": ir.FloatType(), "float64": ir.DoubleType()}


@register_model(LanesType)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager, front):
        super().__init__(manager, front, ir.VectorType(_ELEMENT[str(front.dtype)], LANES))


@register_model(MaskType)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager, front):
        super().__init__(manager, front, ir.VectorType(ir.IntType(1), LANES))


@register_model(LaneViewType)
class _LaneViewModel(models.PrimitiveModel):
    def __init__(self, manager, front):
        super().__init__(manager, front, _ELEMENT[str(front.dtype)].as_pointer())


# --- building blocks of machine code ---------------------------------------------------------------------------------


def _constant(vector, value):
    return ir.Constant(vector, [value] * LANES)


def _indices(values):
    return ir.Constant(ir.VectorType(I32, len(values)), list(values))


def _splat(builder, scalar):
    vector = ir.VectorType(scalar.type, LANES)
    nothing = ir.Constant(vector, ir.Undefined)
    return builder.shuffle_vector(builder.insert_element(nothing, scalar, I32(0)), nothing, _indices([0] * LANES))


def _load(builder, pointer, vector):
    value = builder.load(builder.bitcast(pointer, vector.as_pointer()))
    value.align = 4 if isinstance(vector.element, ir.FloatType) else 8
    return value


def _store(builder, value, pointer):
    done = builder.store(value, builder.bitcast(pointer, value.type.as_pointer()))
    done.align = 4 if isinstance(value.type.element, ir.FloatType) else 8


def _suffix(kind):
    element = kind.element if isinstance(kind, ir.VectorType) else kind
    letter = f"i{element.width}" if isinstance(element, ir.IntType) else f"f{32 if element == ir.FloatType() else 64}"
    return f"v{LANES}{letter}" if isinstance(kind, ir.VectorType) else letter


def _call(builder, name, result, *args, fastmath=()):
    function = ir.FunctionType(result, [a.type for a in args])
    return builder.call(cgutils.get_or_insert_function(builder.module, function, name), args, fastmath=fastmath)


def _transpose(builder, rows):
    """Turn sixteen rows into sixteen columns: each quarter of the tile by itself, so that it fits in the registers."""
    first, last = _indices(range(8)), _indices(range(8, 16))
    quarters = [
        _transpose_eight(builder, [builder.shuffle_vector(row, row, half) for row in part])
        for half in (first, last)
        for part in (rows[:8], rows[8:])
    ]
    whole = _indices(range(16))
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
        return [builder.shuffle_vector(a, b, _indices(half)) for a, b in pairs for half in how]

    r = exchanged([(rows[k], rows[k + 1]) for k in (0, 2, 4, 6)], ones)
    r = exchanged([(r[k], r[k + 2]) for k in (0, 1, 4, 5)], twos)
    r = exchanged([(r[k], r[k + 4]) for k in range(4)], fours)
    return r[0::2] + r[1::2]


def _exp(builder, x):
    """eˣ = 2ⁿ eʳ with n = round(x / ln 2) and |r| ≤ ½ ln 2; eʳ by its Taylor series to the type's last digit.

    Where a number so large is added that no bits are left for a fraction, the sum is rounded and its last bits are n.
    2ⁿ is put together from bits, in two halves so that the ends of the range come out right: beyond it 0 or infinity.
    """
    vector, single = x.type, isinstance(x.type.element, ir.FloatType)
    c = lambda value: _constant(vector, value)  # noqa: E731
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
    half = builder.ashr(power, _constant(whole, 1))
    for part in (half, builder.sub(power, half)):
        bits = builder.shl(builder.add(part, _constant(whole, bias)), _constant(whole, mantissa))
        series = builder.fmul(series, builder.bitcast(bits, vector))
    return series


def _tanh(builder, x):
    """tanh x = sign(x) (1 − e) / (1 + e) with e = e^(−2|x|); x − x³/3 + 2x⁵/15 where |x| is small."""
    vector = x.type
    c = lambda value: _constant(vector, value)  # noqa: E731
    size = _call(builder, f"llvm.fabs.{_suffix(vector)}", vector, x)
    e = _exp(builder, builder.fmul(size, c(-2.0)))
    far = builder.fdiv(builder.fsub(c(1.0), e), builder.fadd(c(1.0), e))
    far = _call(builder, f"llvm.copysign.{_suffix(vector)}", vector, far, x)
    square = builder.fmul(x, x)
    single = isinstance(vector.element, ir.FloatType)
    # tanh x = x (1 − x²/3 + 2x⁴/15 − 17x⁶/315 + 62x⁸/2835 − 1382x¹⁰/155925 + …)
    terms = [1.0, -1 / 3, 2 / 15, -17 / 315, 62 / 2835, -1382 / 155925, 21844 / 6081075, -929569 / 638512875]
    near = c(terms[-1])
    for term in reversed(terms[:-1]):
        near = builder.fadd(builder.fmul(near, square, flags=FUSE), c(term), flags=FUSE)
    near = builder.fmul(near, x)
    return builder.select(builder.fcmp_ordered("<", size, c(0.2 if single else 0.1)), near, far)


def _log(builder, x):
    """ln x = n ln 2 + ln f with x = 2ⁿ f and f from √½ to √2; ln f = 2 (s + s³/3 + s⁵/5 + …) with s = (f − 1)/(f + 1).

    n and f come from the bits of x: those above the bits of √½ count the powers of two. Below the smallest normal
    number x is first multiplied by one of them.
    """
    vector, single = x.type, isinstance(x.type.element, ir.FloatType)
    c = lambda value: _constant(vector, value)  # noqa: E731
    root, mantissa, terms = (0x3F3504F3, 23, 6) if single else (0x3FE6A09E667F3BCD, 52, 12)
    least = 2.0**-126 if single else 2.0**-1022
    ln2_high, ln2_low = (0.693359375, -2.12194440e-4) if single else (6.93145751953125e-1, 1.42860682030941723212e-6)
    whole = ir.VectorType(I32 if single else I64, LANES)
    tiny = builder.fcmp_ordered("<", x, c(least))
    bits = builder.bitcast(builder.select(tiny, builder.fmul(x, c(2.0**mantissa)), x), whole)
    power = builder.ashr(builder.sub(bits, _constant(whole, root)), _constant(whole, mantissa))
    f = builder.bitcast(builder.sub(bits, builder.shl(power, _constant(whole, mantissa))), vector)
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


def _log1p(builder, x):
    """ln(1 + x) = ln u + c/u with u = 1 + x rounded and c what the rounding took away; x itself where u = 1."""
    c = lambda value: _constant(x.type, value)  # noqa: E731
    u = builder.fadd(x, c(1.0))
    large = builder.fsub(c(1.0), builder.fsub(u, x))
    small = builder.fsub(x, builder.fsub(u, c(1.0)))
    lost = builder.select(builder.fcmp_ordered(">", x, c(1.0)), large, small)
    log = _log(builder, u)
    found = builder.fadd(log, builder.fdiv(lost, u))
    inside = builder.and_(builder.fcmp_ordered(">", u, c(0.0)), builder.fcmp_ordered("<", u, c(math.inf)))
    return builder.select(builder.fcmp_ordered("==", u, c(1.0)), x, builder.select(inside, found, log))


def _each_lane(builder, x, name):
    """A function of the C library, a lane at a time: for what is needed seldom."""
    element = x.type.element
    result = x
    for k in range(LANES):
        value = _call(
            builder, name + ("f" if element == ir.FloatType() else ""), element, builder.extract_element(x, I32(k))
        )
        result = builder.insert_element(result, value, I32(k))
    return result


# --- arithmetic and functions on lanes -------------------------------------------------------------------------------


def _lanes_of(args):
    """The lanes type that a mixture of lanes and single numbers gives, or None."""
    found = [a for a in args if isinstance(a, LanesType)]
    return found[0] if found and all(isinstance(a, (LanesType, *NUMBER)) for a in args) else None


def _operation(function, build, arity, result=None):
    """Teach Numba ``function`` on lanes; ``build(builder, *vectors)`` makes the machine code."""

    @infer_global(function)
    class _Template(AbstractTemplate):
        def generic(self, args, kws):
            kind = _lanes_of(args) if len(args) == arity else None
            if kind is None:
                return None
            return signature(result or kind, *[a if isinstance(a, LanesType) else kind.dtype for a in args])

    def lower(context, builder, sig, args):
        vectors = [a if isinstance(t, LanesType) else _splat(builder, a) for a, t in zip(args, sig.args, strict=True)]
        return build(builder, *vectors)

    shapes = [()]
    for _ in range(arity):
        shapes = [(*shape, kind) for shape in shapes for kind in (LanesType, types.Float)]
    for shape in shapes:
        if LanesType in shape:
            lower_builtin(function, *shape)(lower)


def _fused(name):
    return lambda builder, *args: getattr(builder, name)(*args, flags=FUSE)


def _intrinsic_call(name):
    return lambda b, *args: _call(b, f"llvm.{name}.{_suffix(args[0].type)}", args[0].type, *args)


for _function, _name in (
    (operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul"), (operator.truediv, "fdiv"),
    (operator.iadd, "fadd"), (operator.isub, "fsub"), (operator.imul, "fmul"), (operator.itruediv, "fdiv"),
):  # fmt: skip
    _operation(_function, _fused(_name), 2)
for _function, _sign in (
    (operator.lt, "<"), (operator.le, "<="), (operator.gt, ">"), (operator.ge, ">="), (operator.eq, "=="),
):  # fmt: skip
    _operation(_function, lambda b, x, y, sign=_sign: b.fcmp_ordered(sign, x, y), 2, MASK)
_operation(operator.ne, lambda b, x, y: b.fcmp_unordered("!=", x, y), 2, MASK)
_operation(operator.neg, lambda b, x: b.fneg(x), 1)
_operation(elementary.exp, _exp, 1)
_operation(elementary.tanh, _tanh, 1)
_operation(elementary.sqrt, _intrinsic_call("sqrt"), 1)
_operation(elementary.absolute, _intrinsic_call("fabs"), 1)
_operation(elementary.log, _log, 1)
_operation(elementary.log1p, _log1p, 1)
_operation(elementary.erf, lambda b, x: _each_lane(b, x, "erf"), 1)


def _choose(sign):
    """The larger or smaller, and NaN where either is NaN."""

    def build(builder, x, y):
        chosen = builder.select(builder.fcmp_ordered(sign, y, x), y, x)
        return builder.select(builder.fcmp_unordered("uno", y, y), y, chosen)

    return build


def _sign(builder, x):
    one = _call(builder, f"llvm.copysign.{_suffix(x.type)}", x.type, _constant(x.type, 1.0), x)
    return builder.select(builder.fcmp_ordered("!=", x, _constant(x.type, 0.0)), one, x)


_operation(elementary.maximum, _choose(">"), 2)
_operation(elementary.minimum, _choose("<"), 2)
_operation(elementary.sign, _sign, 1)


@infer_global(elementary.where)
class _WhereTemplate(AbstractTemplate):
    def generic(self, args, kws):
        if len(args) == 3 and isinstance(args[0], MaskType):
            kind = _lanes_of(args[1:])
            if kind is not None:
                return signature(kind, MASK, *[a if isinstance(a, LanesType) else kind.dtype for a in args[1:]])
        return None


def _lower_where(context, builder, sig, args):
    a, b = (v if isinstance(t, LanesType) else _splat(builder, v) for v, t in zip(args[1:], sig.args[1:], strict=True))
    return builder.select(args[0], a, b)


for _shape in ((LanesType, LanesType), (LanesType, types.Float), (types.Float, LanesType)):
    lower_builtin(elementary.where, MaskType, *_shape)(_lower_where)


def compiled(formula):
    """A formula of elementary functions, to be called in a kernel."""
    from numba import njit

    return njit(formula, error_model="numpy", inline="always")


# --- memory ----------------------------------------------------------------------------------------------------------


@intrinsic
def at(context, m, offset):
    """Pointer to the number at ``offset``."""
    return m(m, types.int64), lambda ctx, builder, sig, args: builder.gep(args[0], [args[1]])


@intrinsic
def lanes(context, m, offset):
    """View of the lanes that start at ``offset``."""
    return LaneViewType(m.dtype)(m, types.int64), lambda ctx, builder, sig, args: builder.gep(args[0], [args[1]])


def _lane_address(builder, view, index):
    return builder.gep(view, [builder.mul(index, I64(LANES))])


@infer_global(operator.getitem)
class _LaneGet(AbstractTemplate):
    def generic(self, args, kws):
        view, index = args
        if isinstance(view, LaneViewType) and isinstance(index, types.Integer):
            return signature(LanesType(view.dtype), view, types.int64)
        return None


@lower_builtin(operator.getitem, LaneViewType, types.int64)
def _lower_lane_get(context, builder, sig, args):
    vector = context.get_value_type(sig.return_type)
    return _load(builder, _lane_address(builder, *args), vector)


@infer_global(operator.setitem)
class _LaneSet(AbstractTemplate):
    def generic(self, args, kws):
        view, index, value = args
        if isinstance(view, LaneViewType) and isinstance(index, types.Integer) and isinstance(value, LanesType):
            return signature(types.none, view, types.int64, value)
        return None


@lower_builtin(operator.setitem, LaneViewType, types.int64, LanesType)
def _lower_lane_set(context, builder, sig, args):
    _store(builder, args[2], _lane_address(builder, args[0], args[1]))
    return context.get_dummy_value()


@intrinsic
def row(context, p, k):
    """Sixteen neighbouring numbers from ``p[k]`` on."""

    def build(ctx, builder, sig, args):
        return _load(builder, builder.gep(args[0], [args[1]]), ctx.get_value_type(sig.return_type))

    return LanesType(p.dtype)(p, types.int64), build


@intrinsic
def put_row(context, p, k, value):
    """Write sixteen neighbouring numbers from ``p[k]`` on."""

    def build(ctx, builder, sig, args):
        _store(builder, args[2], builder.gep(args[0], [args[1]]))
        return ctx.get_dummy_value()

    return types.void(p, types.int64, value), build


@intrinsic
def put_row_part(context, p, k, value, count):
    """Write the first ``count`` of sixteen neighbouring numbers from ``p[k]`` on.

    As at most one piece each of 16, 8, 4, 2 and 1 numbers: many machines take long for a store under a mask.
    """

    def build(ctx, builder, sig, args):
        pointer, k, value, count = args
        room = cgutils.alloca_once(builder, value.type)
        _store(builder, value, room)
        target = builder.gep(pointer, [k])
        source = builder.bitcast(room, target.type)
        for width in (16, 8, 4, 2, 1):
            with builder.if_then(builder.icmp_signed("!=", builder.and_(count, I64(width)), I64(0))):
                place = builder.and_(count, I64(-2 * width))  # after the larger pieces
                piece = _load(builder, builder.gep(source, [place]), ir.VectorType(value.type.element, width))
                _store(builder, piece, builder.gep(target, [place]))
        return ctx.get_dummy_value()

    return types.void(p, types.int64, value, types.int64), build


@intrinsic
def first_of_row(context, value, count):
    """The first ``count`` of sixteen numbers, and 0 for the rest."""

    def build(ctx, builder, sig, args):
        steps = ir.Constant(ir.VectorType(I64, LANES), list(range(LANES)))
        mask = builder.icmp_signed("<", steps, _splat(builder, args[1]))
        return builder.select(mask, args[0], _constant(args[0].type, 0.0))

    return value(value, types.int64), build


@intrinsic
def fill(context, m, number):
    """The same number in every lane, of m's type."""
    return LanesType(m.dtype)(m, m.dtype), lambda ctx, builder, sig, args: _splat(builder, args[1])


@intrinsic
def total(context, value):
    """The sum over the lanes, halves added to halves."""

    def build(ctx, builder, sig, args):
        vector = args[0]
        width = LANES
        while width > 1:
            width //= 2
            nothing = ir.Constant(vector.type, ir.Undefined)
            low = builder.shuffle_vector(vector, nothing, _indices(range(width)))
            high = builder.shuffle_vector(vector, nothing, _indices(range(width, 2 * width)))
            vector = builder.fadd(low, high)
        return builder.extract_element(vector, I32(0))

    return value.dtype(value), build


@intrinsic
def transpose(context, p, stride, q):
    """Row r of a 16×16 tile, at ``p[r*stride]``, becomes column r of the tile at ``q``."""

    def build(ctx, builder, sig, args):
        vector = ir.VectorType(args[0].type.pointee, LANES)
        rows = [_load(builder, builder.gep(args[0], [builder.mul(args[1], I64(r))]), vector) for r in range(LANES)]
        for k, column in enumerate(_transpose(builder, rows)):
            _store(builder, column, builder.gep(args[2], [I64(k * LANES)]))
        return ctx.get_dummy_value()

    return types.void(p, types.int64, q), build


@intrinsic
def gather(context, p, rows, column, q):
    """Row r of a 16×16 tile, at ``p[rows[r] + column]``, becomes column r of the tile at ``q``."""

    def build(ctx, builder, sig, args):
        vector = ir.VectorType(args[0].type.pointee, LANES)
        found = []
        for r in range(LANES):
            offset = builder.add(builder.load(builder.gep(args[1], [I64(r)])), args[2])
            found.append(_load(builder, builder.gep(args[0], [offset]), vector))
        for k, line in enumerate(_transpose(builder, found)):
            _store(builder, line, builder.gep(args[3], [I64(k * LANES)]))
        return ctx.get_dummy_value()

    return types.void(p, rows, types.int64, q), build


@intrinsic
def random(context, m, key, counter):
    """Uniform numbers in [0, 1) with 24 random bits, one a lane, from key, counter and lane alone.

    Two rounds of a 32-bit mixing function (C. Wellons' "lowbias32") over counter·16 + lane, keyed by the two halves of
    ``key``: no state, so the numbers do not depend on who asks, or in what order.
    """

    def build(ctx, builder, sig, args):
        whole = ir.VectorType(I32, LANES)
        c = lambda value: _constant(whole, value)  # noqa: E731
        key, counter = args[1], args[2]
        start = _splat(builder, builder.trunc(builder.mul(counter, I64(LANES)), I32))
        h = builder.add(start, ir.Constant(whole, list(range(LANES))))
        for half in (builder.trunc(key, I32), builder.trunc(builder.lshr(key, I64(32)), I32)):
            h = builder.xor(h, _splat(builder, half))
            for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
                h = builder.mul(builder.xor(h, builder.lshr(h, c(shift))), c(factor))
            h = builder.xor(h, builder.lshr(h, c(16)))
        vector = ctx.get_value_type(sig.return_type)
        return builder.fmul(builder.uitofp(builder.lshr(h, c(8)), vector), _constant(vector, 2.0**-24))

    return LanesType(m.dtype)(m, types.int64, types.int64), build


@intrinsic
def prefetch(context, p, k):
    """Start to bring the cache line of ``p[k]`` near, and do not wait for it. What lies there does not change."""

    def build(ctx, builder, sig, args):
        place = builder.bitcast(builder.gep(args[0], [args[1]]), ir.IntType(8).as_pointer())
        reading, keep, data = I32(0), I32(3), I32(1)
        name, nothing = "llvm.prefetch.p0", ir.VoidType()
        function = ir.FunctionType(nothing, [place.type, I32, I32, I32])
        builder.call(cgutils.get_or_insert_function(builder.module, function, name), [place, reading, keep, data])
        return ctx.get_dummy_value()

    return types.void(p, types.int64), build


@intrinsic
def typed(context, m, address):
    """An address as a pointer of m's type."""
    return m(m, types.int64), lambda ctx, builder, sig, args: builder.inttoptr(args[1], args[0].type)


@intrinsic
def floats64(context, address):
    """An address as a pointer to float64."""
    kind = types.CPointer(types.float64)
    return kind(types.int64), lambda ctx, b, sig, args: b.inttoptr(args[0], ir.DoubleType().as_pointer())


@intrinsic
def whole_numbers(context, address):
    """An address as a pointer to int64."""
    kind = types.CPointer(types.int64)
    return kind(types.int64), lambda ctx, b, sig, args: b.inttoptr(args[0], I64.as_pointer())
