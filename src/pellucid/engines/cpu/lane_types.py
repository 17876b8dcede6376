"""Lanes as types of Numba, with their arithmetic and functions."""

from __future__ import annotations

import operator

from llvmlite import ir
from numba.core import types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin, models, register_model

from pellucid import elementary
from pellucid.engines.cpu import vectors as v
from pellucid.engines.cpu.vectors import FUSE, LANES

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
        vectors = [a if isinstance(t, LanesType) else v.splat(builder, a) for a, t in zip(args, sig.args, strict=True)]
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
    return lambda b, *args: v.call(b, f"llvm.{name}.{v.suffix(args[0].type)}", args[0].type, *args)


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
_operation(elementary.exp, v.exp, 1)
_operation(elementary.tanh, v.tanh, 1)
_operation(elementary.sqrt, _intrinsic_call("sqrt"), 1)
_operation(elementary.absolute, _intrinsic_call("fabs"), 1)
_operation(elementary.log, v.log, 1)
_operation(elementary.log1p, v.log1p, 1)
_operation(elementary.erf, lambda b, x: v.each_lane(b, x, "erf"), 1)


def _choose(sign):
    """The larger or smaller, and NaN where either is NaN."""

    def build(builder, x, y):
        chosen = builder.select(builder.fcmp_ordered(sign, y, x), y, x)
        return builder.select(builder.fcmp_unordered("uno", y, y), y, chosen)

    return build


def _sign(builder, x):
    one = v.call(builder, f"llvm.copysign.{v.suffix(x.type)}", x.type, v.constant(x.type, 1.0), x)
    return builder.select(builder.fcmp_ordered("!=", x, v.constant(x.type, 0.0)), one, x)


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
    a, b = (a if isinstance(t, LanesType) else v.splat(builder, a) for a, t in zip(args[1:], sig.args[1:], strict=True))
    return builder.select(args[0], a, b)


for _shape in ((LanesType, LanesType), (LanesType, types.Float), (types.Float, LanesType)):
    lower_builtin(elementary.where, MaskType, *_shape)(_lower_where)
