"""A Hugging Face Hub on this machine: as much of its protocol as its client asks for to upload, download and run."""

import base64
import contextlib
import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "c0ffee" + "0" * 34  # the first of each repository
TOKEN = "hf_of_the_owner"
LARGE = (".safetensors", ".tflite", ".png", ".jpg")  # what goes by Git LFS


@dataclass
class Repository:
    """Commits, the newest last, each path -> content; and the names that some of them have."""

    commits: dict[str, dict[str, bytes]] = field(default_factory=lambda: {COMMIT: {}})
    tags: dict[str, str] = field(default_factory=dict)
    private: bool = False
    about: dict = field(default_factory=dict)  # what it was created with

    @classmethod
    def of(cls, folder: Path) -> "Repository":
        """A repository of one commit, which holds the files of a folder."""
        return cls({COMMIT: {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}})

    @property
    def head(self) -> str:
        return list(self.commits)[-1]

    @property
    def files(self) -> dict[str, bytes]:
        return self.commits[self.head]

    def commit_of(self, revision: str) -> str | None:
        revision = {"main": self.head, **self.tags}.get(revision, revision)
        return revision if revision in self.commits else None


class Hub(ThreadingHTTPServer):
    """A Hub with repositories.

    Attributes:
        repositories: id -> repository, or a folder to make one of; a Space's id begins with "spaces/".
        closed: id -> the error code everyone gets for its files ("GatedRepo").
        pause: while this event is cleared, no request is answered.
        cut: names of files whose next download breaks off after three quarters.
        failing: the status that every request gets; None when all is well.
        unpaid: whether new Spaces are refused, as the Hub refuses accounts without a plan.
        stages: of a Space, in the order they are told; the last one stays.
        asked: the paths of all requests so far, and `changes` those that change something.
        ranges: (path, Range header) of the downloads that went on in the middle.
    """

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.repositories: dict[str, Repository | Path] = {}
        self.closed: dict[str, str] = {}
        self.pause = threading.Event()
        self.pause.set()
        self.cut: set[str] = set()
        self.failing: int | None = None
        self.unpaid = False
        self.stages = ["BUILDING", "APP_STARTING", "RUNNING"]
        self.asked: list[str] = []
        self.changes: list[str] = []
        self.ranges: list[tuple[str, str]] = []
        self.stored: dict[str, bytes] = {}  # what Git LFS holds, by hash

    def environment(self, home: Path) -> dict[str, str]:
        """What a process must be started with to take this for the Hub, with its cache in `home`."""
        return {
            "HF_ENDPOINT": self.url,
            "HF_HUB_OFFLINE": "0",
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "HF_HOME": str(home),
        }

    def repository(self, name: str) -> Repository | None:
        found = self.repositories.get(name)
        if isinstance(found, Path):
            found = self.repositories[name] = Repository.of(found)
        return found


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        self.begin()
        api = re.fullmatch(r"/api/(models|spaces)/([^/]+/[^/]+?)(?:/(revision|tree)/([^/]+)|/(refs|runtime))?", self.at)
        file = re.fullmatch(r"/((?:spaces/)?[^/]+/[^/]+)/resolve/([^/]+)/(.+)", self.at)
        if self.server.failing:
            return self.refuse(self.server.failing, "")
        if self.at == "/api/whoami-v2":
            return self.tell({"name": "owner"}) if self.is_owner() else self.refuse(401, "")
        if not api and not file:
            return self.refuse(404, "")
        name = file[1] if file else api[2] if api[1] == "models" else f"spaces/{api[2]}"
        repository = self.server.repository(name)
        if repository is None or (repository.private and not self.is_owner()):
            return self.refuse(401, "RepoNotFound")  # the same of what is private and what is not there
        commit = repository.commit_of((file[2] if file else api[4]) or "main")
        if commit is None:
            return self.refuse(404, "RevisionNotFound")
        files = repository.commits[commit]
        if api:
            return self.tell(getattr(self, api[3] or api[5] or "revision")(name, repository, commit))
        if name in self.server.closed:
            return self.refuse(403, self.server.closed[name])
        if file[3] not in files:
            return self.refuse(404, "EntryNotFound")
        self.send_file(file[3], files[file[3]], commit)

    def do_POST(self):
        self.begin()
        content = self.content()
        if self.at == "/api/validate-yaml":
            return self.tell({"errors": [], "warnings": []})
        if self.server.failing:
            return self.refuse(self.server.failing, "")
        if not self.is_owner():
            return self.refuse(401, "")
        if not re.search(r"/(preupload/\w+|objects/batch)$", self.at):
            self.server.changes.append(self.at)
        if self.at == "/api/repos/create":
            return self.create(json.loads(content))
        batch = re.fullmatch(r"/(.+)\.git/info/lfs/objects/batch", self.at)
        if batch:
            return self.tell({"transfer": "basic", "objects": [*map(self.place, json.loads(content)["objects"])]})
        kind, name, what, revision = re.fullmatch(
            r"/api/(models|spaces)/([^/]+/[^/]+)/(preupload|commit|tag|variables)(?:/([^/]+))?", self.at
        ).groups()
        repository = self.server.repository(name if kind == "models" else f"spaces/{name}")
        if repository is None:
            return self.refuse(404, "RepoNotFound")
        getattr(self, what)(repository, content, revision)

    def do_PUT(self):
        self.begin()
        content = self.content()
        self.server.changes.append(self.at)
        self.server.stored[self.at.rpartition("/")[2]] = content
        self.tell({})

    def begin(self):
        self.at = self.path.split("?")[0]
        self.server.asked.append(self.at)
        self.server.pause.wait()

    def is_owner(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def content(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def revision(self, name: str, repository: Repository, commit: str) -> dict:
        siblings = [
            {"rfilename": path, "size": entry["size"], "blobId": entry["oid"], "lfs": entry.get("lfs")}
            for path, entry in self.entries(repository, commit)
        ]
        about = {"id": name.removeprefix("spaces/"), "sha": commit, "private": repository.private, "tags": []}
        return {**about, "siblings": siblings, "host": "https://owner-page.hf.space"}

    def tree(self, name: str, repository: Repository, commit: str) -> list[dict]:
        return [{"type": "file", "path": path, **entry} for path, entry in self.entries(repository, commit)]

    def refs(self, name: str, repository: Repository, commit: str) -> dict:
        tags = [{"name": tag, "ref": f"refs/tags/{tag}", "targetCommit": at} for tag, at in repository.tags.items()]
        branches = [{"name": "main", "ref": "refs/heads/main", "targetCommit": repository.head}]
        return {"branches": branches, "converts": [], "tags": tags}

    def runtime(self, name: str, repository: Repository, commit: str) -> dict:
        stages = self.server.stages
        return {"stage": stages.pop(0) if len(stages) > 1 else stages[0], "sha": commit, "hardware": {}}

    def entries(self, repository: Repository, commit: str):
        for path, content in repository.commits[commit].items():
            sha256 = hashlib.sha256(content).hexdigest()
            large = {"lfs": {"oid": sha256, "sha256": sha256, "size": len(content), "pointerSize": 130}}
            yield path, {"size": len(content), "oid": blob_id(content), **(large if path.endswith(LARGE) else {})}

    def create(self, wanted: dict):
        if wanted.get("type") == "space" and self.server.unpaid:
            return self.refuse(402, "", "A subscription is needed.")
        prefix = "spaces/" if wanted.get("type") == "space" else ""
        name = f"{prefix}{wanted.get('organization') or 'owner'}/{wanted['name']}"
        url = {"url": f"{self.server.url}/{name}"}
        if self.server.repository(name):
            return self.tell(url, 409)
        self.server.repositories[name] = Repository(private=wanted.get("visibility") == "private", about=wanted)
        self.tell(url)

    def place(self, wanted: dict) -> dict:
        known = wanted["oid"] in self.server.stored
        upload = {"upload": {"href": f"{self.server.url}/lfs/{wanted['oid']}"}}
        return {**wanted, **({} if known else {"actions": upload})}

    def preupload(self, repository: Repository, content: bytes, revision: str):
        paths = [file["path"] for file in json.loads(content)["files"]]
        modes = {path: "lfs" if path.endswith(LARGE) else "regular" for path in paths}
        self.tell({"files": [{"path": path, "uploadMode": modes[path], "shouldIgnore": False} for path in paths]})

    def commit(self, repository: Repository, content: bytes, revision: str):
        files = dict(repository.files)
        for line in map(json.loads, content.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.server.stored[value["oid"]]
            elif line["key"] == "deletedFile":
                del files[value["path"]]
        commit = hashlib.sha1(f"{repository.head}{sorted(files)}".encode()).hexdigest()
        repository.commits[commit] = files
        home = re.sub(r"/api/(?:models/)?(.+)/commit/.+", r"\1", self.at)
        self.tell({"commitUrl": f"{self.server.url}/{home}/commit/{commit}", "commitOid": commit})

    def tag(self, repository: Repository, content: bytes, revision: str):
        repository.tags[json.loads(content)["tag"]] = repository.commit_of(revision)
        self.tell({})

    def variables(self, repository: Repository, content: bytes, revision: None):
        wanted = json.loads(content)
        known = repository.about.setdefault("variables", {})
        known[wanted["key"]] = {"key": wanted["key"], "value": wanted["value"]}
        self.tell(known)

    def send_file(self, name: str, content: bytes, commit: str):
        start = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
        first = int(start[1]) if start else 0
        if start:
            self.server.ranges.append((self.at, self.headers["Range"]))
        self.send_response(206 if start else 200)
        self.send_header("X-Repo-Commit", commit)
        self.send_header("ETag", f'"{hashlib.sha1(content).hexdigest()}"')
        self.send_header("Content-Length", str(len(content) - first))
        if start:
            self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        if self.command == "GET" and name in self.server.cut:
            self.server.cut.remove(name)
            self.wfile.write(content[first : len(content) * 3 // 4])
            self.close_connection = True
        elif self.command == "GET":
            self.wfile.write(content[first:])

    def tell(self, answer, status: int = 200) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def refuse(self, status: int, code: str, message: str = "") -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("X-Error-Message", message)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def blob_id(content: bytes) -> str:
    """The name Git gives to a file's content."""
    return hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()


def use_hub(monkeypatch, hub: Hub, cache: Path, token: str | None = None) -> None:
    """Have this process take `hub` for the Hub, with its cache in `cache`, logged in with `token`."""
    from huggingface_hub import constants

    template = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
    for name, value in {
        "ENDPOINT": hub.url,
        "HUGGINGFACE_CO_URL_TEMPLATE": template,
        "HF_HUB_CACHE": str(cache),
        "HF_HUB_OFFLINE": False,
        "HF_HUB_DISABLE_XET": True,
    }.items():
        monkeypatch.setattr(constants, name, value)
    monkeypatch.setenv("HF_TOKEN", token or "")


@contextlib.contextmanager
def serve_hub():
    """A running `Hub` without repositories."""
    with Hub() as hub:
        threading.Thread(target=hub.serve_forever, args=(0.01,), daemon=True).start()
        yield hub
        hub.shutdown()
