"""The tab "Use it from code": the same captions for programs, with examples to copy and what each answer holds."""

from collections.abc import Iterator
from functools import partial
from html import escape
from typing import get_args, get_origin, get_type_hints

import gradio as gr
from typing_extensions import is_typeddict

from captioner.answer import BatchAnswer, CaptionAnswer, Comparison, HealthAnswer, ModelsAnswer
from ui.page.controls import BEAM_WIDTHS, DEFAULT_BEAM_WIDTH
from ui.programs.service import MOST_PICTURES
from ui.texts.texts import everywhere, t

ADDRESS = "http://127.0.0.1:7860"  # in the examples; the page puts its own in its place
EXAMPLES = {
    "curl": f"""curl -F picture=@photo.jpg -F beam_width=3 {ADDRESS}/api/caption""",
    "Python": f"""from gradio_client import Client, handle_file

client = Client("{ADDRESS}")
caption = client.predict(picture=handle_file("photo.jpg"), beam_width=3, api_name="/caption")
print(caption["text"])
for word in caption["words"]:
    print(word["text"], word["probability"])""",
    "JavaScript": f"""import {{ Client, handle_file }} from "@gradio/client";

const client = await Client.connect("{ADDRESS}");
const answer = await client.predict("/caption", {{ picture: handle_file("photo.jpg"), beam_width: 3 }});
const [caption] = answer.data;
console.log(caption.text);
for (const word of caption.words) console.log(word.text, word.probability);
process.exit(); // the client would keep its connection""",
}
NEEDS = {
    "curl": "One command, and nothing to install.",
    "Python": "After <code>pip install gradio_client</code>.",
    "JavaScript": "After <code>npm install @gradio/client</code>; in a web page, give a file or blob as the picture.",
}
ASSISTANTS_NEED = (
    "Where this server was started with <code>python app.py --mcp</code>, assistants may caption pictures too, by the "
    "Model Context Protocol; most are told of it like this."
)
ASSISTANTS = f"""{{"mcpServers": {{"captioner": {{"url": "{ADDRESS}/mcp"}}}}}}"""

ENDPOINTS = {
    "POST /api/caption": (
        "<code>picture</code>, a file up to {megabytes} MB; <code>beam_width</code>, {least} to {most}, {default} "
        "unless given; <code>model</code>, the default one unless given",
        "a caption",
    ),
    "POST /api/compare": ("the same", "a greedy caption and a beam caption"),
    "POST /api/caption_batch": ("<code>picture</code>, up to {pictures} times; the same", "a caption for each"),
    "GET /api/models": ("nothing", "the models"),
    "GET /api/health": ("nothing", "a sign of life"),
}
REFUSAL = '{"error": "a sentence"}'
REFUSALS = {
    "400": "the picture cannot be read, or a setting makes no sense",
    "404": "there is no such model",
    "413": "too large",
    "415": "neither a form nor a picture",
    "503": "too many are asking at once, or there is no model",
}
SHAPES = {
    "compare": Comparison,
    "caption_batch": BatchAnswer,
    "models": ModelsAnswer,
    "health": HealthAnswer,
}
KINDS = {str: "text", float: "number", int: "whole number", bool: "true or false"}

SCRIPT = f"""
const here = location.origin + location.pathname.replace(/[/]+$/, '');
for (const code of element.querySelectorAll('pre code'))
  code.textContent = code.textContent.replaceAll('{ADDRESS}', here);
element.addEventListener('click', async event => {{
  const button = event.target.closest('.copy');
  if (!button) return;
  const example = button.closest('.example');
  const [code, said] = [example.querySelector('pre code'), example.querySelector('[role=status]')];
  try {{
    await navigator.clipboard.writeText(code.textContent);
    said.textContent = said.dataset.copied;
  }} catch {{
    getSelection().selectAllChildren(code);
    said.textContent = said.dataset.selected;
  }}
  setTimeout(() => said.textContent = '', 3000);
}});
"""


def code_tab(largest_picture: int) -> gr.HTML:
    """Lay out the tab of a page that takes pictures of so many bytes."""
    return gr.HTML(everywhere(partial(code_html, largest_picture)), js_on_load=SCRIPT, elem_id="code")


