"""Finds the entry point of a file without running it: the first matching top-level statement.

The rules are the platform's (a class named handler in any case, or app/application bound by an
assignment, an annotation, a def or a from-import). What almost matches gets an explanation.
"""

import ast
import os
import re
import sys
import warnings

_APPS = ("app", "application")
_WANTED = "Vercel looks for `class handler(BaseHTTPRequestHandler)` or `app`"
_MOST_IMPORTS = 64
_MARKS = (b"app", b"handler", b"Handler")
_FRAMEWORKS = ("Flask", "FastAPI", "Starlette", "Quart", "Sanic", "Bottle")
_FACTORIES = ("create_app", "make_app", "get_app", "build_app", "create_application")
# Without the platform's marks there is no entry point; with these there is something to explain.
_NEAR_MARKS = tuple(b"%s(" % name.encode() for name in _FRAMEWORKS)
_BLOCKS = {
    "If": "an `if` block", "Try": "a `try` block", "TryStar": "a `try` block",
    "With": "a `with` block", "AsyncWith": "a `with` block", "For": "a `for` loop",
    "AsyncFor": "a `for` loop", "While": "a `while` loop", "Match": "a `match` block",
    "FunctionDef": "a function", "AsyncFunctionDef": "a function", "ClassDef": "a class",
}
_standard = set()
_DEFS = (ast.FunctionDef, ast.AsyncFunctionDef)
# What Python 3.12, the oldest that the platform runs, takes and an older one does not: any
# expression within an f-string, `type X = ...`, and parameters of types in brackets.
_OF_3_12 = re.compile(r"\s*(type\s+\w|(async\s+)?(def|class)\s+\w+\s*\[)")


def scan(source):
    """(found, variable, line, reason, syntax_error, imports) for the bytes of a file."""
    if not any(mark in source for mark in _MARKS + _NEAR_MARKS):
        return _nothing()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
        # The platform reads no further where the text has none of its words.
        may_define = any(mark in source for mark in _MARKS)
        for node in tree.body if may_define else ():
            name = _entry(node)
            if name is not None:
                return True, name, node.lineno, "", False, _imports(tree)
        line, text = _look_alike(tree) or (0, "")
    except SyntaxError as error:
        return False, "", error.lineno or 0, _syntax_error(error), True, []
    except (MemoryError, RecursionError):
        return False, "", 0, "cannot be parsed: its expressions are nested too deeply", True, []
    except (ValueError, UnicodeError, LookupError) as error:
        return False, "", 0, "cannot be parsed: %s" % _plain(error), True, []
    if not text:
        return _nothing()
    return False, "", line, "line %d %s; %s" % (line, _plain(text[:500]), _WANTED), False, []


def _nothing():
    reason = ("defines neither `class handler(BaseHTTPRequestHandler)` nor `app` "
              "(or `application`) at its top level")
    return False, "", 0, reason, False, []


def _plain(text):
    return str(text).encode("utf-8", "backslashreplace").decode()


def _syntax_error(error):
    message = _plain(error.msg or "invalid syntax")[:500]
    if _may_be_newer(error):
        message += ("; this is Python %d.%d, and 3.12, the oldest that Vercel runs, may take it: "
                    "`--python 3.12` tells" % sys.version_info[:2])
    if error.lineno:
        return "line %d is not valid Python: %s" % (error.lineno, message)
    return "is not valid Python: %s" % message


def _may_be_newer(error):
    if sys.version_info >= (3, 12):
        return False
    return (error.msg or "").startswith("f-string") or bool(_OF_3_12.match(error.text or ""))


def _entry(node):
    """The name that makes this statement an entry point, or None."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name) and target.id in _APPS:
                return target.id
    elif isinstance(node, ast.AnnAssign):
        if isinstance(node.target, ast.Name) and node.target.id in _APPS:
            return node.target.id
    elif isinstance(node, _DEFS):
        if node.name in _APPS:
            return node.name
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            if (alias.asname or alias.name) in _APPS:
                return alias.asname or alias.name
    elif isinstance(node, ast.ClassDef):
        if node.name.lower() == "handler":
            return node.name
    return None


def standard_modules():
    """Outermost names of the standard library's modules."""
    if not _standard:
        names = getattr(sys, "stdlib_module_names", None)  # from Python 3.10 on
        _standard.update(names or _modules_below(os.path.dirname(os.__file__)))
    return _standard


