"""Templates and values -> HTML. All values are escaped; markup comes from the templates alone.

Gradio puts a component's `${value}` into the page as it is, so what is made here has to be safe there.
"""

import base64
import io
import math
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from PIL import Image

from ui.texts.texts import gettext, language, number

UI = Path(__file__).parents[1]
STYLE = [UI / "page/style.css", UI / "page/photo.css"]
FAVICON = UI / "page/favicon.png"


def render(template: str, **values) -> str:
    """Fill a template of `page/templates` or `sharing/templates`."""
    return str(TEMPLATES.get_template(template).render(values))


def script(name: str, home: str = "page") -> str:
    """A script of a component, as `gr.HTML(js_on_load=...)` and an event's `js=` take it."""
    return (UI / home / "scripts" / name).read_text(encoding="utf-8")


def data_url(picture: Image.Image, kind: str) -> str:
    """A picture as a data: URL, which the page can show without asking the server."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, quality=85)
    return bytes_url(buffer.getvalue(), kind)


def bytes_url(content: bytes, kind: str) -> str:
    """The same for the content of a picture file."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def percent(share: float) -> str:
    return f"{share:.0%}"


def _translated(text: str, **values) -> Markup:
    """A text for a template, with markup in it only where a template's own is put."""
    translated = Markup("{}").format(gettext(text))
    return translated.format(**values) if values else translated


TEMPLATES = Environment(
    loader=FileSystemLoader([UI / "page/templates", UI / "sharing/templates"]),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.globals |= {"_": _translated, "language": language}
TEMPLATES.filters |= {"exp": math.exp, "number": number, "percent": percent}
