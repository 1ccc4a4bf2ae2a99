import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from aftercart.channels.http import Urllib3Http
from aftercart.ports import MaybeSent, Refused

TLS_HANDSHAKE = b"\x16"
HEADERS = {"Content-Type": "application/json"}


class Answer:
    """A server on loopback that takes one request after the other and answers each with the same bytes."""

    def __init__(self, answer: bytes | None, keep: bool = False) -> None:
        self.answer, self.keep = answer, keep
        self.kept: list[socket.socket] = []
        self.taken: list[bytes] = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/messages"
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.take(connection)
            if self.keep:
                self.kept.append(connection)
            else:
                connection.close()

    def take(self, connection: socket.socket) -> None:
        taken = b""
        while taken[:1] != TLS_HANDSHAKE and not taken.endswith(b"}"):
            taken += connection.recv(4096)
        self.taken.append(taken)
        if self.answer is None:
            connection.recv(1)  # until the caller gives up
        else:
            connection.sendall(self.answer)


@contextmanager
def serving(answer: bytes | None, keep: bool = False) -> Iterator[Answer]:
    server = Answer(answer, keep)
    server.thread.start()
    try:
        yield server
    finally:
        server.socket.shutdown(socket.SHUT_RDWR)
        server.socket.close()
        server.thread.join()
        for connection in server.kept:
            connection.close()


def post(url: str, timeout: float = 5.0, headers: dict[str, str] = HEADERS) -> tuple[int, bytes]:
    return Urllib3Http().request("POST", url, headers, b'{"a":1}', timeout)


def test_an_answer_comes_back_with_its_status_and_body() -> None:
    with serving(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}") as server:
        assert post(server.url) == (400, b"{}")
    (taken,) = server.taken
    head, body = taken.split(b"\r\n\r\n")
    assert body == b'{"a":1}'
    assert b"POST /messages HTTP/1.1" in head
    assert b"content-length: 7" in head.lower()
    assert b"connection: close" in head.lower()
    assert b"transfer-encoding" not in head.lower()


@pytest.mark.parametrize(
    "head",
    (
        b"503 Unavailable\r\nRetry-After: 0",
        b"429 Too Many Requests\r\nRetry-After: 0",
        b"302 Found\r\nLocation: /",
    ),
)
def test_nothing_is_tried_twice_nor_followed_elsewhere(head: bytes) -> None:
    with serving(b"HTTP/1.1 " + head + b"\r\nContent-Length: 0\r\n\r\n") as server:
        assert post(server.url)[0] == int(head[:3])
    assert len(server.taken) == 1


def test_a_closed_port_refuses_before_a_byte() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Refused):
        post(f"http://127.0.0.1:{port}/")


def test_a_failed_tls_handshake_is_before_a_byte_of_the_body() -> None:
    with serving(b"no TLS here") as server:
        url = server.url.replace("http:", "https:")
        with pytest.raises(Refused):
            post(url)


def test_a_header_that_cannot_be_sent_is_refused() -> None:
    with serving(b"") as server, pytest.raises(Refused):
        post(server.url, headers={"Authorization": "Bearer a\nb"})
    assert server.taken == []


def test_silence_after_the_body_may_have_been_sent() -> None:
    with serving(None) as server, pytest.raises(MaybeSent):
        post(server.url, timeout=0.05)
    assert len(server.taken) == 1


@pytest.mark.parametrize(
    "answer", (b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}")
)
def test_an_answer_that_breaks_off_may_have_been_sent(answer: bytes) -> None:
    with serving(answer) as server, pytest.raises(MaybeSent) as fault:
        post(server.url)
    assert "127.0.0.1" not in str(fault.value)


def test_a_request_without_a_body_may_have_been_done() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(MaybeSent):
        Urllib3Http().request("GET", f"http://127.0.0.1:{silent.getsockname()[1]}/", {}, b"", 0.05)


def test_a_connection_that_the_other_side_keeps_is_not_used_again() -> None:
    http = Urllib3Http()
    with serving(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", keep=True) as server:
        for _ in range(2):
            assert http.request("POST", server.url, HEADERS, b'{"a":1}', 1.0) == (200, b"{}")
    assert len(server.taken) == 2