def _modules_below(library):
    """The same as far as the files of this Python say it."""
    names = set(sys.builtin_module_names)
    for folder in (library, os.path.join(library, "lib-dynload")):
        for entry in os.listdir(folder) if os.path.isdir(folder) else ():
            name, dot, _ = entry.partition(".")
            if dot or os.path.isfile(os.path.join(folder, entry, "__init__.py")):
                names.add(name)
    return names


def _imports(tree):
    """Outermost names that the top-level statements import, without the standard library.

    What a `try` or an `if` guards is left out: the file may well do without it.
    """
    standard, found = standard_modules(), []
    for node in tree.body:
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [node.module]
        for name in names:
            outermost = _plain(name.partition(".")[0])
            if outermost not in standard and outermost not in found and len(outermost) <= 100:
                found.append(outermost)
    return found[:_MOST_IMPORTS]


def _look_alike(tree):
    """(line, what it says) of the statement that comes closest, or None."""
    for rule in (_same_name, _nested, _other_class, _other_function, _star_import):
        for node in tree.body:
            found = rule(node)
            if found:
                return found
    return None


def _is_handler(name):
    return name.lower() == "handler"


def _either(name):
    return _is_handler(name) or name in _APPS


def _same_name(node):
    """The right name, bound by the wrong kind of statement."""
    line = getattr(node, "lineno", 0)
    if isinstance(node, _DEFS) and _is_handler(node.name):
        return line, "defines `%s`" % _signature(node)
    if isinstance(node, ast.ClassDef) and node.name in _APPS:
        return line, "defines `class %s`, which is not accepted under that name" % node.name
    if isinstance(node, ast.Assign):
        return _assignment(node)
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        if _is_handler(node.target.id):
            return line, "annotates `%s`" % node.target.id
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        if _either(node.target.id):
            return line, "only extends `%s`" % node.target.id
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return _imported(node)
    if isinstance(node, (ast.For, ast.AsyncFor)) and isinstance(node.target, ast.Name):
        if _either(node.target.id):
            return line, "binds `%s` in a `for` loop" % node.target.id
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.NamedExpr):
        if _either(node.value.target.id):
            return line, "binds `%s` with `:=`" % node.value.target.id
    return None


def _assignment(node):
    for target in node.targets:
        if isinstance(target, ast.Name) and _is_handler(target.id):
            value = "%s" % node.value.id if isinstance(node.value, ast.Name) else "…"
            return node.lineno, "assigns `%s = %s`, which is not a class statement" % (
                target.id, value)
        if isinstance(target, (ast.Tuple, ast.List)):
            for item in target.elts:
                if isinstance(item, ast.Name) and _either(item.id):
                    return node.lineno, "binds `%s` by unpacking" % item.id
    return None


def _imported(node):
    for alias in node.names:
        name = alias.asname or alias.name
        if not _either(name):
            continue
        if isinstance(node, ast.ImportFrom):
            source = "." * node.level + (node.module or "")
            return node.lineno, "imports `%s` from `%s`; the class has to be in this file" % (
                name, source)
        return node.lineno, "binds `%s` with `import`" % name
    return None


def _signature(node):
    names = [arg.arg for arg in getattr(node.args, "posonlyargs", []) + node.args.args]
    if node.args.vararg:
        names.append("*" + node.args.vararg.arg)
    if node.args.kwarg:
        names.append("**" + node.args.kwarg.arg)
    shown = ", ".join(names)
    if len(shown) > 60:
        shown = "…"
    kind = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    return "%s %s(%s)" % (kind, node.name, shown)


