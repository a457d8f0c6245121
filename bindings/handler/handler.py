# The Python half of the adapter for handler classes: built into the worker, run once in the zygote.
#
# C++ puts these names into its namespace beforehand:
#   BASES              {True: BaseHandler with native response methods, False: without}
#   Writer             the type of `wfile`
#   the functions of native_functions.cpp
# and takes the functions listed in parts.cpp out of it. Nothing here may run per request on the
# fast path except where a comment says so.
import http.client
import http.server
import inspect
import io
import select
import socket
import socketserver
import sys
import threading
import types

_Stdlib = http.server.BaseHTTPRequestHandler
io.BufferedIOBase.register(Writer)

# ---- what a class may have changed -------------------------------------------------------------

# Everything the fast path does in place of the standard library; overriding one means plain path.
_REPLACED = (
    '__init__', '__new__', '__setattr__', '__getattribute__', '__delattr__', 'setup', 'handle',
    'parse_request', 'finish', 'MessageClass', 'rbufsize', 'wbufsize', 'timeout',
    'disable_nagle_algorithm', 'default_request_version',
    # Names that no class defines: they are the instance's.
    '__getattr__', '__del__', 'command', 'path', 'requestline', 'raw_requestline',
    'request_version', 'close_connection', 'headers', 'rfile', 'wfile', 'client_address', 'server',
    'connection', 'request', '_headers_buffer', '_localfn')
# The native response methods and what they compute without calling it. One group: all or none.
_RESPONSE = ('send_response', 'send_response_only', 'send_header', 'end_headers', 'flush_headers')
_CONSULTED = ('log_request', 'version_string', 'date_time_string')

_MISSING = object()


def _find(cls, name):
    for base in cls.__mro__:
        if name in base.__dict__:
            return base.__dict__[name]
    return _MISSING


_ORIGINALS = {name: _find(_Stdlib, name) for name in _REPLACED + _RESPONSE + _CONSULTED}


def _untouched(cls, names):
    return all(_find(cls, name) is _ORIGINALS[name] for name in names)


def _is_made_as_usual(cls):
    return not inspect.isabstract(cls) and type(cls).__call__ is type.__call__


def build(user_class, plain):
    """(Handler, whether it may take the fast path) for a user's class."""
    fast = not plain and _untouched(user_class, _REPLACED) and _is_made_as_usual(user_class)
    native = fast and _untouched(user_class, _RESPONSE + _CONSULTED)
    body = {'__module__': user_class.__module__, 'handle_request': handle_request}
    if not native:
        body.update({name: guard for name, guard in _GUARDS.items()
                     if _untouched(user_class, (name,))})
    base = BASES[native]
    return types.new_class('Handler', (base, user_class), {}, lambda ns: ns.update(body)), fast


# ---- BaseHandler -------------------------------------------------------------------------------

# The very object stdlib's log_request passes on: tells its line from one a user formats alike.
_ACCESS_LINE = next((constant for constant in _Stdlib.log_request.__code__.co_consts
                     if isinstance(constant, str) and constant.startswith('"%s"')), None)

_running = threading.local()


def log_message(self, format, *args):
    if format is _ACCESS_LINE:
        return  # the host prints the access line
    message = format % args
    table = getattr(self, '_control_char_table', None)
    if table is not None:
        message = message.translate(table)
    sys.stdout.write('%s - - [%s] %s\n' % (
        self.address_string(), self.log_date_time_string(), message))


def handle(self):
    # After setup(), whoever's it is: a native wfile notices flush() and reports errors as a socket
    # does. One that the user's class has put in its place stays.
    writer = getattr(_running, 'writer', None)
    if writer is not None and type(self.wfile) is socketserver._SocketWriter:
        self.wfile = writer
    try:
        super(_owner(type(self)), self).handle()
    finally:
        if writer is not None:
            run_state(writer, 'return')  # a flush() from here on is finish()'s, not the function's


def _owner(cls):
    return next(base for base in cls.__mro__ if base in BASES.values())


def handle_one_request(self):
    writer = getattr(_running, 'writer', None)
    if writer is None or run_state(writer, 'serve'):
        self.close_connection = True  # one request per handler, whatever the loop in handle() wants
        return
    self.raw_requestline = self.rfile.readline(65537)
    if not self.raw_requestline:
        self.close_connection = True
        return
    routed = str(self.raw_requestline, 'iso-8859-1').rstrip('\r\n')
    if not self.parse_request():
        return
    if self.requestline == routed:  # show the line as the client sent it
        self.requestline = _running.line
        self.raw_requestline = (_running.line + '\r\n').encode('iso-8859-1')
    self.path = function_path(self.path)
    if _dispatch(self):
        run_state(writer, 'return')
        if not self.wfile.closed:
            self.wfile.flush()


def _dispatch(self):
    """Whether there is a method for the request, which then has run."""
    name = 'do_' + self.command
    if not hasattr(self, name):
        tell_miscased(type(self), name)
        self.send_error(501, 'Unsupported method (%r)' % self.command)
        return False
    getattr(self, name)()
    return True


_RESERVED = ("handle_request() is the runtime's own on Vercel, whatever the class defines: "
             "it calls do_%s() again; give the method another name")


