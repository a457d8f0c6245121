"""What a file imports, opens and writes, found without running it: for `localfn check`.

observations() gives rows (kind, text, line, column):

  import            a module that the platform must bring, as written: "a.b", ".sibling"
  late import       the same inside a function: wanted when that runs
  guarded import    the same below a `try` or an `if`: the file may well do without it
  standard import   a module of the standard library of this Python
  name              "a.b.c" for `from a.b import c`: c may be a module
  path change       the file changes sys.path
  write, read       a path and the call, two lines; "early write" while the file is imported
  folder            the same for a folder that is made unless it is there; "early folder"
  database          the same for a file of SQLite, which is read and perhaps written
  endless           a call or loop that does not return, so that the import of the file never ends
  ignore            codes that do not count on this line; "" is all; "ignore file": in this file

A path begins with `__file__` where the code has begun with that, and has … for what only a run can
tell. What is written under `except OSError`, or under an `if` on the environment, is left out: there
the author has thought of it.
"""

import ast
import re
import warnings

_MOST_ROWS = 400
_MOST_TEXT = 40000  # one message of the control socket holds them all
_LONGEST = 300

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_TRIES = (ast.Try,) + ((ast.TryStar,) if hasattr(ast, "TryStar") else ())
_CAUGHT = ("OSError", "IOError", "EnvironmentError", "PermissionError", "Exception",
           "BaseException", "Error", "OperationalError", "FileNotFoundError")
_SETTINGS = re.compile(r"VERCEL|LAMBDA|DEBUG|LOCAL|DEV|PROD|TEST|ENV|SERVERLESS|TYPE_CHECKING")

# The place of the path among the arguments.
_WRITES = {
    "os.remove": 0, "os.unlink": 0, "os.rmdir": 0, "os.removedirs": 0, "os.rename": 1,
    "os.replace": 1, "os.symlink": 1, "os.truncate": 0, "shutil.copy": 1, "shutil.copyfile": 1,
    "shutil.copy2": 1, "shutil.copytree": 1, "shutil.move": 1, "shutil.rmtree": 0,
    "shutil.make_archive": 0, "logging.FileHandler": 0, "logging.handlers.RotatingFileHandler": 0,
    "logging.handlers.TimedRotatingFileHandler": 0, "logging.handlers.WatchedFileHandler": 0,
    "shelve.open": 0, "numpy.save": 0, "numpy.savetxt": 0,
}
_OPENS = ("open", "io.open", "codecs.open", "gzip.open", "bz2.open", "lzma.open", "tarfile.open",
          "zipfile.ZipFile", "aiofiles.open")
_FOLDERS = ("os.mkdir", "os.makedirs")
_READS = {"pandas.read_csv": 0, "pandas.read_json": 0, "pandas.read_excel": 0, "numpy.load": 0,
          "PIL.Image.open": 0, "starlette.responses.FileResponse": 0,
          "fastapi.responses.FileResponse": 0}
_DIRECTORIES = ("StaticFiles", "Jinja2Templates", "FileSystemLoader")
_PATH_WRITES = ("write_text", "write_bytes", "touch", "unlink", "rmdir")
_PATH_READS = ("read_text", "read_bytes", "iterdir")
_SAVERS = ("save", "savefig", "to_csv", "to_json", "to_excel", "to_parquet", "to_pickle",
           "write_image", "write_html")


