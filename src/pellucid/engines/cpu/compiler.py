"""Kernels as machine code: compiled once on a machine, kept on disk, loaded in a millisecond.

A kernel is named ``module:function``, or ``module:function/formula_module:formula`` where a formula (an activation, a
loss, an optimizer) is put into a kernel that the function makes for it. Its machine code is kept under a name made
from the text of every file that it is made of, the versions of the compiler and the processor, so a changed formula is
never run from an old file. Loading needs LLVM's loader only: Numba, which takes far longer to import, is imported
when there is something to compile.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import hashlib
import importlib
import importlib.util
import os
import platform
import re
import tempfile
import threading
import warnings
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

import llvmlite.binding as llvm

from pellucid.engines.cpu.helpers import Helper
from pellucid.engines.cpu.workers import available_cores
from pellucid.release import release_of

MAGIC = b"pellucid machine code 1\n"
HERE = "pellucid.engines.cpu"
INTERPRETER = f"{HERE}.interpreter:interpret"
# What every kernel is made with, besides the folders of its own module and its formula's.
OWN = ("vectors", "lane_types", "lanes", "chance", "run", "compiler")
COMMON = ("pellucid.elementary", *(f"{HERE}.{module}" for module in OWN))

HELPERS = min(3, available_cores() - 1)  # processes at the most, each of some 150 MB
KERNELS_FOR_A_HELPER = 3  # a helper takes a second to begin
Progress = Callable[[int, int, str], None]
Kernel = tuple[str, str]  # name and dtype
Code = tuple[bytes, str]  # machine code, and the name by which its function is found in it
_loaded: dict[tuple[str, str], int] = {}
_lock = threading.Lock()


def _new_lock() -> None:
    """In a forked process: a thread that is not there any more may have held the lock."""
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_new_lock)


def addresses(names: Sequence[str], dtype: str, progress: Progress | None = None) -> dict[str, int]:
    """Return the address of each kernel's machine code.

    Parameters
    ----------
    names : sequence of str
        ``module:function`` or ``module:function/formula_module:formula``.
    dtype : str
        ``"float32"`` or ``"float64"``; the interpreter has none.
    progress : callable, optional
        Called with (number done, number to compile, name) before each kernel that must be compiled and once after
        the last, and not at all where everything is on disk.
    """
    with _lock:
        kernels = {name: (name, "int64" if name == INTERPRETER else dtype) for name in names}
        missing = [kernel for kernel in kernels.values() if kernel not in _loaded and not _load(*kernel)]
        for kernel, code in _compile_all(missing, progress).items():
            _loaded[kernel] = _link(*code)
        if missing and progress is not None:
            progress(len(missing), len(missing), "")
        return {name: _loaded[kernel] for name, kernel in kernels.items()}


def interpreter(progress: Progress | None = None) -> Callable[[int, int, int, int, int], int]:
    """The compiled interpreter, as Numba compiles a function.

    It is called with five addresses: of places for the result and for an exception, of a tape, of a run table and of
    the words that workers share.
    """
    address = addresses([INTERPRETER], "", progress)[INTERPRETER]
    return ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_void_p] * 5)(address)


def cache_folder() -> Path:
    """Where machine code is kept: the user's cache folder, or a private temporary one where that is not writable."""
    return Path(_cache_folder())


@functools.cache
def _cache_folder() -> str:
    import platformdirs

    folder = Path(platformdirs.user_cache_dir("pellucid", appauthor=False)) / "kernels"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            return str(folder)
    except OSError as error:
        if os.access(folder, os.R_OK | os.X_OK) and any(folder.iterdir()):
            return str(folder)  # readable though not writable: what is there can be used
        place = tempfile.mkdtemp(prefix="pellucid-kernels-")
        warnings.warn(
            f"{folder}: cannot be written ({error.strerror}); the engine's machine code is compiled again in every "
            f"process. Make that folder writable.",
            stacklevel=2,
        )
        return place


def made_with() -> dict[str, str]:
    """Hashes of all the text that machine code is made of, and of the processor and the compiler that make it."""
    root = Path(__file__).parents[2]
    files = [root / "elementary.py"]
    for folder in ("activations", "losses", "optimizers", "layers", "engines"):
        files += sorted((root / folder).rglob("*.py"))
    text = hashlib.sha256()
    for file in files:
        text.update(f"{file.relative_to(root).as_posix()}\n".encode() + file.read_bytes())
    return {"kernels": text.hexdigest(), "machine": hashlib.sha256(_machine()).hexdigest()}


# --- compiling -------------------------------------------------------------------------------------------------------


