"""Imports modules of installed packages in a zygote that learns, and puts them away for its instances.

An instance must not be able to tell a module that was imported here from one that it has imported
itself. So an import counts only if it did nothing but define things: what it read (variables, files,
names that could have been modules) is written down, to be compared where the module is given out
(stash.py); what it changed outside of itself is a reason to refuse it.
"""

import _locale
import _signal
import builtins
import gc
import logging
import os
import sys
import threading
import time
import types
import warnings
from importlib.machinery import ExtensionFileLoader, FileFinder

# Where programs put something of their own in the place of what is there.
_PATCHED = (
    "_thread", "asyncio", "builtins", "codecs", "concurrent.futures.thread", "datetime", "http.client",
    "importlib", "io", "json", "logging", "os", "queue", "random", "select", "selectors", "signal",
    "socket", "ssl", "subprocess", "threading", "time", "urllib.request", "warnings", "weakref",
)


class _Variables(dict):
    """The dictionary behind os.environ: notes which variables are read, None for all of them."""

    read = frozenset()

    def _note(self, key):
        self.read = self.read | {key}

    def __getitem__(self, key):
        self._note(key)
        return dict.__getitem__(self, key)

    def __contains__(self, key):
        self._note(key)
        return dict.__contains__(self, key)

    def get(self, key, default=None):
        self._note(key)
        return dict.get(self, key, default)

    def __iter__(self):
        self._note(None)
        return dict.__iter__(self)

    def keys(self):
        self._note(None)
        return dict.keys(self)

    def items(self):
        self._note(None)
        return dict.items(self)

    def values(self):
        self._note(None)
        return dict.values(self)


class _Missing:
    """The last finder: notes which outermost names are modules nowhere."""

    def __init__(self):
        self.names = set()

    def find_spec(self, name, path=None, target=None):
        if path is None:
            self.names.add(name)
        return None


class Unit:
    """Modules that are given out together."""

    def __init__(self):
        self.modules = {}      # in the order of their import
        self.origins = {}      # outermost name: its file, None where there is no such module
        self.files = {}        # path: signature
        self.variables = {}    # name: value, None where it was not set
        self.whole_environment = False
        self.needs = set()     # numbers of earlier units
        self.finders = []      # what it has put at the end of sys.meta_path
        self.filters = ([], [])  # what it has put before and behind warnings.filters
        self.attributes = []   # (package, name, module) where the package is always there


def originals():
    """{module: {name: function or class}} of what programs like to replace."""
    return {module: {name: value for name, value in vars(sys.modules[module]).items()
                     if callable(value)}
            for module in _PATCHED if module in sys.modules}


