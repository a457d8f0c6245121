# `self.connection` and `self.request`: a real socket without a descriptor until one is wanted.
#
# Sending goes straight into the response, receiving takes from rfile. What needs a descriptor
# (fileno(), detach(), an unusual option …) makes a socketpair; a thread then carries bytes between
# it and the call, and every write to wfile first takes what was sent before it, so order holds.


class Connection(socket.socket):
    def __init__(self, writer, client_address, server_address):
        # Not socket.socket.__init__, which would make a descriptor.
        self._io_refs = 0
        self._closed = False
        self._writer = writer
        self._addresses = client_address, server_address
        self._wait = None
        self._peer = None
        self._pump = None
        self._over = False
        self._lock = threading.RLock()

    def __new__(cls, *args):
        return socket.socket.__new__(cls)

    # -- sending: part of the response at once

    def send(self, data, flags=0):
        return self._writer.write(data)

    def sendall(self, data, flags=0):
        self._writer.write(data)

    def sendto(self, data, *args):
        return self._writer.write(data)

    def sendmsg(self, buffers, ancdata=(), flags=0, address=None):
        if ancdata:
            raise OSError('a function cannot send descriptors to its client')
        return self._writer.write(b''.join(bytes(buffer) for buffer in buffers))

    # -- receiving: what rfile has not delivered yet

    def recv(self, size, flags=0):
        if self._peer is not None:
            return super().recv(size, flags)
        if not flags & socket.MSG_PEEK:
            return rfile_of(self._writer).read1(size)
        seen = rfile_of(self._writer).peek(size)[:size]
        if seen or self._over:
            return seen
        # b'' would mean that the client has gone. As on the platform nobody tells us when it has.
        self._open()
        return super().recv(size, flags)

    def recv_into(self, buffer, nbytes=0, flags=0):
        view = memoryview(buffer).cast('B')
        data = self.recv(nbytes or len(view), flags)
        view[:len(data)] = data
        return len(data)

    def recvfrom(self, size, flags=0):
        return self.recv(size, flags), None

    def recvfrom_into(self, buffer, nbytes=0, flags=0):
        return self.recv_into(buffer, nbytes, flags), None

    # -- options and names, as of the connection the platform would have

    family = property(lambda self: socket.AF_INET)
    type = property(lambda self: socket.SOCK_STREAM)
    proto = property(lambda self: socket.IPPROTO_TCP)
    timeout = property(lambda self: self._wait)

    def getpeername(self):
        return self._addresses[0]

    def getsockname(self):
        return self._addresses[1]

    def gettimeout(self):
        return self._wait

    def settimeout(self, value):
        self._wait = value
        if self._peer is not None:
            super().settimeout(value)

    def setblocking(self, flag):
        self.settimeout(None if flag else 0.0)

    def getblocking(self):
        return self._wait != 0.0

    def setsockopt(self, level, *args):
        if level != socket.IPPROTO_TCP:  # a socketpair has none of these
            self._open()
            super().setsockopt(level, *args)

    def getsockopt(self, level, *args):
        if level == socket.IPPROTO_TCP:
            return 0
        self._open()
        return super().getsockopt(level, *args)

    def __repr__(self):
        return '<socket.socket laddr=%r, raddr=%r>' % self._addresses[::-1]

    # -- the life of the descriptor

    def makefile(self, mode='r', buffering=None, **options):
        if mode == 'rb' and buffering != 0:
            return rfile_of(self._writer)
        return super().makefile(mode, buffering, **options)

    def fileno(self):
        if not self._closed:
            self._open()
        return super().fileno()

    def detach(self):
        self._open()
        return super().detach()

    def dup(self):
        self._open()
        return socket.fromfd(super().fileno(), socket.AF_UNIX, socket.SOCK_STREAM)

    def shutdown(self, how):
        if how in (socket.SHUT_WR, socket.SHUT_RDWR):
            self._drain()
            run_state(self._writer, 'shut')
        if self._peer is not None and not self._over:
            super().shutdown(how)

    def _open(self):
        with self._lock:
            if self._peer is not None or self._over:
                return
            refs, rest = self._io_refs, self._unread()
            peer, own = socket.socketpair()
            super().__init__(fileno=own.detach())
            self._io_refs = refs
            super().settimeout(self._wait)
            peer.setblocking(False)
            self._peer = peer
            set_drain(self._writer, self._drain)
            self._pump = threading.Thread(target=self._carry, args=(peer, rest), daemon=True)
            self._pump.start()

    def _unread(self):
        rfile = rfile_of(self._writer)
        if rfile.closed:
            return b''
        return bytes(rfile.peek()) + rfile.raw.rest()

    def _drain(self):
        """Puts what was sent through the descriptor into the response; False at its end."""
        with self._lock:
            while self._peer is not None and not self._over:
                try:
                    data = self._peer.recv(65536)
                except BlockingIOError:
                    return True
                except OSError:
                    return False
                if not data:
                    return False
                put(self._writer, data)
        return False

    def _carry(self, peer, rest):
        poll = select.poll()
        wanted = select.POLLIN
        poll.register(peer, wanted | select.POLLOUT)
        try:
            while not self._over:
                for _, events in poll.poll(1000):
                    if events & select.POLLOUT:
                        rest = rest[peer.send(rest):] if rest else rest
                        if not rest:  # and no end: the client is still there
                            poll.modify(peer, wanted)
                    if events & ~select.POLLOUT and not self._drain():
                        return
        except OSError:
            # The function has closed its end, or the client is gone: then its own writes fail too.
            try:
                peer.shutdown(socket.SHUT_RD)
            except OSError:
                pass

    def _end(self):
        """The invocation is over: nothing the function sent before may be lost."""
        try:
            self._drain()
        except OSError:
            pass
        self._over = True
        if self._peer is not None:
            try:
                self._peer.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            self._pump.join(5)
            self._peer.close()
        self._io_refs = 0
        self.close()


make_connection = Connection


def end_connection(connection):
    connection._end()
