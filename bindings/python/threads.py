"""Threads that an invocation starts write in its name, and so does the work it gives to an executor.

On the platform both lose their request. A context variable does not follow a thread by itself, and
an executor's threads outlive the request that happened to start them, so what they run belongs to
whoever submitted it.
"""

import sys
import threading


_variable = None


def install(variable):
    global _variable
    _variable = variable
    for name in ("_start_new_thread", "_start_joinable_thread"):  # up to Python 3.12, from 3.13 on
        start = getattr(threading, name, None)
        if start is not None:
            setattr(threading, name, _following(start, variable))


def _following(start, variable):
    def start_thread(function, *arguments, **named):
        watch_executors()
        invocation = variable.get(0)
        if not invocation:
            return start(function, *arguments, **named)

        def run(*arguments, **named):
            variable.set(invocation)
            return function(*arguments, **named)

        return start(run, *arguments, **named)

    return start_thread


def watch_executors():
    """Of concurrent.futures, if it is loaded: in the zygote, or when the first thread is started.
    Whoever submits something first starts a thread for it, and so comes by here in time: that first
    piece of work runs in a thread of its own invocation."""
    module, variable = sys.modules.get("concurrent.futures.thread"), _variable
    plain = getattr(module, "_WorkItem", None)
    if plain is None or variable is None or hasattr(plain, "localfn_invocation"):
        return

    class _WorkItem(plain):
        localfn_invocation = 0

        def __init__(self, *arguments, **named):
            super().__init__(*arguments, **named)
            self.localfn_invocation = variable.get(0)

        def run(self, *arguments):
            before = variable.set(self.localfn_invocation)
            try:
                return super().run(*arguments)
            finally:
                variable.reset(before)

    _WorkItem.__module__, _WorkItem.__qualname__ = plain.__module__, plain.__qualname__
    module._WorkItem = _WorkItem