def _nested(node):
    """An entry point that would count if it stood at the top level."""
    where = _BLOCKS.get(type(node).__name__)
    if where is None:
        return None
    if isinstance(node, ast.If) and _is_main_guard(node.test):
        where = "`if __name__ == \"__main__\":`, which is not run"
    for inner in _statements(node):
        name = _entry(inner)
        if name is not None:
            return inner.lineno, "has `%s` inside %s, not at the top level" % (name, where)
    return None


def _statements(node):
    """All statements below `node`, without recursion: the file may be nested deeply."""
    waiting = [node]
    while waiting:
        for child in ast.iter_child_nodes(waiting.pop(0)):
            if isinstance(child, ast.stmt):
                yield child
                waiting.append(child)
            elif not isinstance(child, ast.expr):
                waiting.append(child)


def _is_main_guard(test):
    if not isinstance(test, ast.Compare) or len(test.comparators) != 1:
        return False
    sides = (test.left, test.comparators[0])
    return any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)


def _other_class(node):
    if not isinstance(node, ast.ClassDef):
        return None
    for base in node.bases:
        name = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
        if name in ("BaseHTTPRequestHandler", "SimpleHTTPRequestHandler"):
            return node.lineno, "names its class `%s`; it has to be named `handler`" % node.name
    return None


def _other_function(node):
    if isinstance(node, _DEFS) and node.name in ("lambda_handler", "vc_handler", "main"):
        return node.lineno, "defines `%s`" % _signature(node)
    if isinstance(node, _DEFS) and node.name in _FACTORIES:
        return node.lineno, "defines `%s`, but no statement `app = %s()` calls it" % (
            _signature(node), node.name)
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
        called = node.value.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        target = node.targets[0]
        if name in _FRAMEWORKS:
            if isinstance(target, ast.Name):
                return node.lineno, "names its %s object `%s`; it has to be named `app`" % (
                    name, target.id)
    return None


def _star_import(node):
    if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
        source = "." * node.level + (node.module or "")
        return node.lineno, "has `from %s import *`, which is not looked into" % source
    return None


_FACT_MARKS = (b"DJANGO_SETTINGS_MODULE", b"SGI_APPLICATION", b"import *")
_APPLICATIONS = {"WSGI_APPLICATION": "wsgi", "ASGI_APPLICATION": "asgi"}
_MOST_FACTS = 40  # one message of the control socket holds them all
_LONGEST_FACT = 300


def facts(source):
    """[(kind, text)]: what leads to the app of a Django project, see Entry::facts."""
    if not any(mark in source for mark in _FACT_MARKS):
        return []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
        found = list(_settings_module(tree)) + list(_settings(tree))
    except (SyntaxError, MemoryError, RecursionError, ValueError, LookupError):
        return []
    return [(kind, _plain(text)) for kind, text in found[:_MOST_FACTS]
            if len(text) <= _LONGEST_FACT]


def _text(node):
    """The string that this expression is, or None."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def _is_environ(node):
    return (isinstance(node, ast.Attribute) and node.attr == "environ" or
            isinstance(node, ast.Name) and node.id == "environ")


def _settings_module(tree):
    """Where manage.py sets DJANGO_SETTINGS_MODULE, at any depth."""
    for node in _statements(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call = node.value
            if (isinstance(call.func, ast.Attribute) and call.func.attr == "setdefault" and
                    _is_environ(call.func.value) and len(call.args) == 2 and
                    _text(call.args[0]) == "DJANGO_SETTINGS_MODULE" and _text(call.args[1])):
                yield "default settings", _text(call.args[1])
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            target = node.targets[0]
            named = _text(target.slice) == "DJANGO_SETTINGS_MODULE"
            if named and _is_environ(target.value) and _text(node.value):
                yield "settings", _text(node.value)


def _settings(tree):
    """What a settings module says of the application, at its top level."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            yield "star", "." * node.level + (node.module or "")
            continue
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets = [node.target]
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name) and target.id in _APPLICATIONS:
                yield _APPLICATIONS[target.id], _text(node.value) or ""
