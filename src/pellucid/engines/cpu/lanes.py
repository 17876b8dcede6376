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
``prefetch_to_write(p, k)``                the same where they are going to be written
``typed(m, address)``                      an address as a pointer of m's type
``whole_numbers(address)``                   an address as a pointer to 64-bit integers; ``floats64`` likewise
``+ - * /``, comparisons, unary minus        on lanes and single numbers
functions of ``pellucid.elementary``       on lanes
=========================================  =========================================================================

Arithmetic carries the flag ``contract`` only (a product and a sum may become one fused operation): results do not
depend on how a loop is cut, and NaN and infinity stay what they are, so that a diverging run is seen.
"""

from __future__ import annotations

import operator

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin

from pellucid.engines.cpu import vectors as v
from pellucid.engines.cpu.lane_types import LanesType, LaneViewType
from pellucid.engines.cpu.vectors import I32, I64, LANES


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
    return v.load(builder, _lane_address(builder, *args), vector)


@infer_global(operator.setitem)
class _LaneSet(AbstractTemplate):
    def generic(self, args, kws):
        view, index, value = args
        if isinstance(view, LaneViewType) and isinstance(index, types.Integer) and isinstance(value, LanesType):
            return signature(types.none, view, types.int64, value)
        return None


@lower_builtin(operator.setitem, LaneViewType, types.int64, LanesType)
def _lower_lane_set(context, builder, sig, args):
    v.store(builder, args[2], _lane_address(builder, args[0], args[1]))
    return context.get_dummy_value()


@intrinsic
def row(context, p, k):
    """Sixteen neighbouring numbers from ``p[k]`` on."""

    def build(ctx, builder, sig, args):
        return v.load(builder, builder.gep(args[0], [args[1]]), ctx.get_value_type(sig.return_type))

    return LanesType(p.dtype)(p, types.int64), build


@intrinsic
def put_row(context, p, k, value):
    """Write sixteen neighbouring numbers from ``p[k]`` on."""

    def build(ctx, builder, sig, args):
        v.store(builder, args[2], builder.gep(args[0], [args[1]]))
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
        v.store(builder, value, room)
        target = builder.gep(pointer, [k])
        source = builder.bitcast(room, target.type)
        for width in (16, 8, 4, 2, 1):
            with builder.if_then(builder.icmp_signed("!=", builder.and_(count, I64(width)), I64(0))):
                place = builder.and_(count, I64(-2 * width))  # after the larger pieces
                piece = v.load(builder, builder.gep(source, [place]), ir.VectorType(value.type.element, width))
                v.store(builder, piece, builder.gep(target, [place]))
        return ctx.get_dummy_value()

    return types.void(p, types.int64, value, types.int64), build


@intrinsic
def first_of_row(context, value, count):
    """The first ``count`` of sixteen numbers, and 0 for the rest."""

    def build(ctx, builder, sig, args):
        steps = ir.Constant(ir.VectorType(I64, LANES), list(range(LANES)))
        mask = builder.icmp_signed("<", steps, v.splat(builder, args[1]))
        return builder.select(mask, args[0], v.constant(args[0].type, 0.0))

    return value(value, types.int64), build


@intrinsic
def fill(context, m, number):
    """The same number in every lane, of m's type."""
    return LanesType(m.dtype)(m, m.dtype), lambda ctx, builder, sig, args: v.splat(builder, args[1])


@intrinsic
def total(context, value):
    """The sum over the lanes, halves added to halves."""

    def build(ctx, builder, sig, args):
        vector = args[0]
        width = LANES
        while width > 1:
            width //= 2
            nothing = ir.Constant(vector.type, ir.Undefined)
            low = builder.shuffle_vector(vector, nothing, v.indices(range(width)))
            high = builder.shuffle_vector(vector, nothing, v.indices(range(width, 2 * width)))
            vector = builder.fadd(low, high)
        return builder.extract_element(vector, I32(0))

    return value.dtype(value), build


@intrinsic
def transpose(context, p, stride, q):
    """Row r of a 16×16 tile, at ``p[r*stride]``, becomes column r of the tile at ``q``."""

    def build(ctx, builder, sig, args):
        vector = ir.VectorType(args[0].type.pointee, LANES)
        rows = [v.load(builder, builder.gep(args[0], [builder.mul(args[1], I64(r))]), vector) for r in range(LANES)]
        for k, column in enumerate(v.transposed(builder, rows)):
            v.store(builder, column, builder.gep(args[2], [I64(k * LANES)]))
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
            found.append(v.load(builder, builder.gep(args[0], [offset]), vector))
        for k, line in enumerate(v.transposed(builder, found)):
            v.store(builder, line, builder.gep(args[3], [I64(k * LANES)]))
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
        c = lambda value: v.constant(whole, value)  # noqa: E731
        key, counter = args[1], args[2]
        start = v.splat(builder, builder.trunc(builder.mul(counter, I64(LANES)), I32))
        h = builder.add(start, ir.Constant(whole, list(range(LANES))))
        for half in (builder.trunc(key, I32), builder.trunc(builder.lshr(key, I64(32)), I32)):
            h = builder.xor(h, v.splat(builder, half))
            for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
                h = builder.mul(builder.xor(h, builder.lshr(h, c(shift))), c(factor))
            h = builder.xor(h, builder.lshr(h, c(16)))
        vector = ctx.get_value_type(sig.return_type)
        return builder.fmul(builder.uitofp(builder.lshr(h, c(8)), vector), v.constant(vector, 2.0**-24))

    return LanesType(m.dtype)(m, types.int64, types.int64), build


def _prefetch(writing):
    def build(ctx, builder, sig, args):
        place = builder.bitcast(builder.gep(args[0], [args[1]]), ir.IntType(8).as_pointer())
        keep, data = I32(3), I32(1)
        name, nothing = "llvm.prefetch.p0", ir.VoidType()
        function = ir.FunctionType(nothing, [place.type, I32, I32, I32])
        builder.call(cgutils.get_or_insert_function(builder.module, function, name), [place, I32(writing), keep, data])
        return ctx.get_dummy_value()

    return build


@intrinsic
def prefetch(context, p, k):
    """Start to bring the cache line of ``p[k]`` near, and do not wait for it. What lies there does not change."""
    return types.void(p, types.int64), _prefetch(0)


@intrinsic
def prefetch_to_write(context, p, k):
    """The same, and as no other core's: what is written there need not wait until the others have let go of it."""
    return types.void(p, types.int64), _prefetch(1)


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
