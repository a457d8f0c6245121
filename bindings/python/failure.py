"""Turns an exception into text for people: the project's frames, innermost first."""

import linecache
import os
import sys

_OWN = "<localfn>"
_MOST_FRAMES = 30
_FEW_FRAMES = 6
_MOST_CHAIN = 12
_MOST_TEXT = 16000
_FOREIGN = ("site-packages", "dist-packages", ".venv", "venv", "node_modules")


def describe(error, root, debug):
    """(error, traceback, file, line, source) of an exception object."""
    roots = sorted({root.rstrip("/") + "/", os.path.realpath(root).rstrip("/") + "/"})
    lines = []
    _describe_chain(error, roots, debug, lines)
    file, line, source = _place(error, roots)
    head = _headline(error)
    first = next((part for part in head.splitlines() if part.strip()), type(error).__name__)
    return _clean(first), _clean(_cut("\n".join(lines))), _clean(file), line, _clean(source)


def where(thread, root):
    """Where a thread is at the moment: the project's frames, innermost first."""
    roots = sorted({root.rstrip("/") + "/", os.path.realpath(root).rstrip("/") + "/"})
    frame, frames = sys._current_frames().get(thread), []
    while frame is not None:
        code = frame.f_code
        frames.append((code.co_filename, frame.f_lineno or 0, code.co_name, frame.f_globals))
        frame = frame.f_back
    lines = _lines_of(_chosen(frames, roots, False, True))
    return _clean(_cut("\n".join(line[2:] for line in lines)))


def where_frames(frames, root):
    """The same for frames that are given, innermost first."""
    roots = sorted({root.rstrip("/") + "/", os.path.realpath(root).rstrip("/") + "/"})
    found = [(f.f_code.co_filename, f.f_lineno or 0, f.f_code.co_name, f.f_globals) for f in frames]
    lines = _lines_of(_chosen(found, roots, False, True))
    return _clean(_cut("\n".join(line[2:] for line in lines)))


def _clean(text):
    return text.encode("utf-8", "backslashreplace").decode()


def _cut(text):
    if len(text) <= _MOST_TEXT:
        return text
    return text[:_MOST_TEXT] + "\n… (%d more characters)" % (len(text) - _MOST_TEXT)


def _is_quit(error):
    """Somebody has ended the invocation in a debugger: no failure of its code."""
    return (type(error).__module__, type(error).__name__) == ("bdb", "BdbQuit")


def _headline(error):
    """`ValueError: boom`; a message of several lines stays so, notes follow on their own lines."""
    name = type(error).__name__
    module = type(error).__module__
    if _is_quit(error):
        return "ended in the debugger, by `quit`"
    if module not in ("builtins", "__main__") and not isinstance(error, SyntaxError):
        name = "%s.%s" % (module, type(error).__qualname__)
    try:
        text = error.msg if isinstance(error, SyntaxError) else str(error)
    except Exception:
        text = "(its message cannot be shown: str() of it raises)"
    head = "%s: %s" % (name, text) if text else name
    if len(head) > 4000:
        head = head[:4000] + "…"
    notes = getattr(error, "__notes__", None)
    if isinstance(notes, list):
        head = "\n".join([head] + [str(note) for note in notes])
    return head


def _describe_chain(error, roots, debug, lines):
    """The exception, then what it came from, each as a block of the same form."""
    label, seen = "", set()
    while error is not None and len(seen) < _MOST_CHAIN:
        seen.add(id(error))
        _describe_one(error, roots, debug, lines, label, far=bool(label))
        if error.__cause__ is not None:
            label, error = "caused by: ", error.__cause__
        elif error.__context__ is not None and not error.__suppress_context__:
            label, error = "while handling: ", error.__context__
        else:
            return
        if id(error) in seen:
            return


