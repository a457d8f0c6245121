"""The host's terminal, for a debugger in this instance.

The host hands it to one debugger at a time, as a descriptor over a connection that is closed to give
it back. Only while a line is typed this process is the foreground of the terminal.
"""

import builtins
import contextlib
import io
import os
import sys
import threading

_INTERRUPT = "\x03"


class Keyboard(io.TextIOWrapper):
    """The terminal as sys.stdin of the debugger."""

    def __init__(self, terminal):
        super().__init__(io.FileIO(0, closefd=False), encoding="utf-8", errors="surrogateescape")
        self._terminal = terminal

    def readline(self, size=-1):
        with self._terminal.foreground():
            return super().readline(size)


class Terminal:
    """Held by one thread of the instance, from its first stop until it goes on."""

    def __init__(self, place, native):
        self._address, _, self._kind = place.partition(b" ")
        self._native = native
        self._lock = threading.Lock()
        self._owner = None
        self._typing = False
        self.prompting = False  # inside a debugger's command, which may be another debugger

    def __bool__(self):
        """Whether there is one at all."""
        return bool(self._address)

    def take(self, note):
        """Waits for it; false when there is none, which has been said then."""
        if self._owner == threading.get_ident():
            self._native.shows_output(True)  # another task of the same loop may stop here
            return True
        self._native.stopped()
        self._lock.acquire()
        problem = "it was interrupted"
        try:
            problem = self._open()
        finally:
            if problem:
                self._lock.release()
                self._native.resumed()
        if problem:
            self._native.say("localfn: no debugger here: %s\n" % problem)
            return False
        self._owner = threading.get_ident()
        self._native.shows_output(True)
        self.out.write("localfn: %s; what others print waits\n" % note)
        return True

    def let_go(self, whoever=False):
        mine = self._owner == threading.get_ident()
        if not mine and (not whoever or self._owner is None or self.prompting):
            return
        self._owner = None
        self._native.shows_output(False)
        builtins.input = self._input
        for number, kept in self._kept:
            os.dup2(kept, number)
            os.close(kept)
        os.close(self._device)
        self._line.close()
        self._lock.release()
        self._native.resumed()

    def _open(self):
        import socket
        line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            line.connect(b"\0" + self._address)
            text, received, _, _ = socket.recv_fds(line, 1024, 1)  # our turn
            if received:
                self._group = os.tcgetpgrp(received[0])
        except OSError as error:
            line.close()
            return "cannot get the terminal: %s" % error
        if not received:
            line.close()
            return text.decode() or "cannot get the terminal: localfn is about to end"
        self._line, self._device = line, received[0]
        self._kept = []
        for number in (1, 2):
            self._kept.append((number, _lifted(number)))
            os.dup2(self._device, number)
        self._input, builtins.input = builtins.input, self._read
        self.keyboard = Keyboard(self)
        self.out = self._native.stdout
        return ""

    def _read(self, prompt=""):
        """input(), where the line editing of pdb comes from as well."""
        if threading.get_ident() != self._owner:
            return self._input(prompt)
        before = sys.stdin, sys.stdout
        sys.stdin, sys.stdout = self.keyboard, self.out
        try:
            with self.foreground():
                _set_up_readline()
                line = self._input(prompt)
        finally:
            sys.stdin, sys.stdout = before
        # No signal reaches Python code on a thread like this: Ctrl-C comes as a character.
        if _INTERRUPT in line:
            raise KeyboardInterrupt
        return line

    def import_readline(self):
        """It looks for the kind of terminal in the environment, at this moment only."""
        known = "TERM" in os.environ
        if not known:
            os.environb[b"TERM"] = self._kind
        try:
            import readline  # noqa: F401
        except ImportError:
            pass
        finally:
            if not known:
                del os.environ["TERM"]

    @contextlib.contextmanager
    def foreground(self):
        """Descriptor 0 is the terminal, and keys are ours instead of the host's."""
        if self._typing:
            yield
            return
        import termios
        kept = _lifted(0)
        os.dup2(self._device, 0)
        os.tcsetpgrp(0, os.getpgrp())
        modes = termios.tcgetattr(0)
        ours = modes[:6] + [list(modes[6])]
        ours[3] |= termios.ICANON | termios.ECHO
        # readline turns ISIG on, but leaves the characters as they are.
        for character in (termios.VINTR, termios.VQUIT, termios.VSUSP):
            ours[6][character] = b"\0"
        ours[6][termios.VEOL] = _INTERRUPT.encode()
        self._typing = True
        try:
            termios.tcsetattr(0, termios.TCSANOW, ours)
            yield
        finally:
            self._typing = False
            termios.tcsetattr(0, termios.TCSANOW, modes)
            os.tcsetpgrp(0, self._group)
            os.dup2(kept, 0)
            os.close(kept)


def _lifted(number):
    import fcntl
    return fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, 10)


def _set_up_readline():
    readline = sys.modules.get("readline")
    if readline is None or "libedit" in (readline.__doc__ or ""):
        return
    # Ctrl-C ends the line, itself in it; where readline does not edit, VEOL does the same.
    readline.parse_and_bind(r'"\C-c": "\C-v\C-c\C-m"')
    import signal
    signal.raise_signal(signal.SIGWINCH)  # the terminal may have any size by now
