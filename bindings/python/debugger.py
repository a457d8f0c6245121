"""pdb in an instance: the host's terminal while code of the project stands still in it.

`breakpoint()`, `pdb.set_trace()` and `pdb.post_mortem()` all end in pdb.Pdb.interaction, so that is
where the terminal (terminal.py) is asked for; pdb itself is adapted when somebody imports it.
"""

import importlib.machinery
import os
import sys
import warnings

_OWN = "<localfn>/"
_STOPPED = "stopped in a debugger: `c` goes on, `q` ends the request"
_MOST_PORTS = 100


class _Host:
    """What the instance is told at its start; `native` is bindings/debugger.cpp."""

    terminal = None
    post_mortem = False
    native = None


_host = _Host()
_passed_over = set()


class BdbQuit(BaseException):
    """Ends an invocation at `quit`. No `except Exception` of a function or framework keeps it."""


def connect(terminal, post_mortem, native):
    _host.terminal, _host.post_mortem, _host.native = terminal, post_mortem, native
    if "pdb" in sys.modules:
        _adapt(sys.modules["pdb"])


def _say(text):
    _host.native.say("localfn: %s\n" % text)


# ---- pdb -----------------------------------------------------------------------------------------

class _Finder:
    """First on sys.meta_path: adapts pdb right after its import."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name != "pdb":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module):
                execute(module)
                _adapt(module)

            spec.loader.exec_module = exec_module
        return spec


def install():
    """In the zygote, once."""
    sys.meta_path.insert(0, _Finder)


def _adapt(pdb):
    """A module of that name that is the project's own is left alone."""
    if _host.native is None or not hasattr(pdb, "Pdb") or hasattr(pdb.Pdb, "_of_localfn"):
        return
    import bdb
    bdb.BdbQuit = BdbQuit
    BdbQuit.__module__ = "bdb"
    pdb.Pdb = _adapted(pdb.Pdb)


def _is_keyboard(stream):
    return stream is not None and stream is getattr(_host.terminal, "keyboard", None)


def _is_own(frame):
    return frame.f_code.co_filename.startswith(_OWN)


def _adapted(original):
    class Pdb(original):
        _of_localfn = True

        def __init__(self, completekey="tab", stdin=None, stdout=None, *rest, **options):
            # With streams of its own it is somebody's way to debug from elsewhere.
            self._on_terminal = stdin is None and stdout is None or _is_keyboard(stdin)
            self._goes_on = False
            if self._on_terminal and _host.terminal:
                _host.terminal.import_readline()
            super().__init__(completekey, stdin, stdout, *rest, **options)
            if self._on_terminal:
                self.use_rawinput = self.nosigint = True
                self.stdout = _host.native.stdout

        def set_trace(self, frame=None, *rest, **options):
            frame = frame or sys._getframe(1)
            if self._on_terminal and not _host.terminal:
                return _pass_over(frame, "there is no terminal")
            return super().set_trace(frame, *rest, **options)

        def interaction(self, frame, *rest, **options):
            if not self._on_terminal:
                _host.native.stopped()
                try:
                    return super().interaction(frame, *rest, **options)
                finally:
                    _host.native.resumed()
            terminal = _host.terminal
            if not (terminal and terminal.take(_STOPPED)):
                return self.set_continue()
            self._goes_on = False
            self.stdin, self.stdout = terminal.keyboard, terminal.out
            outer, terminal.prompting = terminal.prompting, True
            try:
                return super().interaction(frame, *rest, **options)
            finally:
                terminal.prompting = outer
                if not outer and (self._goes_on or frame is None):
                    terminal.let_go()

        def set_continue(self):
            self._goes_on = True
            super().set_continue()

        def set_quit(self):
            self._goes_on = True
            super().set_quit()

        def do_quit(self, arg):
            self._user_requested_quit = True
            self.set_quit()
            return 1

        do_q = do_exit = do_quit
        do_quit.__doc__ = "q(uit)\n\nEnds the request; the instance goes on."

        # Behind the function lies the runtime, where there is nothing to debug.
        def user_call(self, frame, *rest):
            return self._leave() if _is_own(frame) else super().user_call(frame, *rest)

        def user_line(self, frame):
            return self._leave() if _is_own(frame) else super().user_line(frame)

        def user_return(self, frame, *rest):
            return self._leave() if _is_own(frame) else super().user_return(frame, *rest)

        def user_exception(self, frame, *rest):
            return self._leave() if _is_own(frame) else super().user_exception(frame, *rest)

        def _leave(self):
            self.set_continue()
            if not _host.terminal.prompting:
                _host.terminal.let_go()

    Pdb.__name__, Pdb.__qualname__, Pdb.__module__ = "Pdb", "Pdb", original.__module__
    Pdb.__doc__ = original.__doc__
    return Pdb