def _compile_all(kernels: Sequence[Kernel], progress: Progress | None) -> dict[Kernel, Code]:
    """Compile kernels and keep them on disk: with a helper's process for every further core, where they are many."""
    left, made = deque(kernels), dict[Kernel, Code]()

    def keep(kernel: Kernel, code: Code) -> None:
        _write(_path(*kernel), *code)
        made[kernel] = code

    def follow(helper: Helper) -> None:
        with contextlib.suppress(IndexError):  # none is left
            while True:
                kernel = left.popleft()
                code = helper.compile(*kernel)
                if code is None:
                    left.append(kernel)  # for this process
                    return
                keep(kernel, code)

    helpers: list[Helper] = []
    try:
        with contextlib.suppress(OSError):  # no process can be started
            for _ in range(min(HELPERS, len(kernels) // KERNELS_FOR_A_HELPER)):
                helpers.append(Helper())
        threads = [threading.Thread(target=follow, args=(helper,), daemon=True) for helper in helpers]
        for thread in threads:
            thread.start()
        while len(made) < len(kernels):
            try:
                kernel = left.popleft()
            except IndexError:
                for thread in threads:
                    thread.join()
                continue
            if progress is not None:
                progress(len(made), len(kernels), kernel[0])
            keep(kernel, _compile(*kernel))
    finally:
        for helper in helpers:
            helper.end()
    return {kernel: made[kernel] for kernel in kernels}


def _compile(name: str, dtype: str) -> tuple[bytes, str]:
    """Compile with Numba; return the machine code and the name by which its function is found in it.

    The function is Numba's own, without the wrappers that Python would need to call it: these lean on Numba's run-time
    library, which is not there when machine code is loaded from disk. ``call_kernel`` in the interpreter knows how
    such a function is called.
    """
    from numba.core import compiler, types
    from numba.core.registry import cpu_target

    from pellucid.engines.cpu import interpreter

    function, formula = _parts(name)
    kernel = _object(function)
    if formula:
        kernel = kernel(_object(formula))
        # All formulas' kernels have one Python name, and Numba counts them anew in each process: without a name of its
        # own, machine code of two formulas would carry one symbol, and which one is found would be left to the loader.
        kernel.__qualname__ = f"{kernel.__qualname__}({formula})"
    if name == INTERPRETER:
        signature = interpreter.SIGNATURE
    else:
        words = types.CPointer(types.int64)
        signature = types.void(words, types.int64, types.CPointer(getattr(types, dtype)), words)
    flags = compiler.Flags()
    flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
    flags.error_model = "numpy"
    cpu_target.target_context.refresh()
    cpu_target.typing_context.refresh()
    made = compiler.compile_extra(
        cpu_target.typing_context, cpu_target.target_context, kernel, signature.args, signature.return_type, flags, {}
    )
    return made.library._get_compiled_object(), made.fndesc.llvm_func_name


def _parts(name: str) -> tuple[str, str]:
    function, _, formula = name.partition("/")
    return function, formula


def _object(path: str) -> Callable:
    module, _, attributes = path.partition(":")
    found = importlib.import_module(module)
    for attribute in attributes.split("."):
        found = getattr(found, attribute)
    return found


# --- linking ---------------------------------------------------------------------------------------------------------


@functools.cache
def _execution_engine() -> llvm.ExecutionEngine:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(cpu=llvm.get_host_cpu_name(), jit=True)
    empty = llvm.parse_assembly("")
    empty.triple = llvm.get_process_triple()
    return llvm.create_mcjit_compiler(empty, machine)


def _link(code: bytes, symbol: str) -> int:
    engine = _execution_engine()
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    address = engine.get_function_address(symbol)
    if not address:
        raise RuntimeError(f"machine code has no function {symbol}")
    return address


# --- keeping ---------------------------------------------------------------------------------------------------------


@functools.cache
def _text(module: str) -> bytes:
    """The text of every file in the module's folder, for a formula may call others of its folder.

    Of the engine's own modules, the text of that one: what kernels take from them is in ``COMMON``.
    """
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"no module {module}")
    alone = module.count(".") == 1 or module.startswith(HERE)
    files = [Path(spec.origin)] if alone else sorted(Path(spec.origin).parent.glob("*.py"))
    return b"\0".join(file.read_bytes() for file in files)


@functools.cache
def _engine_modules(module: str) -> tuple[str, ...]:
    """The engine's own modules that the module's folder imports from, besides those of every kernel."""
    found = re.findall(rb"^from (pellucid\.engines\.cpu\.\w+) import", _text(module), re.MULTILINE)
    return tuple(sorted({name.decode() for name in found} - {*COMMON, module}))


@functools.cache
def _machine() -> bytes:
    features = llvm.get_host_cpu_features().flatten()
    machine = [platform.python_version(), platform.machine(), llvm.get_host_cpu_name(), features]
    parts = [release_of("numba"), release_of("llvmlite"), *machine]
    return "\n".join(parts).encode()


def _path(name: str, dtype: str) -> Path:
    function, formula = _parts(name)
    own = [part.partition(":")[0] for part in (function, formula) if part]
    modules = [*COMMON, *own, *(module for name in own for module in _engine_modules(name))]
    digest = hashlib.sha256(b"\0".join([_machine(), dtype.encode(), name.encode(), *map(_text, modules)]))
    short = "-".join(part.partition(":")[2] for part in (function, formula) if part)
    family = function.partition(":")[0].removeprefix("pellucid.").replace(".", "-")
    return cache_folder() / f"{family}-{short}-{dtype}-{digest.hexdigest()[:20]}.bin"


def _load(name: str, dtype: str) -> bool:
    """Load a kernel from disk; False where it is not there or not whole."""
    try:
        text = _path(name, dtype).read_bytes()
    except OSError:
        return False
    magic, rest = text[: len(MAGIC)], text[len(MAGIC) :]
    digest, _, body = rest.partition(b"\n")
    if magic != MAGIC or hashlib.sha256(body).hexdigest().encode() != digest:
        return False
    symbol, _, code = body.partition(b"\n")
    _loaded[name, dtype] = _link(code, symbol.decode())
    return True


def _write(path: Path, code: bytes, symbol: str) -> None:
    """Write in one step, so that a process that is killed, or one that runs beside this, leaves nothing half done."""
    body = symbol.encode() + b"\n" + code
    text = MAGIC + hashlib.sha256(body).hexdigest().encode() + b"\n" + body
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
        with os.fdopen(handle, "wb") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError as error:
        warnings.warn(
            f"{path.parent}: the engine's machine code could not be kept ({error.strerror}); it will be compiled "
            f"again next time.",
            stacklevel=2,
        )
