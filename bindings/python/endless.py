"""What a file starts at its import and what does not return: for observe.py.

Only what is certain counts: a statement of the file, or of a function that such a statement calls,
that stands below no condition, with nothing before it that may leave.
"""

import ast

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS = _FUNCTIONS + (ast.ClassDef, ast.Lambda)
_TRIES = (ast.Try,) + ((ast.TryStar,) if hasattr(ast, "TryStar") else ())

_CALLS = ("aiogram.executor.start_polling", "aiohttp.web.run_app", "bottle.run", "uvicorn.run",
          "waitress.serve")
_METHODS = ("infinity_polling", "run_forever", "run_polling", "serve_forever")
# Where the file uses one of these, a method may well return.
_STOPS = ("shutdown", "stop", "stop_polling")
# What these make has such methods, too.
_RUNNERS = ("bottle.Bottle", "discord.Client", "discord.ext.commands.Bot", "flask.Flask",
            "flask_socketio.SocketIO", "quart.Quart", "sanic.Sanic", "telebot.TeleBot")
_RUNS = ("run", "polling")
_EXITS = ("exit", "_exit", "quit", "abort", "execl", "execle", "execlp", "execv", "execve",
          "execvp", "execvpe")


class Endless:
    """The first such statement of a file. `paths` knows its names (paths.py)."""

    def __init__(self, tree, paths):
        self.paths, self.dotted = paths, paths.dotted
        self.names, self.functions = _functions(tree)
        self.stops = any(isinstance(each, ast.Attribute) and each.attr in _STOPS
                         for each in ast.walk(tree))
        self.known = {}
        try:
            # (text, node, whether nothing before it can raise), or None
            self.found = self._first(tree.body, False)
        except RecursionError:
            self.found = None

    def _first(self, statements, in_async):
        for each in statements:
            found = self._look(each, in_async)
            if found or _may_leave(each):
                return found
        return None

    def _look(self, node, in_async):
        if isinstance(node, ast.Expr):
            return self._call(node.value, in_async)
        if isinstance(node, ast.While):
            return ("`while`", node, False) if _is_endless(node) else None
        # What is raised may be meant to end it: by a time limit, or the end of what is read.
        if isinstance(node, ast.With) and not in_async:
            return _certain(self._look(node.body[0], in_async))
        if isinstance(node, _TRIES):
            if _catches(node):
                return _certain(self._look(node.body[0], in_async))
            return self._first(node.body, in_async)
        return None

    def _call(self, value, in_async):
        awaited = isinstance(value, ast.Await)
        call = value.value if awaited else value
        if not isinstance(call, ast.Call) or awaited != in_async:
            return None
        name, method = self.dotted(call.func), getattr(call.func, "attr", "")
        if name == "asyncio.run" or method == "run_until_complete":
            inner = call.args[0] if call.args else None
            return self._own(inner.func, call, True) if isinstance(inner, ast.Call) else None
        if getattr(call.func, "id", None) in self.names:
            return self._own(call.func, call, awaited)
        runs = method in _METHODS or method in _RUNS and self._is_runner(call.func.value)
        if name in _CALLS or runs and not self.stops:
            return "`%s()`" % (name or method), call, True
        return None

    def _own(self, called, call, is_async):
        """A call of a function of the file."""
        name = getattr(called, "id", None)
        function = self.functions.get(name)
        if function is None or isinstance(function, ast.AsyncFunctionDef) != is_async:
            return None
        if name not in self.known:
            self.known[name] = None  # as long as it calls itself
            if not any(isinstance(each, (ast.Yield, ast.YieldFrom)) for each in _own_nodes(function)):
                self.known[name] = self._first(function.body, is_async)
        return ("`%s()`" % name, call, False) if self.known[name] else None

    def _is_runner(self, made):
        if isinstance(made, ast.Name):
            made = self.paths.values.get(made.id)
        return isinstance(made, ast.Call) and self.dotted(made.func) in _RUNNERS


def _functions(tree):
    """The names that the file defines, and by name the functions that certainly are what they seem:
    not decorated, and no name of anything else."""
    defined, bound = [], []
    for each in ast.walk(tree):
        if isinstance(each, _FUNCTIONS + (ast.ClassDef,)):
            defined.append(each.name)
        elif isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load):
            bound.append(each.id)
        elif isinstance(each, ast.arg):
            bound.append(each.arg)
        elif isinstance(each, ast.alias):
            bound.append(each.asname or each.name)
    return set(defined), {
        each.name: each for each in tree.body
        if isinstance(each, _FUNCTIONS) and not each.decorator_list and
        defined.count(each.name) == 1 and each.name not in bound}


def _certain(found):
    return found if found and found[2] else None


def _own_nodes(node):
    """What is in a statement or function, without what it defines."""
    waiting = list(ast.iter_child_nodes(node))
    while waiting:
        each = waiting.pop()
        yield each
        if not isinstance(each, _DEFINITIONS):
            waiting += ast.iter_child_nodes(each)


def _is_exit(node):
    called = getattr(node, "func", None)
    return getattr(called, "attr", getattr(called, "id", "")) in _EXITS


def _may_leave(statement):
    if isinstance(statement, _DEFINITIONS):
        return False
    return isinstance(statement, ast.Return) or any(
        isinstance(each, ast.Return) or _is_exit(each) for each in _own_nodes(statement))


def _is_endless(loop):
    """Whether it is `while True` without anything in it that leaves it."""
    if not (isinstance(loop.test, ast.Constant) and loop.test.value):
        return False
    leaves = (ast.Assert, ast.Break, ast.Raise, ast.Return)
    return not any(isinstance(each, leaves) or _is_exit(each) for each in _own_nodes(loop))


def _catches(node):
    """Whether a handler takes more than Ctrl-C."""
    for handler in node.handlers:
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        for kind in kinds:
            if getattr(kind, "id", "") not in ("KeyboardInterrupt", "SystemExit"):
                return True
    return False
