"""The tab "Use it from code": the same captions for programs, with examples to copy and what each answer holds."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple, get_args, get_origin, get_type_hints

import gradio as gr
from typing_extensions import is_typeddict

from captioner.answer import BatchAnswer, CaptionAnswer, Comparison, HealthAnswer, ModelsAnswer
from ui.page.controls import BEAM_WIDTHS, DEFAULT_BEAM_WIDTH
from ui.page.render import render, script
from ui.programs.options import OF_A_COMPARISON, OPTIONS
from ui.programs.service import MOST_PICTURES
from ui.texts.texts import N_, everywhere


def snippet(name: str) -> str:
    """An example of `snippets`, a file that can be run as it is."""
    return (Path(__file__).parent / "snippets" / name).read_text(encoding="utf-8").rstrip()


ADDRESS = "http://127.0.0.1:7860"  # in the examples; the page puts its own in its place
EXAMPLES = {
    "curl": snippet("caption.sh"),
    "Python": snippet("caption.py"),
    "JavaScript": snippet("caption.mjs"),
}
ASSISTANTS = snippet("assistants.json")

SHAPES = {
    "": CaptionAnswer,
    "compare": Comparison,
    "caption_batch": BatchAnswer,
    "models": ModelsAnswer,
    "health": HealthAnswer,
}
KINDS = {str: N_("text"), float: N_("number"), int: N_("whole number"), bool: N_("true or false")}
A_CAPTION, A_LIST, AN_OBJECT, NUMBERS = N_("a caption"), N_("list"), N_("object"), N_("lists of numbers")


class Field(NamedTuple):
    """A field of an answer: its name with those of the fields around it, its kind and what it means, in English."""

    name: str
    kind: str
    optional: bool
    meaning: str


def code_tab(largest_picture: int) -> gr.HTML:
    """Lay out the tab of a page that takes pictures of so many bytes."""
    return gr.HTML(everywhere(partial(code_html, largest_picture)), js_on_load=script("code.js"), elem_id="code")


def code_html(largest_picture: int) -> str:
    """The tab's content."""
    return render(
        "code.html",
        address=ADDRESS,
        examples=EXAMPLES,
        assistants=ASSISTANTS,
        shapes=[{"name": name, "fields": list(fields(shape))} for name, shape in SHAPES.items()],
        megabytes=largest_picture // 2**20,
        most_pictures=MOST_PICTURES,
        beam_widths=BEAM_WIDTHS,
        default_beam_width=DEFAULT_BEAM_WIDTH,
        options=OPTIONS,
        compared=OF_A_COMPARISON,
    )


def fields(shape, prefix: str = "") -> Iterator[Field]:
    """Each field of an answer, and of what is inside it; captions inside stay closed."""
    for name, hint in get_type_hints(shape, include_extras=True).items():
        kind, meaning = get_args(hint)
        inner = kind
        optional = type(None) in get_args(kind)
        if optional:
            inner = next(each for each in get_args(kind) if each is not type(None))
        listed = get_origin(inner) is list
        item = get_args(inner)[0] if listed else inner
        if is_typeddict(item):
            text = A_CAPTION if item is CaptionAnswer else A_LIST if listed else AN_OBJECT
        else:
            text = NUMBERS if listed else KINDS[item]
        yield Field(prefix + name, text, optional, meaning)
        if is_typeddict(item) and item is not CaptionAnswer:
            yield from fields(item, f"{prefix}{name}{'[]' if listed else ''}.")