def observations(source, paths_of, ignores, standard, endless):
    """The rows for the bytes of a file; nothing but comments where Python cannot parse it.

    `paths_of` is the class Paths of paths.py, `ignores` the function of ignores.py, `endless` the
    class Endless of endless.py.
    """
    found = ignores(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
        found += _Look(tree, _lines(source), paths_of(tree), standard, endless).rows()
    except (SyntaxError, MemoryError, RecursionError, ValueError, LookupError):
        pass
    return _bounded(found)


def _bounded(rows):
    kept, size = [], 0
    for kind, text, line, column in sorted(rows, key=lambda row: (row[2], row[3])):
        text = str(text).encode("utf-8", "backslashreplace").decode()
        size += len(kind) + len(text.encode()) + 16
        if len(kept) >= _MOST_ROWS or size > _MOST_TEXT:
            break
        kept.append((kind, text, line, column))
    return kept


def _lines(source):
    try:
        return source.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError:
        return source.decode("latin-1").split("\n")


class _Scope:
    """Where a statement stands."""

    def __init__(self, late=False, guarded=False, handled=False):
        self.late = late          # inside a function
        self.guarded = guarded    # below a try or an if
        self.handled = handled    # its OSError is caught, or it is for one environment only

    def inside(self, late=False, guarded=False, handled=False):
        return _Scope(self.late or late, self.guarded or guarded, self.handled or handled)


class _Look:
    def __init__(self, tree, lines, paths, standard, endless):
        self.lines = lines
        self.found = []
        self.paths, self.path, self.dotted = paths, paths.path, paths.dotted
        self.chdir = False
        self.standard = standard
        self._walk(tree)
        started = endless(tree, paths).found
        if started:
            self.add("endless", started[0], started[1])

    def rows(self):
        if not self.chdir:
            return self.found
        # Relative paths mean something else than the project's root then.
        paths = ("write", "read", "folder", "database")
        return [row for row in self.found if row[0].rpartition(" ")[2] not in paths or
                row[1].startswith(("/", "__file__"))]

    def add(self, kind, text, node):
        if len(text) > 2 * _LONGEST:
            return
        line = self.lines[node.lineno - 1] if node.lineno <= len(self.lines) else ""
        before = line.encode("utf-8", "surrogatepass")[:node.col_offset]
        self.found.append((kind, text, node.lineno, len(before.decode("utf-8", "ignore")) + 1))

    # ---- the walk ------------------------------------------------------------------------------

    def _walk(self, tree):
        # Without recursion: the file may be nested deeply.
        waiting = [(node, _Scope()) for node in reversed(tree.body)]
        while waiting:
            node, scope = waiting.pop()
            self._note(node, scope)
            if isinstance(node, ast.If):
                inner = self._below(node, scope)
                if inner is not None:
                    waiting += [(each, inner) for each in reversed(node.body)]
                other = inner or scope.inside(guarded=not _is_plain(node.test))
                waiting += [(each, other) for each in reversed(node.orelse)]
                waiting.append((node.test, scope))
                continue
            if isinstance(node, _TRIES):
                inner = scope.inside(guarded=bool(node.handlers), handled=_catches(node))
                waiting += [(each, inner) for each in reversed(node.body)]
                rest = scope.inside(guarded=bool(node.handlers))
                for each in node.handlers + node.orelse + node.finalbody:
                    waiting.append((each, rest))
                continue
            if isinstance(node, _FUNCTIONS):
                scope = scope.inside(late=True)
            elif isinstance(node, (ast.With, ast.AsyncWith)):
                scope = scope.inside(handled=any(
                    "suppress" in self.dotted(getattr(item.context_expr, "func", None))
                    for item in node.items))
            waiting += [(each, scope) for each in reversed(list(ast.iter_child_nodes(node)))]

    def _below(self, node, scope):
        """The scope of an `if`; None when its body is never run here."""
        words = []
        for each in ast.walk(node.test):
            if isinstance(each, ast.Name):
                words.append(each.id)
            elif isinstance(each, ast.Attribute):
                words.append(each.attr)
            elif isinstance(each, ast.Constant) and isinstance(each.value, str):
                words.append(each.value)
        if "__main__" in words or "TYPE_CHECKING" in words:
            return None
        handled = any(_SETTINGS.search(word.upper()) for word in words)
        return scope.inside(guarded=True, handled=handled)

    def _note(self, node, scope):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            self._note_import(node, scope)
        elif isinstance(node, ast.Call):
            self._note_call(node, scope)
        elif isinstance(node, (ast.Assign, ast.AugAssign)):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                self._note_assignment(target, node, scope)

    def _note_assignment(self, target, node, scope):
        changed = target.value if isinstance(target, ast.Subscript) else target
        if self.dotted(changed) == "sys.path":
            self.add("path change", "", node)
        if self.paths.key(target) == "[SQLALCHEMY_DATABASE_URI]":
            # Flask-SQLAlchemy has relative ones in the folder of the application's instance.
            self._note_address(node.value, "SQLALCHEMY_DATABASE_URI", "instance/", node, scope)

    def _note_import(self, node, scope):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        else:
            modules = ["." * node.level + (node.module or "")]
        for module in modules:
            if len(module) > _LONGEST:
                continue
            kind = "import"
            if not module.startswith("."):
                if module.partition(".")[0] in self.standard:
                    kind = "standard import"
            if scope.guarded:
                kind = "guarded import"
            elif scope.late and kind == "import":
                kind = "late import"
            self.add(kind, module, node)
        if isinstance(node, ast.ImportFrom):
            dot = "" if modules[0].endswith(".") else "."
            for alias in node.names[:30]:
                self.add("name", modules[0] + dot + alias.name, node)

    # ---- calls ---------------------------------------------------------------------------------

    def _note_call(self, node, scope):
        name = self.dotted(node.func)
        if name in ("os.chdir", "os.fchdir"):
            self.chdir = True
        if name.startswith("sys.path.") or name == "site.addsitedir":
            self.add("path change", "", node)
        if scope.handled:
            return
        if name in _OPENS:
            return self._note_open(node, node.args, self.path(_argument(node, 0, "file")), name, scope)
        if name in _FOLDERS:
            return self._add_path("folder", self.path(_argument(node, 0, "name")), name, node, scope)
        if name in _WRITES:
            path = self.path(_argument(node, _WRITES[name], "filename"))
            return self._add_path("write", path, name, node, scope)
        if name == "logging.basicConfig":
            path = self.path(_argument(node, 99, "filename"))
            return self._add_path("write", path, name, node, scope)
        if name in ("sqlite3.connect", "aiosqlite.connect"):
            return self._note_database(self.path(_argument(node, 0, "database")), name, node, scope)
        if name in _READS:
            path = self.path(_argument(node, _READS[name], "path"))
            return self._add_path("read", path, name, node, scope)
        last = name.rpartition(".")[2]
        if last in ("create_engine", "create_async_engine"):
            self._note_address(_argument(node, 0, "url"), last, "", node, scope)
        elif last in _DIRECTORIES:
            index = 99 if last == "StaticFiles" else 0
            path = self.path(_argument(node, index, "directory"))
            self._add_path("read", path, last, node, scope)
        elif name in ("flask.send_file", "flask.send_from_directory"):
            path = self.path(_argument(node, 0, "directory"))
            if path and not path.startswith(("/", "__file__")):
                path = "__file__/../" + path  # relative to the application's folder
            self._add_path("read", path, last, node, scope)
        elif isinstance(node.func, ast.Attribute):
            self._note_method(node, scope)

    def _note_method(self, node, scope):
        method = node.func.attr
        if method in _SAVERS:
            path = self.path(node.args[0]) if node.args else None
            if path and ("/" in path or "." in path):
                self._add_path("write", path, method, node, scope)
            return
        if method not in _PATH_WRITES + _PATH_READS + ("mkdir", "open"):
            return
        path = self.path(node.func.value)
        if method == "open":
            self._note_open(node, [None] + node.args, path, "open", scope)
        else:
            kind = ("folder" if method == "mkdir" else
                    "write" if method in _PATH_WRITES else "read")
            self._add_path(kind, path, method, node, scope)

    def _note_open(self, node, args, path, name, scope):
        mode = args[1] if len(args) > 1 else None
        for keyword in node.keywords:
            if keyword.arg == "mode":
                mode = keyword.value
        if mode is not None and not (isinstance(mode, ast.Constant) and isinstance(mode.value, str)):
            return
        writes = mode is not None and any(each in mode.value for each in "wax+")
        shown = "%s(…, \"%s\")" % (name, mode.value) if writes else name
        self._add_path("write" if writes else "read", path, shown, node, scope)

    def _note_database(self, path, name, node, scope):
        if path is None or ":memory:" in path or "mode=memory" in path:
            return
        if path.startswith("file:"):
            if "mode=ro" in path or "immutable" in path:
                return
            path = path[5:].partition("?")[0]
        self._add_path("database", path, name, node, scope)

    def _note_address(self, value, name, folder, node, scope):
        """A file of SQLite in an address of SQLAlchemy: three slashes and a path."""
        address = self.path(value) or ""
        match = re.match(r"sqlite(\+\w+)?:///(?!:memory:)(.+)", address)
        if match and not scope.handled:
            path = match[2].partition("?")[0]
            if not path.startswith(("/", "__file__")):
                path = folder + path
            self._add_path("database", path, name, node, scope)

    def _add_path(self, kind, path, call, node, scope):
        if not path or path.startswith("…") or len(path) > _LONGEST or "\n" in path:
            return
        if not scope.late and kind != "read":
            kind = "early " + kind
        self.add(kind, path + "\n" + call, node)


def _is_plain(test):
    """Whether the other branch of an `if` whose body is never run here is: `__name__ == "__main__"`."""
    equal = isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq)
    return equal or isinstance(test, (ast.Name, ast.Attribute))


def _argument(node, index, name):
    for keyword in node.keywords:
        if keyword.arg == name:
            return keyword.value
    if index < len(node.args) and not any(isinstance(each, ast.Starred) for each in node.args):
        return node.args[index]
    return None


def _catches(node):
    """Whether one of the handlers takes what a read-only file system raises."""
    for handler in node.handlers:
        if handler.type is None:
            return True
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        for kind in kinds:
            if getattr(kind, "attr", getattr(kind, "id", "")) in _CAUGHT:
                return True
    return False