def code_html(largest_picture: int) -> str:
    """The tab's content; nothing in it comes from outside."""
    examples = "".join(_example(name, t(NEEDS[name]), text) for name, text in EXAMPLES.items())
    limits = {
        "megabytes": largest_picture // 2**20,
        "pictures": MOST_PICTURES,
        "least": BEAM_WIDTHS[0],
        "most": BEAM_WIDTHS[-1],
        "default": DEFAULT_BEAM_WIDTH,
    }
    addresses = (
        (f"<code>{address}</code>", t(takes, **limits), t(gives)) for address, (takes, gives) in ENDPOINTS.items()
    )
    asked = _table((t("address"), t("takes"), t("answers with")), addresses)
    refused = _table((t("status"), t("because")), ((status, t(reason)) for status, reason in REFUSALS.items()))
    caption = f"<details open><summary>{t('A caption')}</summary>{_fields_table(CaptionAnswer)}</details>"
    shapes = "".join(
        f"<details><summary>{name}</summary>{_fields_table(shape)}</details>" for name, shape in SHAPES.items()
    )
    by_name = t(
        "Gradio's clients have the same five by name: <code>/caption</code>, <code>/compare</code>, "
        "<code>/caption_batch</code> (a list, <code>pictures</code>), <code>/models</code>, <code>/health</code>."
    )
    refusal = t("The answer is {answer}, and the status says of what kind it is.", answer=f"<code>{REFUSAL}</code>")
    return f"""<div class="card code"><h2>{t("Use it from code")}</h2>
        <p>{t("Whatever this page shows, a program can ask for: a picture in, its caption out, as JSON.")}</p>
        {examples}
        <h3>{t("What can be asked")}</h3>{asked}
        <p>{by_name}
          {t("Pictures are sent, never fetched: an address or a path in place of a file is refused.")}</p>
        <h3>{t("What comes back")}</h3>{caption}{shapes}
        <h3>{t("What is refused")}</h3>
        <p>{refusal} {t("Gradio's clients raise an error with the same sentence.")}</p>{refused}
        {_example(t("Assistants"), t(ASSISTANTS_NEED), ASSISTANTS)}
        </div>"""


def _example(name: str, needs: str, text: str) -> str:
    said = f'role="status" data-copied="{t("Copied.")}" data-selected="{t("Selected: press Ctrl+C.")}"'
    copies, shows = t("Copy the example for {name}", name=name), t("Example for {name}", name=name)
    return f"""<section class="example"><h3>{name}</h3><span {said}></span>
        <button type="button" class="copy" aria-label="{copies}">{t("Copy")}</button>
        <p>{needs}</p>
        <pre tabindex="0" role="region" aria-label="{shows}"><code>{escape(text)}</code></pre></section>"""


def _fields_table(shape) -> str:
    rows = ((f"<code>{name}</code>", kind, escape(t(meaning))) for name, kind, meaning in fields(shape))
    return _table((t("field"), t("is"), t("meaning")), rows)


def _table(head, rows) -> str:
    titles = "".join(f"<th scope='col'>{title}</th>" for title in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>'


def fields(shape, prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """(name, kind, meaning) of each field of an answer, and of what is inside it; captions inside stay closed."""
    for name, hint in get_type_hints(shape, include_extras=True).items():
        kind, meaning = get_args(hint)
        inner = kind
        optional = type(None) in get_args(kind)
        if optional:
            inner = next(each for each in get_args(kind) if each is not type(None))
        listed = get_origin(inner) is list
        item = get_args(inner)[0] if listed else inner
        if is_typeddict(item):
            text = "a caption" if item is CaptionAnswer else ("list" if listed else "object")
        else:
            text = "lists of numbers" if listed else KINDS[item]
        yield prefix + name, t("{kind} or null", kind=t(text)) if optional else t(text), meaning
        if is_typeddict(item) and item is not CaptionAnswer:
            yield from fields(item, f"{prefix}{name}{'[]' if listed else ''}.")
