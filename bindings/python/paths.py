"""Which path an expression is, as far as that is certain without running it: for observe.py."""

import ast

_DEEPEST = 40
_SAME_PATH = ("os.path.abspath", "os.path.realpath", "os.path.normpath", "os.path.expanduser",
              "os.fspath", "str")
_SAME_METHODS = ("resolve", "absolute", "as_posix", "expanduser")


class Paths:
    """The names of one file and what they stand for."""

    def __init__(self, tree):
        self.aliases = {}  # a name and the dotted one it was imported as
        self.values = {}   # a name, or "[KEY]", and the expression that is assigned to it once
        self._learn_names(tree)

    def _learn_names(self, tree):
        """Which module a name stands for, and the value of what is assigned once."""
        times = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.asname:
                        self.aliases[alias.asname] = alias.name
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                for alias in node.names:
                    self.aliases[alias.asname or alias.name] = node.module + "." + alias.name
            elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                times[node.id] = times.get(node.id, 0) + 1
            elif isinstance(node, ast.arg):
                times[node.arg] = times.get(node.arg, 0) + 2
            elif isinstance(node, ast.Assign) and len(node.targets) == 1:
                self._learn_value(node.targets[0], node.value)
            elif isinstance(node, ast.AnnAssign) and node.value is not None:
                self._learn_value(node.target, node.value)
        for name, count in times.items():
            if count > 1:
                self.values.pop(name, None)

    def _learn_value(self, target, value):
        if isinstance(target, ast.Name):
            self.values[target.id] = value
        key = self.key(target)
        if key is not None:
            # A second value makes both unknown.
            self.values[key] = None if key in self.values else value

    def dotted(self, node):
        """"os.path.join" for the expression, by what was imported; "" for anything else."""
        parts = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        parts.append(self.aliases.get(node.id, node.id))
        return ".".join(reversed(parts))

    # ---- paths ---------------------------------------------------------------------------------

    def path(self, node, depth=0):
        """The path that the expression is, as far as that is certain; else None."""
        if node is None or depth > _DEEPEST:
            return None
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) and node.value else None
        if isinstance(node, ast.JoinedStr):
            return self._joined([each.value if isinstance(each, ast.FormattedValue) else each
                                 for each in node.values], "", depth)
        if isinstance(node, ast.BinOp):
            return self._operation(node, depth)
        if isinstance(node, ast.Name):
            if node.id == "__file__":
                return node.id
            return self.path(self.values.get(node.id), depth + 1)
        if isinstance(node, ast.Attribute):
            inner = self.path(node.value, depth + 1) if node.attr == "parent" else None
            return None if inner is None else inner + "/.."
        if isinstance(node, ast.Subscript):
            return self._subscript(node, depth)
        if isinstance(node, ast.Call):
            return self._call(node, depth)
        return None

    def _joined(self, nodes, between, depth):
        """The parts one after the other; what is unknown is … unless it comes first."""
        result = ""
        for index, node in enumerate(nodes):
            part = self.path(node, depth + 1)
            if part is None:
                if index == 0:
                    return None
                part = "…"
            if between and part.startswith("/"):
                result = part
            else:
                result += (between if index else "") + part
        return result or None

    def _operation(self, node, depth):
        if isinstance(node.op, ast.Div):
            return self._joined([node.left, node.right], "/", depth)
        if isinstance(node.op, ast.Add):
            return self._joined([node.left, node.right], "", depth)
        if isinstance(node.op, ast.Mod):
            left = self.path(node.left, depth + 1)
            return _head(left, "%")
        return None

    def _subscript(self, node, depth):
        if (isinstance(node.value, ast.Attribute) and node.value.attr == "parents" and
                isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int) and
                0 <= node.slice.value < 20):
            inner = self.path(node.value.value, depth + 1)
            return None if inner is None else inner + "/.." * (node.slice.value + 1)
        return self.path(self.values.get(self.key(node)), depth + 1)

    def _call(self, node, depth):
        name = self.dotted(node.func)
        if name in ("pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "os.path.join"):
            return self._joined(node.args, "/", depth) if node.args else "."
        if name in _SAME_PATH and len(node.args) == 1:
            return self.path(node.args[0], depth + 1)
        if name == "os.path.dirname" and len(node.args) == 1:
            inner = self.path(node.args[0], depth + 1)
            return None if inner is None else inner + "/.."
        if name in ("os.getcwd", "pathlib.Path.cwd"):
            return "."
        if name == "tempfile.gettempdir":
            return "/tmp"
        if not isinstance(node.func, ast.Attribute):
            return None
        method, inner = node.func.attr, self.path(node.func.value, depth + 1)
        if inner is None:
            return None
        if method in _SAME_METHODS:
            return inner
        if method == "joinpath":
            return self._joined([node.func.value] + node.args, "/", depth)
        return _head(inner, "{") if method == "format" else None

    @staticmethod
    def key(node):
        """"[NAME]" for a subscript with that string, whatever it belongs to; else None."""
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            if isinstance(node.slice.value, str):
                return "[%s]" % node.slice.value
        return None


def _head(text, mark):
    """The text with … from the first mark on; None when it begins with that."""
    if not text or text.startswith(mark):
        return None
    return text if mark not in text else text.partition(mark)[0] + "…"
