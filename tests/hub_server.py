"""A Hugging Face Hub on this machine: as much of its protocol as a download asks for."""

import contextlib
import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "c0ffee" + "0" * 34


class Hub(ThreadingHTTPServer):
    """Serves folders as the `main` revision of repositories; none other is known.

    Attributes:
        repositories: id -> folder.
        closed: id -> the error code everyone gets for its files ("GatedRepo").
        pause: while this event is cleared, no request is answered.
        asked: the paths of all requests so far.
    """

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.repositories: dict[str, Path] = {}
        self.closed: dict[str, str] = {}
        self.pause = threading.Event()
        self.pause.set()
        self.asked: list[str] = []

    def environment(self, home: Path) -> dict[str, str]:
        """What a process must be started with to take this for the Hub, with its cache in `home`."""
        return {"HF_ENDPOINT": self.url, "HF_HUB_OFFLINE": "0", "HF_HOME": str(home)}


class Answer(BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path = self.path.split("?")[0]
        self.server.asked.append(path)
        self.server.pause.wait()
        api = re.fullmatch(r"/api/models/([^/]+/[^/]+?)(?:/(revision|tree)/([^/]+))?", path)
        file = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
        name = (api or file)[1] if api or file else None
        revision = (api[3] or "main" if api else file[2]) if name else None
        if name not in self.server.repositories:
            self.refuse(
                401, "RepoNotFound"
            )  # what the Hub answers a stranger, of what is private and what is not there
        elif revision not in ("main", COMMIT):
            self.refuse(404, "RevisionNotFound")
        elif api:
            self.send(json.dumps(self.tree(name) if api[2] == "tree" else self.about(name)).encode())
        elif name in self.server.closed:
            self.refuse(403, self.server.closed[name])
        elif not (path := self.server.repositories[name] / file[3]).is_file():
            self.refuse(404, "EntryNotFound")
        else:
            self.send(path.read_bytes())

    def about(self, name: str) -> dict:
        return {"id": name, "sha": COMMIT, "private": False, "tags": [], "siblings": []}

    def tree(self, name: str) -> list[dict]:
        folder = self.server.repositories[name]
        return [
            {"type": "file", "path": str(path.relative_to(folder)), "size": path.stat().st_size, "oid": "0" * 40}
            for path in folder.rglob("*")
            if path.is_file()
        ]

    def send(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{hashlib.sha1(content).hexdigest()}"')
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def refuse(self, status: int, code: str) -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serve_hub():
    """A running `Hub` without repositories."""
    with Hub() as hub:
        threading.Thread(target=hub.serve_forever, daemon=True).start()
        yield hub
        hub.shutdown()
