"""A reverse proxy on this machine that shows another server under a path, and takes the path off, as nginx can."""

import contextlib
import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextlib.contextmanager
def shown_under(path: str, port: int):
    """The address, path and all, under which the server of that port is shown; what is asked beside it is refused."""

    class Relay(BaseHTTPRequestHandler):
        def do_GET(self):
            if not self.path.startswith(path):
                self.send_error(404)
                return
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            server = http.client.HTTPConnection("127.0.0.1", port)
            server.request(self.command, self.path[len(path) :] or "/", content, dict(self.headers))
            answer = server.getresponse()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            with contextlib.suppress(http.client.HTTPException, OSError):  # one of the two has gone
                while part := answer.read1():  # an event as soon as it comes
                    self.wfile.write(part)
                    self.wfile.flush()
            server.close()

        do_HEAD = do_POST = do_GET

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Relay) as proxy:
        threading.Thread(target=proxy.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{proxy.server_port}{path}"
        proxy.shutdown()