def _describe_one(error, roots, debug, lines, label, depth=0, far=False):
    """`far`: inside a library its frames say nothing that the exception above has not said."""
    lines.extend((label + _headline(error)).splitlines())
    place = _syntax_place(error, roots) if isinstance(error, SyntaxError) else []
    lines.extend(place)
    frames = _frame_lines(error.__traceback__, roots, debug, need_one=not place and not far)
    lines.extend(frames[:2] if _is_quit(error) else frames)
    members = getattr(error, "exceptions", None)
    if not isinstance(members, tuple) or depth > 3:
        return
    for number, member in enumerate(members[:_FEW_FRAMES], 1):
        inner = []
        _describe_one(member, roots, debug, inner, "%d of %d: " % (number, len(members)), depth + 1)
        lines.extend("  " + line for line in inner)
    if len(members) > _FEW_FRAMES:
        lines.append("  … and %d more" % (len(members) - _FEW_FRAMES))


def _syntax_place(error, roots):
    if not error.filename or not error.lineno:
        return []
    found = ["  %s:%d" % (_relative(error.filename, roots) or error.filename, error.lineno)]
    text = error.text
    if not isinstance(text, str) or not text.strip():
        return found
    text = text.rstrip("\n").replace("\t", " ")
    bare = text.lstrip()
    found.append("    " + bare)
    column = (error.offset or 0) - 1 - (len(text) - len(bare))
    if 0 <= column <= len(bare):
        end = getattr(error, "end_offset", None) or 0
        same_line = getattr(error, "end_lineno", None) == error.lineno
        width = max(1, min(end - error.offset, len(bare) - column)) if same_line else 1
        found.append("    " + " " * column + "^" * width)
    return found


def _relative(file, roots):
    """The path within the project; empty for a file that is not the project's own."""
    for root in roots:
        if file.startswith(root):
            inner = file[len(root):]
            return "" if any(part in _FOREIGN for part in inner.split("/")) else inner
    return ""


def _frames(trace):
    """(file, line, name) of every frame, innermost first. Never touches user objects."""
    found = []
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append((code.co_filename, trace.tb_lineno or 0, code.co_name,
                      trace.tb_frame.f_globals))
        trace = trace.tb_next
    found.reverse()
    return found


def _chosen(frames, roots, debug, need_one):
    if debug:
        return [(_relative(f[0], roots) or f[0],) + f for f in frames]
    own = [(_relative(f[0], roots),) + f for f in frames]
    project = [frame for frame in own if frame[0]]
    if project or not need_one:
        return project
    # Nothing of the project: the innermost frames are all there is to say where it happened.
    others = [f for f in frames if not f[0].startswith((_OWN, "<frozen importlib"))]
    return [(f[0],) + f for f in others[:_FEW_FRAMES]]


def _frame_lines(trace, roots, debug, need_one):
    return _lines_of(_chosen(_frames(trace), roots, debug, need_one))


def _lines_of(chosen):
    lines, last, repeated = [], None, 0
    shown = 0
    for label, file, line, name, names in chosen:
        if (file, line, name) == last:
            repeated += 1
            continue
        _note_repetition(lines, repeated)
        last, repeated = (file, line, name), 0
        if shown == _MOST_FRAMES:
            lines.append("  … more frames are not shown")
            return lines
        shown += 1
        lines.append("  %s:%d  %s" % (label, line, name))
        source = _source(file, line, names)
        if source:
            lines.append("    " + source)
    _note_repetition(lines, repeated)
    return lines


def _note_repetition(lines, repeated):
    if repeated:
        lines.append("  (the same frame %d more times)" % repeated)


def _source(file, line, names):
    if file.startswith("<"):
        return ""
    linecache.checkcache(file)
    return linecache.getline(file, line, names).strip()


def _place(error, roots):
    """(file, line, source) of the innermost frame of the project."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        inner = _relative(error.filename, roots)
        if inner:
            return inner, error.lineno, (error.text or "").strip()
    for file, line, _, names in _frames(error.__traceback__):
        inner = _relative(file, roots)
        if inner:
            return inner, line, _source(file, line, names)
    return "", 0, ""
