"""sys.stdout, sys.stderr, print and the root logger, as a function on the platform finds them.

Every write is one message: there is no buffer to flush and no line to complete. `emit` takes it to
the invocation it belongs to. sys.__stdout__ and descriptor 1 stay what they are.
"""

import builtins
import io
import logging
import sys

_STDOUT, _STDERR = 1, 2

# The host's numbers of the platform's levels, each with the least that logging counts to it.
_DEBUG = 1
_LEVELS = ((logging.CRITICAL, 5), (logging.ERROR, 4), (logging.WARNING, 3), (logging.INFO, 2))


class _Buffer(io.BufferedIOBase):
    """The binary half of a stream: shares its order, since neither half holds anything back."""

    def __init__(self, emit, stream, raw):
        self._emit = emit
        self._stream = stream
        self._raw = raw

    def write(self, data):
        if isinstance(data, str):
            raise TypeError("a bytes-like object is required, not 'str'")
        view = memoryview(data).cast("B")
        self._emit(self._stream, view)
        return len(view)

    def writable(self):
        return True

    def isatty(self):
        return False

    def flush(self):
        pass

    def close(self):
        """Stays open: a text wrapper around it closes it when it is collected."""

    def fileno(self):
        return self._stream

    @property
    def raw(self):
        return self

    @property
    def name(self):
        return "<stdout>" if self._stream == _STDOUT else "<stderr>"

    @property
    def mode(self):
        return "wb"


class _Stream(io.TextIOBase):
    """The text half. What it does not define itself is the raw stream's."""

    def __init__(self, emit, stream, raw):
        self._emit = emit
        self._stream = stream
        self._raw = raw
        self._buffer = _Buffer(emit, stream, raw)

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not %s" % type(text).__name__)
        self._emit(self._stream, text)
        return len(text)

    def writelines(self, lines):
        self.write("".join(lines))

    def writable(self):
        return True

    def isatty(self):
        return False

    def flush(self):
        pass

    def close(self):
        """Stays open, so that nothing a function does can end the output of the next one."""

    def fileno(self):
        return self._stream

    def detach(self):
        return self._buffer

    @property
    def buffer(self):
        return self._buffer

    @property
    def encoding(self):
        return "utf-8"

    @property
    def errors(self):
        return "backslashreplace"

    def __getattr__(self, name):
        return getattr(self._raw, name)

    def __repr__(self):
        return repr(self._raw)


def _level(number):
    for least, level in _LEVELS:
        if number >= least:
            return level
    return _DEBUG


class _RootHandler(logging.Handler):
    """One message a record: its text and its traceback; no name or time is added."""

    def __init__(self, emit):
        super().__init__()
        self._emit = emit

    def emit(self, record):
        try:
            text = record.getMessage()
        except Exception:
            text = repr(record.msg)
        try:
            if record.exc_info and not record.exc_text:
                record.exc_text = logging.Formatter().formatException(record.exc_info)
            for part in (record.exc_text, record.stack_info):
                if part:
                    text += "\n" + part
            self._emit(_STDERR, text + "\n", _level(record.levelno))
        except Exception:
            self.handleError(record)


def _make_print(streams, original):
    def print(*args, sep=" ", end="\n", file=None, flush=False):
        target = sys.stdout if file is None else file
        if target is not streams[0] and target is not streams[1]:
            return original(*args, sep=sep, end=end, file=file, flush=flush)
        sep = " " if sep is None else sep
        end = "\n" if end is None else end
        for name, value in (("sep", sep), ("end", end)):
            if not isinstance(value, str):
                raise TypeError("%s must be None or a string, not %s"
                                % (name, type(value).__name__))
        target.write(sep.join(map(str, args)) + end)

    print.__doc__ = original.__doc__
    print.__module__ = "builtins"
    print.__qualname__ = "print"
    return print


def install(emit):
    """Puts everything in place and returns the two streams."""
    streams = (_Stream(emit, _STDOUT, sys.__stdout__), _Stream(emit, _STDERR, sys.__stderr__))
    sys.stdout, sys.stderr = streams
    builtins.print = _make_print(streams, builtins.print)
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.handlers[:] = [_RootHandler(emit)]
    return streams
