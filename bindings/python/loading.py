"""Makes an instance out of a forked interpreter and imports the function's file into it.

`add_file(path)` says whether a path is a file of the project, and records it; `add_directory` likewise.
"""

import importlib.machinery
import importlib.util
import os
import sys
import time
from http.server import BaseHTTPRequestHandler
from importlib import _bootstrap_external as _external

_DOCS = "https://vercel.com/docs/functions/serverless-functions/runtimes/python"


# What a package imports at its first use, by the package: too late for an instance to report it.
_LATE = {"anyio": "anyio._backends._asyncio"}

STASH = None  # what a zygote that has learned gives to its instances (stash.py)
_base = frozenset()  # modules that were loaded before this became an instance


class Unusable(Exception):
    """The file was imported but what it exports cannot be served; the text is for people."""


def prepare(root, environment):
    """Environment, folder and module search path, before any code of the project runs."""
    global _base
    _base = frozenset(sys.modules)
    os.environ.clear()
    for name, value in environment:
        os.environb[name] = value
    time.tzset()
    os.chdir(root)
    use_virtual_environment(os.environ.get("VIRTUAL_ENV"))
    sys.path.insert(0, root)


def add_folder(root, folder):
    """A folder of the project whose modules can be imported too; returns its path."""
    path = os.path.join(root, folder)
    sys.path.insert(1, path)
    return path


def use_virtual_environment(venv, add=None):
    """What the venv's own interpreter would do: its packages, instead of the system's.

    `add` puts their folder on sys.path; by default as `site` does, with its .pth files.
    """
    if not venv or not os.path.isfile(os.path.join(venv, "pyvenv.cfg")):
        return
    packages = os.path.join(venv, "lib", "python%d.%d" % sys.version_info[:2], "site-packages")
    if not os.path.isdir(packages):
        return
    alone = not _includes_system_packages(venv)
    if add is None:
        import site
        add = site.addsitedir
        # What site.getsitepackages() goes by.
        if alone:
            site.PREFIXES[:], site.ENABLE_USER_SITE = [venv], False
        else:
            site.PREFIXES.insert(0, venv)
    if alone:
        ends = ("site-packages", "dist-packages")
        sys.path[:] = [path for path in sys.path if not path.rstrip("/").endswith(ends)]
    before = list(sys.path)
    add(packages)
    # The venv's packages come before the system's, as site.main() orders them.
    added = [path for path in sys.path if path not in before]
    system = [path for path in before if path.endswith("-packages")]
    sys.path[:] = [path for path in before if path not in system] + added + system
    sys.prefix = sys.exec_prefix = venv
    for name in ("python3", "python"):
        executable = os.path.join(venv, "bin", name)
        if os.access(executable, os.X_OK):
            sys.executable = executable
            break


def _includes_system_packages(venv):
    with open(os.path.join(venv, "pyvenv.cfg"), encoding="utf-8", errors="replace") as config:
        for line in config:
            key, _, value = line.partition("=")
            if key.strip().lower() == "include-system-site-packages":
                return value.strip().lower() == "true"
    return False


def uncover(root, startup):
    """Forgets preloaded modules that a file of the project has the name of.

    With its own interpreter the project's file would win, since the root comes first on sys.path.
    What an interpreter has loaded before any script (`startup`) wins there too, and stays. True when
    there was such a module.
    """
    found = False
    for entry in os.listdir(root):
        name, dot, _ = entry.partition(".")
        path = os.path.join(root, entry)
        if dot:
            if not entry.endswith((".py", ".so")):
                continue
        elif not os.path.isfile(os.path.join(path, "__init__.py")):
            continue
        if name not in sys.modules or name in startup or name in sys.builtin_module_names:
            continue
        for loaded in [m for m in sys.modules if m == name or m.startswith(name + ".")]:
            del sys.modules[loaded]
        found = True
    return found


class _Lookups:
    """A finder that finds nothing: it notes which files of the project an import looks for."""

    def __init__(self, root, add_file):
        self._root = root
        self._add_file = add_file

    def find_spec(self, name, path=None, target=None):
        tail = name.rpartition(".")[2]
        try:
            for folder in sys.path if path is None else list(path):
                if isinstance(folder, str) and folder.startswith(self._root):
                    base = os.path.join(folder, tail)
                    if self._add_file(base + ".py"):
                        self._add_file(os.path.join(base, "__init__.py"))
        except (TypeError, ValueError):
            pass  # a search path that is no list of names: importing it will say so
        return None


def read_sources_only(root, add_file):
    """The project's files are compiled from their text every time, and each is recorded.

    A .pyc is believed when its time of one second's resolution fits: it would serve stale code.
    """
    original = importlib.machinery.SourceFileLoader.get_code

    def get_code(self, fullname):
        path = self.get_filename(fullname)
        if not add_file(path):
            return original(self, fullname)
        return self.source_to_code(self.get_data(path), path)

    importlib.machinery.SourceFileLoader.get_code = get_code
    _record_others(_external.SourcelessFileLoader, "get_code", add_file)
    _record_others(_external.ExtensionFileLoader, "exec_module", add_file)
    lookups = _Lookups(root, add_file)
    sys.meta_path.insert(0, lookups)
    return lookups


def _record_others(loader, name, add_file):
    original = getattr(loader, name)

    def recorded(self, *args):
        add_file(self.path)
        return original(self, *args)

    setattr(loader, name, recorded)


