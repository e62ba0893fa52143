"""What a request asks for, read from its address: who asks, whether it causes work, and what to call it in a log."""

from ipaddress import IPv6Address, ip_address

from starlette.responses import JSONResponse
from starlette.types import Scope

GRADIO = "/gradio_api/"
PROBES = ("/api/health", "/api/ready", "/metrics")
WITHOUT_A_NAME = ("/assets", "/svelte", "/static", "/api", "/mcp", "/metrics", "/login", "/logout", "/config")
BATCH = "/api/caption_batch"
FRAME = "/api/frame"
CAPTIONS = ("/api/caption", "/api/compare", BATCH, FRAME, "/mcp")


def path_of(scope: Scope) -> str:
    """The path within the page, with or without the base path of a proxy before it and a slash behind it."""
    path, base = scope["path"], scope.get("root_path", "")
    if base and path.startswith(f"{base}/"):
        path = path[len(base) :]
    return path.rstrip("/") or "/"


def client_of(scope: Scope) -> str:
    """Who asks: the address, or of IPv6 the network, since one visitor has many addresses there."""
    host = scope["client"][0] if scope.get("client") else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return str(int(address) >> 64) if isinstance(address, IPv6Address) else host


def causes_work(scope: Scope) -> bool:
    """Whether a request is more than looking at the page."""
    path = path_of(scope)
    return path not in PROBES and (scope["method"] == "POST" or path.startswith(("/api/", "/mcp", "/preview/")))


def name_of(scope: Scope) -> str:
    """The address without what is a visitor's own: no file names, keys or queries."""
    path = path_of(scope)
    if path in (*CAPTIONS, *PROBES, "/api/models", "/"):
        return path
    if path.startswith(GRADIO):
        return GRADIO + endpoint(path)
    return next((start for start in WITHOUT_A_NAME if path == start or path.startswith(f"{start}/")), "other")


def endpoint(path: str) -> str:
    """What is asked of Gradio: the part of its address that its visitors do not choose."""
    name = path.removeprefix(GRADIO).partition("/")[0].partition("=")[0]
    return name if name in OFFERED else "other"


# Gradio's endpoints that this page and its clients need. The others fetch web addresses, record the screen, edit the
# page's code or copy a visitor's state into a file.
OFFERED = (
    "api",
    "app_id",
    "call",
    "cancel",
    "file",
    "heartbeat",
    "info",
    "login_check",
    "openapi.json",
    "queue",
    "reset",
    "run",
    "startup-events",
    "theme.css",
    "upload",
    "upload_progress",
    "user",
)


def refusal(status: int, sentence: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """A no with its reason, as programs and the page show it."""
    return JSONResponse({"error": sentence}, status, headers)
