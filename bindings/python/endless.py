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
        self.functions = _functions(tree)
        self.known = {}
        try:
            self.found = self._first(tree.body, False)  # (text, node, whether it is a loop) or None
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
            return ("`while`", node, True) if _is_endless(node) else None
        if isinstance(node, (ast.With, ast.AsyncWith)):
            managers = [getattr(item.context_expr, "func", None) for item in node.items]
            if any(self.dotted(each).endswith("suppress") for each in managers):
                return None
            return self._first(node.body, in_async)
        if isinstance(node, _TRIES):
            found = self._first(node.body, in_async)
            # A loop may be meant to end by what it raises.
            return found if found and not (found[2] and _catches(node)) else None
        return None

    def _call(self, value, in_async):
        awaited = isinstance(value, ast.Await)
        call = value.value if awaited else value
        if not isinstance(call, ast.Call) or awaited != in_async:
            return None
        name, method = self.dotted(call.func), getattr(call.func, "attr", "")
        if name == "asyncio.run" or method == "run_until_complete":
            inner = call.args[0] if call.args else None
            if isinstance(inner, ast.Call):
                return self._own(self.dotted(inner.func), call, True)
            return None
        if (name in _CALLS or method in _METHODS or
                method in _RUNS and self._is_runner(call.func.value)):
            return "`%s()`" % (name or method), call, False
        return self._own(name, call, awaited)

    def _own(self, name, call, is_async):
        """A call of a function of the file."""
        function = self.functions.get(name)
        if function is None or isinstance(function, ast.AsyncFunctionDef) != is_async:
            return None
        if name not in self.known:
            self.known[name] = None  # as long as it calls itself
            if not any(isinstance(each, (ast.Yield, ast.YieldFrom)) for each in _own_nodes(function)):
                self.known[name] = self._first(function.body, is_async)
        found = self.known[name]
        return ("`%s()`" % name, call, found[2]) if found else None

    def _is_runner(self, made):
        if isinstance(made, ast.Name):
            made = self.paths.values.get(made.id)
        return isinstance(made, ast.Call) and self.dotted(made.func) in _RUNNERS


def _functions(tree):
    """By name: a decorator may have made anything of one, and of two the later one counts."""
    named = [each for each in tree.body if isinstance(each, _FUNCTIONS)]
    names = [each.name for each in named]
    return {each.name: each for each in named
            if not each.decorator_list and names.count(each.name) == 1}


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
