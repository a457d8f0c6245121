"""The event loop of an instance: one thread, on which every request of the app runs.

The loop itself watches the channel: a request costs no hand-over between threads.
"""

import asyncio
import contextvars
import gc
import sys
import threading

_CANCEL_SECONDS = 0.5  # for tasks that are left when the instance goes


class Server:
    """Made on the main thread; `native` is the C++ half (bindings/asgi/native.cpp)."""

    def __init__(self, app, native, exchange, lifespan, variable, websocket_parts):
        self._app = app
        self._native = native
        self._exchange = exchange
        self._make_lifespan = lifespan
        self._variable = variable
        self._websocket_parts = websocket_parts
        self._running = {}
        self._stopping = None
        self._startup_done = threading.Event()
        self._lifespan = None
        self._loop = _new_loop()
        # What the module set while it was imported is seen by its requests.
        self._context = contextvars.copy_context()
        # The platform's server runs on its main thread; ours waits for signals.
        self._thread = threading.Thread(target=self._context.copy().run, args=(self._main,),
                                        name="MainThread", daemon=True)

    def start(self):
        """Runs the lifespan's startup. (failed, exception or None, message)."""
        self._thread.start()
        self._startup_done.wait()
        span = self._lifespan
        if span is None:
            raise RuntimeError("cannot start the event loop: see stderr")
        return span.failed, span.error, span.message

    def serve(self):
        self._loop.call_soon_threadsafe(self._watch)

    # ---- on the loop's thread ------------------------------------------------------------------

    def _main(self):
        try:
            served = self._start_up()
        finally:
            self._startup_done.set()
        if not served:
            return
        try:
            self._loop.run_forever()
        except BaseException as error:
            # A task of the app let SystemExit or KeyboardInterrupt through: that ends the process.
            self._native.finished(error)
        else:
            self._native.finished(None)

    def _start_up(self):
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(_tell_in_its_context)
        self._lifespan = span = self._make_lifespan(self._app)
        try:
            return self._loop.run_until_complete(span.startup())
        except BaseException as error:
            span.failed, span.error = True, error
            return False

    def _watch(self):
        self._loop.add_reader(self._native.descriptor(), self._native.read)
        self._native.read()  # what came with the Load frame

    def begin(self, number, scope, body, shows_page, cpu, room):
        scope["state"] = self._lifespan.state.copy()
        self._run(number, scope, self._exchange(self._native, self._loop, number, scope["method"],
                                                body, shows_page, cpu, room))

    def begin_websocket(self, number, scope, fd, early, cpu, room):
        make_scope, make, make_stream = self._websocket_parts()
        http = self._exchange(self._native, self._loop, number, "GET", b"", False, cpu, room)
        exchange = make(self._native, self._loop, number, fd, early, http, make_stream)
        scope["state"] = self._lifespan.state.copy()
        self._run(number, make_scope(scope), exchange)

    def _run(self, number, scope, exchange):
        self._variable.set(number)
        _tell_sdk(scope["headers"])
        exchange.coroutine = exchange.run(self._app, scope)
        exchange.task = self._loop.create_task(exchange.coroutine)
        self._running[number] = exchange

    def begun(self):
        """After a batch of begin(): their answers leave together, in the same turn of the loop."""
        self._variable.set(0)
        self._loop.call_soon(self._native.flush)

    def ended(self, number):
        _tell_sdk(None)
        self._running.pop(number, None)
        if self._stopping is not None and not self._running:
            self._leave()

    def gone(self, number):
        exchange = self._running.get(number)
        if exchange is not None:
            exchange.leave()

    def taken(self, number, count):
        exchange = self._running.get(number)
        if exchange is not None:
            exchange.taken(count)

    def stop(self):
        """The host wants the instance to leave: when nothing runs any more."""
        if self._stopping is None:
            self._stopping = True
            for exchange in list(self._running.values()):
                if exchange.websocket:
                    exchange.depart()
            if not self._running:
                self._leave()

    def _leave(self):
        self._stopping = self._loop.create_task(self._shut_down())

    async def _shut_down(self):
        await self._lifespan.shutdown()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=_CANCEL_SECONDS)
        await self._loop.shutdown_asyncgens()
        self._loop.stop()

    # ---- on the main thread --------------------------------------------------------------------

    def where(self, describe):
        """[(number, text)]: where each invocation is; `describe(frames)` makes the text."""
        current = asyncio.current_task(self._loop)
        found = []
        for number, exchange in list(self._running.items()):
            if exchange.task is current:
                frames = _stack(sys._current_frames().get(self._thread.ident))
            else:
                frames = _awaited(exchange.coroutine)
            found.append((number, describe(frames)))
        return found


def _tell_in_its_context(loop, told):
    """What a forgotten task has raised is told in the name of its request, not of whoever happens to
    collect it."""
    context = _context_of(told.get("task") or told.get("future"))
    if context is None:
        loop.default_exception_handler(told)
    else:
        context.copy().run(loop.default_exception_handler, told)


def _context_of(task):
    if hasattr(task, "get_context"):  # from Python 3.12 on
        return task.get_context()
    held = gc.get_referents(task) if isinstance(task, asyncio.Task) else ()
    return next((each for each in held if isinstance(each, contextvars.Context)), None)


def _tell_sdk(headers):
    """What vercel.headers gives to functions, of each name the last value; None after a request."""
    tell = getattr(sys.modules.get("vercel.headers"), "set_headers", None)
    if tell is None:
        return
    try:
        tell(headers and
             {name.decode("latin-1"): value.decode("latin-1") for name, value in headers})
    except Exception:
        sys.excepthook(*sys.exc_info())


def _stack(frame):
    frames = []
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    return frames


def _awaited(coroutine):
    """Frames of a suspended coroutine, innermost first."""
    frames = []
    while coroutine is not None and len(frames) < 1000:
        frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None)
        if frame is None:
            break
        frames.append(frame)
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "gi_yieldfrom", None)
    frames.reverse()
    return frames


def _new_loop():
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