def signature(path):
    """Changes when the file does; None when there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


class Lesson:
    """Has the function's variables and search path from its making until finish()."""

    def __init__(self, root, environment, loading):
        self._began = time.time_ns()
        self._before = (os.environ._data, dict(os.environ._data), os.getcwd(), list(sys.path),
                        sys.prefix, sys.exec_prefix, sys.executable)
        self.environment = dict(environment)
        self._variables = _Variables()
        os.environ.clear()
        os.environ._data = os.environb._data = self._variables
        for name, value in environment:
            os.environb[name] = value
        time.tzset()
        os.chdir(root)
        self._root = os.path.join(os.path.realpath(root), "")
        # Without its .pth files: what they lead to is no installed package, and what they run would
        # run again in the instance.
        loading["use_virtual_environment"](os.environ.get("VIRTUAL_ENV"), sys.path.append)
        self._is_installed = loading["is_installed"]
        self._folders = loading["package_folders"]()
        self._known = {}
        self._own = tuple([os.path.dirname(os.__file__) + "/"] +
                          [path + "/" for path in sys.path if path.endswith("lib-dynload")])
        self._missing = _Missing()
        sys.meta_path.append(self._missing)
        self.units = []

    def begin(self):
        self._unit = Unit()
        self._old = set(sys.modules)
        self._missing.names = set()
        self._state = _observed()
        self._originals = originals()
        self._filters = list(warnings.filters)
        self._finders = list(sys.meta_path)
        self._original_import = builtins.__import__
        self._variables.read = frozenset()
        builtins.__import__ = self._import

    def judge(self, files):
        """Why what was imported since begin() cannot be kept, "" if it can.

        `files` were read or listed meanwhile.
        """
        self._read = self._variables.read
        if builtins.__import__ == self._import:
            builtins.__import__ = self._original_import
        self._take_finders()
        self._take_filters()
        for what, value in _observed().items():
            if value != self._state[what]:
                return "it changed %s" % what
        if not are_in_place(self._originals):  # lesson.cpp
            return "it replaced parts of the standard library"
        reason = self._take_modules() or self._take_files(files)
        sys.meta_path.extend(self._unit.finders)  # what is imported next may need them
        return reason

    def finish(self):
        """Puts everything away and makes the interpreter what it was."""
        for unit in self.units:
            for finder in unit.finders:
                sys.meta_path.remove(finder)
            for name in unit.modules:
                del sys.modules[name]
        for unit in self.units:
            unit.attributes = _unbind(unit.modules)
        sys.meta_path.remove(self._missing)
        self.folders = self._search({name for unit in self.units for name in unit.origins})
        self._restore()
        self.originals = originals()
        return sum(len(unit.modules) for unit in self.units)

    def _restore(self):
        data, variables, folder, path, prefix, exec_prefix, executable = self._before
        os.environ.clear()
        os.environ._data = os.environb._data = data
        for name, value in variables.items():
            os.environb[name] = value
        time.tzset()
        os.chdir(folder)
        sys.path[:] = path
        sys.prefix, sys.exec_prefix, sys.executable = prefix, exec_prefix, executable

    def _search(self, names):
        """{folder on the search path: (time of its change, {name: origin of what is found there})}.

        Without folders that this cannot be said of until they change.
        """
        found = {}
        for entry in sys.path:
            finder = sys.path_importer_cache.get(entry)
            if type(finder) is not FileFinder:
                continue
            changed = os.stat(entry).st_mtime_ns
            specs = {name: finder.find_spec(name) for name in names}
            specs = {name: spec for name, spec in specs.items() if spec is not None}
            # A part of a namespace becomes a package by a change that the folder does not show.
            if changed < self._began and all(spec.loader for spec in specs.values()):
                found[entry] = changed, {name: spec.origin for name, spec in specs.items()}
        return found

    # ---- what an import has done ----

    def _import(self, name, globals=None, locals=None, fromlist=(), level=0):
        module = self._original_import(name, globals, locals, fromlist, level)
        # A module that was there already is not found again, so no finder hears of it.
        self._note_use(module)
        if level == 0:
            self._note_use(sys.modules.get(name))
        for each in fromlist or ():
            self._note_use(getattr(module, "__dict__", {}).get(each))
        return module

    def _note_use(self, used):
        kind = type(used)  # its own word is not asked for: proxies answer for what they stand for
        if issubclass(kind, types.ModuleType):
            name = used.__dict__.get("__name__")
        elif issubclass(kind, (type, types.FunctionType, types.BuiltinFunctionType)):
            name = used.__module__
        else:
            name = kind.__module__
        if not isinstance(name, str):
            return
        for number, unit in enumerate(self.units):
            if name in unit.modules:
                self._unit.needs |= {number} | unit.needs

    def _take_finders(self):
        added = [each for each in sys.meta_path if each not in self._finders]
        if sys.meta_path == self._finders + added:
            self._unit.finders = added
            sys.meta_path[:] = self._finders

    def _take_filters(self):
        added = [each for each in warnings.filters if each not in self._filters]
        before = [each for each in added if warnings.filters.index(each) < len(added)]
        self._unit.filters = (before, [each for each in added if each not in before])
        warnings.filters[:] = self._filters
        filters_mutated()

    def _take_modules(self):
        unit, own = self._unit, Unit()
        for name in [each for each in sys.modules if each not in self._old]:
            module = sys.modules[name]
            spec = getattr(module, "__spec__", None)
            origin = getattr(spec, "origin", None)
            if self._is_installed(module, self._folders, self._known):
                unit.modules[name] = module
                unit.files[origin] = signature(origin)
                # What compiled code reads of the environment is not seen.
                unit.whole_environment |= isinstance(spec.loader, ExtensionFileLoader)
            elif self._belongs_to_python(origin):
                own.modules[name] = module
            elif spec is None or (origin is None and self._is_ours(name.partition(".")[0])):
                unit.modules[name] = module  # made by a module, not found in a file
            else:
                return "it imported %s from %s" % (name, origin or "nowhere")
        for part in (own, unit):
            reason = self._take_origins(part)
            if reason:
                return reason
        self._keep(own, unit)
        return ""

    def _is_ours(self, name):
        return name in self._unit.modules or any(name in unit.modules for unit in self.units)

    def _belongs_to_python(self, origin):
        return origin in ("built-in", "frozen") or (
            isinstance(origin, str) and origin.startswith(self._own)
            and not origin.startswith(self._folders))

    def _take_origins(self, unit):
        for name in unit.modules:
            outermost = name.partition(".")[0]
            spec = getattr(sys.modules.get(outermost), "__spec__", None)
            if spec is not None and spec.origin is None:
                return "%s is a namespace" % outermost
            if spec is not None and spec.has_location:
                unit.origins[outermost] = spec.origin
        return ""

    def _keep(self, own, unit):
        for name in self._missing.names:
            unit.origins.setdefault(name, None)
        for each in (own, unit):
            each.whole_environment |= None in self._read
            each.variables = {key: dict.get(self._variables, key)
                              for key in self._read if key is not None}
        for module in list(unit.modules.values()):
            for value in list(getattr(module, "__dict__", {}).values()):
                self._note_use(value)
        own.needs = set(unit.needs)
        if own.modules:
            unit.needs.add(len(self.units))
            self.units.append(own)
        self.units.append(unit)

    def _take_files(self, files):
        unit = self._unit
        for path in files:
            path = os.path.abspath(path)
            if os.path.realpath(path).startswith(self._root) and not path.startswith(self._folders):
                return "it read %s of the project" % path
            unit.files[path] = signature(path)
        for path, seen in unit.files.items():
            if seen and seen[0] >= self._began:
                return "%s is being changed" % path
        return ""


