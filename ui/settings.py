"""How the page is served, read from environment variables; docs/deploy.md lists them all."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from captioner import CaptionerError
from captioner.captioner import ENGINES
from captioner.folder.storage import DEFAULT_MODEL
from ui.sharing.results import default_file

RESULTS = default_file()
AT_HOME = ("127.0.0.1", "localhost", "::1")
HUB = ("https://huggingface.co", "https://*.huggingface.co")  # where a Space is shown in a frame
PUBLIC_RATE = 120  # requests a minute; a photo on the page takes about four
SITE = re.compile(r"\*|https?://[\w.*:-]+")
YES, NO = ("1", "on", "true", "yes"), ("0", "off", "false", "no")


@dataclass(frozen=True)
class Settings:
    """How the page is served.

    Attributes:
        host, port: where it listens; without a port, Gradio takes the first free one from 7860 on.
        base_path: the path under which a proxy shows it, such as "/captioner"; "" if it has its own address.
        queue_size: how many visitors may wait at the same time.
        upload_megabytes: the largest file a visitor may send, photo or zip file.
        weights: the folder with the model folders.
        model: the one to start with; None for the default.
        models: the ones to offer; empty for every folder, and every public model on the Hub.
        engine: as in `Captioner.from_pretrained`.
        sharing: whether visitors may share results by link.
        results: the file where shared results are kept.
        rate: requests that a visitor may make in a minute; None for no limit.
        deadline: seconds within which a program has its caption, and on a public page a visitor.
        embedding: the sites that may show the page in a frame.
        log: whether requests are logged, without anything of a visitor's.
        metrics: whether `/metrics` shows figures for Prometheus.
    """

    host: str = "127.0.0.1"
    port: int | None = None
    base_path: str = ""
    queue_size: int = 64
    upload_megabytes: int = 200
    weights: Path = DEFAULT_MODEL.parent
    model: str | None = None
    models: tuple[str, ...] = ()
    engine: str | None = None
    sharing: bool = True
    results: Path = RESULTS
    rate: int | None = None
    deadline: int = 300
    embedding: tuple[str, ...] = ()
    log: bool = False
    metrics: bool = False

    @property
    def is_public(self) -> bool:
        """Whether other machines can reach the page."""
        return self.host not in AT_HOME


def read_settings(environment: Mapping[str, str], model: str | None = None, share: bool = False) -> Settings:
    """The settings in an environment; empty values count as unset.

    Args:
        model: takes precedence over the environment's.
        share: whether the page also gets a public address.

    Raises:
        CaptionerError: a value is invalid.
    """
    given = {name: value.strip() for name, value in environment.items() if value.strip()}
    host = given.get("GRADIO_SERVER_NAME", "0.0.0.0" if "SPACE_ID" in given else Settings.host)  # nosec B104
    is_public = share or host not in AT_HOME
    return Settings(
        host=host,
        port=_number(given, "PORT", None, 65535),
        base_path=_base_path(given.get("CAPTIONER_BASE_PATH", "")),
        queue_size=_number(given, "CAPTIONER_QUEUE_SIZE", Settings.queue_size, 100_000),
        upload_megabytes=_number(given, "CAPTIONER_UPLOAD_MB", Settings.upload_megabytes, 2000),
        weights=_folder(given.get("CAPTIONER_WEIGHTS", str(Settings.weights))),
        model=model or given.get("CAPTIONER_MODEL"),
        models=tuple(name.strip() for name in given.get("CAPTIONER_MODELS", "").split(",") if name.strip()),
        engine=_one_of(given, "CAPTIONER_ENGINE", ENGINES),
        sharing=_switch(given, "CAPTIONER_SHARING", not is_public),
        results=Path(given.get("CAPTIONER_RESULTS", Settings.results)),
        rate=_rate(given, PUBLIC_RATE if is_public else None),
        deadline=_number(given, "CAPTIONER_DEADLINE", Settings.deadline, 3600),
        embedding=_sites(given, "CAPTIONER_EMBEDDING", HUB if "SPACE_ID" in given else ()),
        log=_switch(given, "CAPTIONER_LOG", is_public),
        metrics=_switch(given, "CAPTIONER_METRICS", False),
    )


def _number(given: Mapping[str, str], name: str, otherwise: int | None, most: int) -> int | None:
    text = given.get(name)
    if text is None:
        return otherwise
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise CaptionerError(f"{name} is {text!r}; it must be a whole number from 1 to {most:,}.")
    return int(text)


def _rate(given: Mapping[str, str], otherwise: int | None) -> int | None:
    if given.get("CAPTIONER_RATE", "").lower() in NO:
        return None
    return _number(given, "CAPTIONER_RATE", otherwise, 100_000)


def _sites(given: Mapping[str, str], name: str, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    if name not in given or given[name].lower() in NO:
        return () if name in given else otherwise
    sites = tuple(given[name].replace(",", " ").split())
    if not all(map(SITE.fullmatch, sites)):
        raise CaptionerError(f'{name} is {given[name]!r}; it must be sites such as "https://example.org", or "*".')
    return sites


def _base_path(text: str) -> str:
    if text and (not text.startswith("/") or set(text) & set("?#\\ ") or "//" in text):
        raise CaptionerError(
            f'CAPTIONER_BASE_PATH is {text!r}; it must be a path that begins with "/", as "/captioner".'
        )
    return text.rstrip("/")


def _folder(text: str) -> Path:
    if not Path(text).is_dir():
        raise CaptionerError(f"CAPTIONER_WEIGHTS is {text!r}; there is no such folder.")
    return Path(text).resolve()


def _one_of(given: Mapping[str, str], name: str, known: tuple[str, ...]) -> str | None:
    if given.get(name, known[0]) not in known:
        raise CaptionerError(f"{name} is {given[name]!r}; it must be {' or '.join(known)}.")
    return given.get(name)


def _switch(given: Mapping[str, str], name: str, otherwise: bool) -> bool:
    text = given.get(name, "").lower()
    if text not in ("", *YES, *NO):
        raise CaptionerError(f"{name} is {given[name]!r}; it must be on or off.")
    return text in YES if text else otherwise