def _pass_over(frame, reason):
    place = frame.f_code.co_filename, frame.f_lineno
    if place not in _passed_over:
        _passed_over.add(place)
        _say("the breakpoint at %s:%d is passed over: %s" % (place + (reason,)))


def hook():
    """What breakpoint() is to call, by the rules of sys.breakpointhook; None: nothing."""
    name = os.environ.get("PYTHONBREAKPOINT")
    if name == "0":
        return None
    if not name:
        import pdb
        return pdb.set_trace
    module, _, attribute = name.rpartition(".")
    try:
        __import__(module or "builtins")
        return getattr(sys.modules[module or "builtins"], attribute)
    except (ImportError, AttributeError):
        warnings.warn('Ignoring unimportable $PYTHONBREAKPOINT: "%s"' % name, RuntimeWarning)
        return None


# ---- what the runtime calls ----------------------------------------------------------------------

def let_go():
    """On an event loop: the invocation that shows on the terminal is over. It may have been stepped
    through in another thread, which now waits for work and would keep the terminal."""
    _host.terminal.let_go(whoever=True)


def leave():
    """The invocation of this thread is over, and with it its debugger."""
    import bdb
    if isinstance(getattr(sys.gettrace(), "__self__", None), bdb.Bdb):
        sys.settrace(None)
    _host.terminal.let_go()


def post_mortem(error):
    """--pdb: the debugger where an exception was raised."""
    trace = error.__traceback__
    while trace is not None and _is_own(trace.tb_frame):
        trace = trace.tb_next
    if not _host.post_mortem or not _host.terminal:
        return
    if trace is None or not isinstance(error, Exception):
        return
    import pdb
    note = "%s: %s: `q` when you have seen enough" % (type(error).__name__, error)
    if not _host.terminal.take(note):
        return
    try:
        pdb.post_mortem(trace)
    finally:
        leave()


def listen(port, file):
    """--debugpy: an editor may attach; what runs here has no deadline any more."""
    quiet = "PYDEVD_DISABLE_FILE_VALIDATION"  # of the standard library's frozen modules
    known = quiet in os.environ
    os.environ.setdefault(quiet, "1")
    try:
        _listen(port, file)
    finally:
        if not known:
            del os.environ[quiet]


def _listen(port, file):
    try:
        import debugpy
    except ImportError:
        _say("--debugpy: %s has no debugpy; install it with `pip install debugpy` or, for Debian's "
             "Python, `apt install python3-debugpy`" % sys.executable)
        return
    _host.native.stopped()
    for candidate in range(port, min(port + _MOST_PORTS, 65536)):
        if _is_taken(candidate):
            continue
        try:
            debugpy.listen(("127.0.0.1", candidate))
        except RuntimeError as error:
            _say("--debugpy: cannot listen at 127.0.0.1:%d: %s" % (candidate, error))
        else:
            _say("debugpy: attach to %s at 127.0.0.1:%d" % (file, candidate))
        return
    _say("--debugpy: the ports %d to %d are all taken" % (port, candidate))


def _is_taken(port):
    import socket
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
