"""`aftercart dev`: the whole product on 127.0.0.1, its webhooks and pages, and the control API."""

import signal
import sys
import threading
import traceback
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sandbox.cloud.http_api import Response
from sandbox.commands import page
from sandbox.commands.desk import Desk
from sandbox.commands.remote import GRAPH
from sandbox.control import api as control
from sandbox.sandbox import Sandbox

HOST = "127.0.0.1"  # nobody else's business: there is no password
MOST_BYTES = 6 * 1024 * 1024  # what Lambda takes in one event
MOST_READ = 10 * MOST_BYTES  # read off, so that who sends too much still gets an answer
CHUNK = 65_536
JSON, HTML = "application/json; charset=utf-8", "text/html; charset=utf-8"


class Server(ThreadingHTTPServer):
    """Each connection has a thread; all of them ask at one desk."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, desk: Desk) -> None:
        super().__init__((HOST, port), Handler)
        self.desk = desk

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no error of ours."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            traceback.print_exc(file=sys.stderr)


class Handler(BaseHTTPRequestHandler):
    """Reads a request as raw bytes, and has it answered at the desk."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "aftercart"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60

    def serve(self) -> None:
        body = self._body()
        if isinstance(body, Response):
            self.close_connection = True
        try:
            self._send(body if isinstance(body, Response) else self._answered(body))
        except ConnectionError:
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = serve

    def _body(self) -> bytes | Response:
        """The raw bytes, or why they are not taken."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._chunks()
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdecimal()):
            return _problem(HTTPStatus.BAD_REQUEST, "Content-Length is not a number")
        if int(length) > MOST_BYTES:
            self._read_off(min(int(length), MOST_READ))
            return TOO_LARGE
        return self.rfile.read(int(length))

    def _chunks(self) -> bytes | Response:
        """A body of unknown length (RFC 9112, 7.1): each chunk behind its size in hex, the last one empty."""
        found, read = [], 0
        try:
            while size := int(self.rfile.readline(CHUNK).partition(b";")[0], 16):
                read += size
                if size < 0 or read > MOST_READ:
                    return TOO_LARGE
                found.append(self.rfile.read(size))
                self.rfile.readline(CHUNK)
            while self.rfile.readline(CHUNK).strip():  # trailers say nothing that we need
                pass
        except ValueError:
            return _problem(HTTPStatus.BAD_REQUEST, "the body's chunks cannot be read")
        return b"".join(found) if read <= MOST_BYTES else TOO_LARGE

    def _read_off(self, left: int) -> None:
        while left > 0 and (read := self.rfile.read(min(left, CHUNK))):
            left -= len(read)

    def _answered(self, body: bytes) -> Response:
        path = self.path.partition("?")[0]
        own = path == "/" or path.startswith(control.PREFIX)
        trouble = self.server.desk.trouble() if own else ""
        if trouble:  # what broke while things settled is told to whoever asks next
            return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, trouble)
        job = self._job(path) if own else self._passed_on
        try:
            return self.server.desk.ask(partial(job, body))
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, f"{type(error).__name__}: {error}")

    def _job(self, path: str) -> Callable[[bytes, Sandbox], Response]:
        if path.startswith(f"{GRAPH}/"):
            return self._asked_of_meta
        return self._page if path == "/" else self._controlled

    def _passed_on(self, body: bytes, sandbox: Sandbox) -> Response:
        headers = {name.lower(): value for name, value in self.headers.items()}
        return sandbox.request(self.command, self.path, headers, body)

    def _asked_of_meta(self, body: bytes, sandbox: Sandbox) -> Response:
        status, found = sandbox.providers.graph(
            self.command, self.path.removeprefix(GRAPH), dict(self.headers), body
        )
        sandbox.settle()
        return Response(status, found, {"content-type": JSON})

    def _page(self, body: bytes, sandbox: Sandbox) -> Response:
        if self.command not in ("GET", "HEAD"):
            return _problem(HTTPStatus.METHOD_NOT_ALLOWED, f"/ takes GET, not {self.command}")
        return Response(200, page.html(sandbox).encode(), {"content-type": HTML})

    def _controlled(self, body: bytes, sandbox: Sandbox) -> Response:
        status, found = control.answer(sandbox, self.command, self.path, body)
        return Response(status, control.written(found), {"content-type": JSON})

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: one line is all that is printed."""


def _problem(status: HTTPStatus, message: str) -> Response:
    return Response(status.value, control.written({"error": message}), {"content-type": JSON})


TOO_LARGE = _problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body has more than {MOST_BYTES} bytes")


def serve(make: Callable[[], Sandbox], port: int, ready: Callable[[str], object]) -> None:
    """Serves until SIGINT or SIGTERM; `ready` gets the URL. Raises OSError where the port is taken."""
    stop = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda number, frame: stop.set())
    desk = Desk(make)
    with Server(port, desk) as server, desk:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="http", daemon=True)
        thread.start()
        ready(server.url)
        stop.wait()
        server.shutdown()