def _observed():
    """What an import may not change, by name."""
    umask = os.umask(0)
    os.umask(umask)
    root = logging.getLogger()
    return {
        "os.environ": dict.copy(os.environ._data),
        "the working directory": os.getcwd(),
        "sys.path": list(sys.path),
        "the finders of modules": list(sys.meta_path) + list(sys.path_hooks),
        "signal handlers": [_signal.getsignal(each) for each in _signal.valid_signals()],
        "the umask": umask,
        "the locale": _locale.setlocale(_locale.LC_ALL, None),
        "the standard streams": (sys.stdin, sys.stdout, sys.stderr),
        "the interpreter's hooks": (sys.displayhook, sys.excepthook, sys.unraisablehook,
                                    threading.excepthook, sys.gettrace(), sys.dont_write_bytecode),
        "the interpreter's limits": (sys.getrecursionlimit(), sys.getswitchinterval()),
        "the collector": (gc.isenabled(), gc.get_threshold(), list(gc.callbacks)),
        "logging": (root.level, list(root.handlers), list(root.filters), root.manager.disable,
                    logging.getLoggerClass(), logging.getLogRecordFactory(),
                    logging.raiseExceptions),
    }


def _unbind(modules):
    """Takes modules out of their packages where those stay; [(package, name, module)]."""
    taken = []
    for name, module in modules.items():
        package = sys.modules.get(name.rpartition(".")[0])
        child = name.rpartition(".")[2]
        if package is not None and getattr(package, "__dict__", {}).get(child) is module:
            delattr(package, child)
            taken.append((package, child, module))
    return taken


def filters_mutated():
    """What has to be called when warnings.filters was changed by hand."""
    for name in ("_filters_mutated_lock_held", "_filters_mutated"):
        if hasattr(warnings, name):
            return getattr(warnings, name)()
