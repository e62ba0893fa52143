"""A server of published files on this machine, for downloads: whole, broken, moved, refused."""

import hashlib
import io
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from captioner.data.fetch import Source


class Server(ThreadingHTTPServer):
    """Serves `files`, with Range requests, and breaks each connection after the next of `breaks` bytes."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.moved, self.ranges, self.breaks, self.asked = {}, {}, True, [], []

    def offer(self, name, data, size="true", digest=None):
        """Serve data under a name, and return the `Source` that describes it."""
        self.files[f"/{name}"] = data
        url = f"http://127.0.0.1:{self.server_port}/{name}"
        digest = digest or f"sha256:{hashlib.sha256(data).hexdigest()}"
        return Source(url, len(data) if size == "true" else size, digest)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        start = self.headers["Range"]
        self.server.asked.append((self.path, start))
        if self.path in self.server.moved:
            self.send_response(302)
            self.send_header("Location", self.server.moved[self.path])
            return self.end_headers()
        if self.path not in self.server.files:
            return self.send_error(404)
        data = self.server.files[self.path]
        offset = int(start.removeprefix("bytes=").removesuffix("-")) if start and self.server.ranges else 0
        if offset and offset >= len(data):
            return self.send_error(416)
        self.send_response(206 if offset else 200)
        self.send_header("Content-Length", str(len(data) - offset))
        self.end_headers()
        stop = self.server.breaks.pop(0) if self.server.breaks else len(data)
        self.wfile.write(data[offset : offset + stop])

    def log_message(self, *_):
        pass


def zipped(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return buffer.getvalue()
