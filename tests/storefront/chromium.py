"""A headless Chromium on a pipe, by its DevTools protocol, and a shop's page and our API for it to meet."""

import json
import os
import queue
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

Json = dict[str, Any]
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
PATIENCE = 60.0  # seconds until it is taken for hung
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--remote-debugging-pipe",
)


class Chromium:
    """Commands and events, one at a time; `session` is that of the page."""

    def __init__(self, reads: int, writes: int) -> None:
        self._in, self._out = os.fdopen(reads, "rb"), os.fdopen(writes, "wb")
        self._answers: queue.Queue[Json] = queue.Queue()
        self._numbers = count(1)
        self.events: list[Json] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def close(self) -> None:
        """Of the pipe the rest is read, until the browser is gone."""
        self.call("Browser.close")
        self._listener.join(PATIENCE)
        self._in.close()
        self._out.close()

    def _listen(self) -> None:
        kept = b""
        while chunk := self._in.read1(65_536):
            *whole, kept = (kept + chunk).split(b"\0")
            for each in whole:
                self._answers.put(json.loads(each))

    def call(self, method: str, session: str = "", **parameters: Any) -> Json:
        number = next(self._numbers)
        said = {"id": number, "method": method, "params": parameters}
        said |= {"sessionId": session} if session else {}
        self._out.write(json.dumps(said).encode() + b"\0")
        self._out.flush()
        answer = self.until(lambda found: found.get("id") == number)
        assert "error" not in answer, answer
        result: Json = answer["result"]
        return result

    def until(self, wanted: Callable[[Json], bool]) -> Json:
        """The first that is wanted, of what has come already and of what comes."""
        for known in self.events:
            if wanted(known):
                return known
        while True:
            found = self._answers.get(timeout=PATIENCE)
            self.events.append(found)
            if wanted(found):
                return found

    def evaluate(self, session: str, script: str) -> Any:
        """What an expression comes to, once it is settled."""
        result = self.call(
            "Runtime.evaluate", session, expression=script, awaitPromise=True, returnByValue=True
        )
        return result["result"].get("value")


@contextmanager
def chromium(profile: Path) -> Iterator[Chromium]:
    """Until it is closed. It reads on its descriptor 3 and writes on 4."""
    ours_reads, its_writes = os.pipe()
    its_reads, ours_writes = os.pipe()
    command = f"exec {CHROMIUM} {' '.join(FLAGS)} --user-data-dir={profile} 3<&{its_reads} 4>&{its_writes}"
    process = subprocess.Popen(
        ["bash", "-c", command],
        pass_fds=(its_reads, its_writes),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(its_reads)
    os.close(its_writes)
    browser = Chromium(ours_reads, ours_writes)
    try:
        yield browser
    finally:
        browser.close()
        process.wait(PATIENCE)


@contextmanager
def origin(files: Mapping[str, tuple[str, bytes]]) -> Iterator[tuple[str, "queue.Queue[Json]"]]:
    """Serves these on an origin of its own, and keeps every other request; a POST is taken, as ours is."""
    asked: queue.Queue[Json] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body = files.get(self.path, ("text/plain", b""))
            self._answer(200 if self.path in files else 404, kind, body)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            said = {"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body}
            asked.put(said)
            self._answer(201, "text/plain", b"")

        do_OPTIONS = do_POST  # a preflight: none must come

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