def handle_request(self):
    # Only the user's code gets here, and mostly means a method of its own by that name.
    try:
        _dispatch(self)
    except RecursionError as error:
        if not hasattr(error, '__notes__'):
            error.__notes__ = [_RESERVED % self.command]
        raise


def run_plain(handler_class, writer, client_address, server, line):
    """The whole life of a handler object as socketserver leads it."""
    _running.writer = writer
    _running.line = line
    try:
        handler_class(connection_of(writer), client_address, server)
    finally:
        _running.writer = None


def silence_of(handler_class, command):
    """Why a method that has returned without an answer has not even run; or nothing."""
    name = 'do_' + command
    flags = getattr(getattr(getattr(handler_class, name, None), '__code__', None), 'co_flags', 0)
    if flags & (inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        return '%s is an `async def`, which nobody awaits: nothing of it has run' % name
    if flags & inspect.CO_GENERATOR:
        return '%s has a `yield`, which makes it a generator: nothing of it has run' % name
    return ''


_miscased = set()


def tell_miscased(handler_class, name):
    """Says once of a class that its `do_Get` is no `do_GET`, which it lacks."""
    if not name[3:].isupper():
        return  # the request itself has another case
    for other in dir(handler_class):
        if other.lower() == name.lower() and (handler_class, other) not in _miscased:
            _miscased.add((handler_class, other))
            sys.stderr.write('`%s` is never called: method names are upper case, `%s`\n'
                             % (other, name))


def finish_replaced(handler):
    """finish() for a handler of the fast path whose wfile is not the native one any more."""
    wfile = handler.wfile
    if not wfile.closed:
        try:
            wfile.flush()
        except OSError:
            pass
    wfile.close()


for _base in BASES.values():
    for _function in (log_message, handle, handle_one_request):
        setattr(_base, _function.__name__, _function)

# ---- line breaks in heads ----------------------------------------------------------------------


def _refuse(what, text):
    if '\r' in text or '\n' in text:
        raise ValueError('cannot send %s: it has a line break' % what)


def _guarded_send_header(self, keyword, value):
    name, text = str(keyword), str(value)
    _refuse('the header name %r' % name, name)
    _refuse('the header %r with the value %r' % (name, text), text)
    note_unsent(self, True)
    return _ORIGINALS['send_header'](self, keyword, value)


def _guarded_send_response_only(self, code, message=None):
    if message is not None:
        _refuse('the status %s with the reason %r' % (code, message), str(message))
    note_unsent(self, True)
    return _ORIGINALS['send_response_only'](self, code, message)


def _guarded_flush_headers(self):
    # What reached the buffer past send_header(): through super() or by hand.
    for line in getattr(self, '_headers_buffer', ()):
        body = bytes(line)
        body = body[:-2] if body.endswith(b'\r\n') else body
        if b'\r' in body or b'\n' in body:
            text = body.decode('latin-1')
            _refuse('the header %r with the value %r' % tuple(
                part.strip(' ') for part in (text.partition(':')[::2])), text)
    note_unsent(self, False)
    return _ORIGINALS['flush_headers'](self)


_GUARDS = {'send_header': _guarded_send_header,
           'send_response_only': _guarded_send_response_only,
           'flush_headers': _guarded_flush_headers}
for _name, _guard in _GUARDS.items():
    _guard.__name__ = _name
    _guard.__qualname__ = 'BaseHandler.' + _name
FALLBACKS = {name: _GUARDS.get(name, _ORIGINALS[name]) for name in _RESPONSE}

# ---- attributes --------------------------------------------------------------------------------


def make_server(handler_class, port):
    """A ThreadingHTTPServer that owns no socket: the host has it."""
    server = http.server.ThreadingHTTPServer.__new__(http.server.ThreadingHTTPServer)
    socketserver.BaseServer.__init__(server, ('127.0.0.1', port), handler_class)
    # It does not run serve_forever(), so a shutdown() has nothing to wait for.
    server._BaseServer__is_shut_down.set()
    server.server_name = 'localhost'
    server.server_port = port
    return server


def make_headers(source):
    """What http.client.parse_headers() makes. On the fast path, when `headers` is first read."""
    if isinstance(source, bytes):
        return http.client.parse_headers(io.BytesIO(source + b'\r\n'))
    headers = http.client.HTTPMessage()
    headers._headers = source
    headers._payload = ''
    return headers


class _Input(io.RawIOBase):
    """Bytes that are all there, as a socket would deliver them; then the end of the file."""

    def __init__(self, data, writer):
        self._data = memoryview(data)
        self._at = 0
        self._writer = writer

    def readable(self):
        return True

    def readinto(self, buffer):
        count = min(len(buffer), len(self._data) - self._at)
        buffer[:count] = self._data[self._at:self._at + count]
        self._at += count
        return count

    def rest(self):
        return bytes(self._data[self._at:])

    def fileno(self):
        return self._writer.fileno()


def make_rfile(data, writer):
    return io.BufferedReader(_Input(data, writer))


http.client.parse_headers(io.BytesIO(b'Host: x\r\n\r\n'))  # imports what it needs