def package_folders():
    """Folders of installed packages on sys.path: each as it stands there, and without links."""
    folders = []
    for path in sys.path:
        if path.rstrip("/").endswith(("site-packages", "dist-packages")):
            for name in (path.rstrip("/") + "/", os.path.realpath(path) + "/"):
                if name not in folders:
                    folders.append(name)
    return tuple(folders)


def is_installed(module, folders, known):
    """Whether the module's file lies in one of the folders, links followed. `known`: answers."""
    origin = getattr(getattr(module, "__spec__", None), "origin", None)
    if not isinstance(origin, str) or not origin.startswith(folders):
        return False
    folder = os.path.dirname(origin)
    if folder not in known:
        known[folder] = (os.path.realpath(folder) + "/").startswith(folders)
    return known[folder] and not os.path.islink(origin)


def packages_to_learn():
    """(modules of installed packages that this instance has imported itself, STASH is outdated).

    With what those are known to import when they are first used.
    """
    given = STASH.given if STASH else ()
    names = [name for name in list(sys.modules) if name not in _base and name not in given]
    if names:
        folders, known = package_folders(), {}
        names = [name for name in names if is_installed(sys.modules[name], folders, known)]
        names += [late for package, late in _LATE.items() if package in names and late not in names]
    return names, bool(STASH and STASH.outdated)


def import_sdk():
    """Imports vercel.headers, if there is a package `vercel`: it is told of every request, also
    where the function imports it in the middle of one.
    """
    # No finder is asked: in a new process it would list each folder of the path first.
    folders = (os.path.join(path, "vercel") for path in sys.path if isinstance(path, str))
    if "vercel" not in sys.modules and not any(map(os.path.isdir, folders)):
        return
    try:
        importlib.import_module("vercel.headers")
    except Exception:
        pass  # a function that imports what is broken sees that for itself


def module_name(file):
    name = file.replace("\\", "/")
    if name.lower().endswith(".py"):
        name = name[:-3]
    if name.endswith("/__init__"):
        name = name[:-len("/__init__")]
    return name.replace("/", ".")


def import_entry(root, file):
    """Runs the function's file as the platform does and returns the module."""
    name, path = module_name(file), os.path.join(root, file)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None:  # a suffix that is not exactly .py
        loader = importlib.machinery.SourceFileLoader(name, path)
        spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def resolve(module, variable, file):
    """("handler" | "wsgi" | "asgi", object) of the name that was found statically."""
    name = module_name(file)
    if not hasattr(module, variable):
        raise Unusable('missing variable "%s" in file "%s".\nSee the docs: %s'
                       % (variable, name, _DOCS))
    value = getattr(module, variable)
    kind = _kind(variable, value)
    if kind == "asgi" and callable(getattr(value, "asgi", None)):
        value = value.asgi
    if kind is None:
        raise Unusable("Could not determine the application interface for '%s:%s'\n"
                       "Expected either:\n"
                       "  - an ASGI app: async callable(scope, receive, send)\n"
                       "  - a WSGI app: callable(environ, start_response)%s"
                       % (name, variable, _hint(variable, value)))
    return kind, value


def _hint(variable, value):
    if isinstance(value, type) and variable.lower() == "handler":
        return "\nOr a class derived from http.server.BaseHTTPRequestHandler; `%s` is not" % variable
    if _hides_parameters(value):
        return ("\n`%s` takes *args, which tells neither; wrap it in a function with the parameters "
                "(environ, start_response) or (scope, receive, send)" % variable)
    return ""


def _hides_parameters(value):
    import inspect
    try:
        parameters = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return False
    return any(each.kind is inspect.Parameter.VAR_POSITIONAL for each in parameters)


def _kind(variable, value):
    if variable.lower() == "handler" and isinstance(value, type):
        if issubclass(value, BaseHTTPRequestHandler):
            return "handler"
    if callable(getattr(value, "asgi", None)):
        return "asgi"
    required = _required_parameters(value)
    if required == 3 and _is_coroutine(value):
        return "asgi"
    return "wsgi" if required == 2 else None


def _is_coroutine(value):
    import inspect
    return inspect.iscoroutinefunction(value) or inspect.iscoroutinefunction(
        getattr(value, "__call__", None))


def _required_parameters(value):
    """How many positional parameters a call must have; -1 for what cannot be called."""
    if not callable(value):
        return -1
    import inspect  # here: no handler class needs it, and it takes milliseconds
    try:
        parameters = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return -1
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(1 for p in parameters if p.kind in kinds and p.default is inspect.Parameter.empty)


def exit_code(error):
    """(code, text): what sys.exit(code) makes of its argument."""
    code = error.code
    if code is None:
        return 0, ""
    if isinstance(code, int):
        return code & 0xFF, ""
    return 1, str(code)


def run_exit_callbacks():
    """What the interpreter does at its end, except tearing itself down."""
    import atexit
    import threading
    threading._shutdown()
    atexit._run_exitfuncs()


def has_signal_handlers():
    """Whether code of the project handles signals in Python."""
    import _signal
    return any(callable(_signal.getsignal(number)) for number in _signal.valid_signals()
               if number != _signal.SIGINT or
               _signal.getsignal(number) is not _signal.default_int_handler)
