"""What a visitor can set: how captions are searched for, and what the third column shows."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import gradio as gr

from captioner import Decoding, Search
from ui.texts.texts import N_, gettext, label

BEAM_WIDTHS = range(1, 11)
DEFAULT_BEAM_WIDTH = 3
THIRD_WAYS = {
    N_("None"): "none",
    N_("Unguided beam search"): "unguided",
    N_("Diverse beam search"): "diverse",
    N_("Random (nucleus sampling)"): "nucleus",
}
OWN = ("length_penalty", "max_length", "no_repeat_ngram")  # whose start values come from the model


class Controls(NamedTuple):
    """The values of the settings, or their components, in the order of the panel."""

    beam_width: int = DEFAULT_BEAM_WIDTH
    third: str = "none"
    top_p: float = Search.top_p
    seed: int = Search.seed
    length_penalty: float | None = None
    max_length: int | None = None
    no_repeat_ngram: int | None = None
    guided: bool = True
    neutral: bool = False
    sentence: bool = False
    compared: str = ""

    @classmethod
    def of_address(cls, given: Mapping[str, str], own: Decoding, rivals: Sequence[str] = ()) -> "Controls":
        """What an address's query says of each setting: a value within its range, or None where it says nothing of use.

        Args:
            own: the settings of the model that is to be used.
            rivals: the models that it can be compared with.
        """
        ranges = {
            "beam_width": (int, BEAM_WIDTHS[0], BEAM_WIDTHS[-1]),
            "top_p": (float, 0.1, 1),
            "seed": (int, 0, 2**31),
            "length_penalty": (float, 0, 2),
            "max_length": (int, 3, own.max_length),
            "no_repeat_ngram": (int, 0, 4),
        }
        said = dict.fromkeys(cls._fields)
        for name, (kind, least, most) in ranges.items():
            with contextlib.suppress(KeyError, ValueError):
                value = kind(given[name])
                said[name] = value if least <= value <= most else None
        said["third"] = given.get("third") if given.get("third") in THIRD_WAYS.values() else None
        for name in ("guided", "neutral", "sentence"):
            said[name] = {"true": True, "false": False}.get(given.get(name))
        said["compared"] = given.get("compared") if given.get("compared") in rivals else None
        return cls(**said)

    def own(self) -> tuple:
        """The settings whose start values come from the model."""
        return tuple(getattr(self, name) for name in OWN)

    def of_another(self, own: Decoding) -> "Controls":
        """The same for another model: what is the first one's own setting is this one's own as well.

        Args:
            own: the first model's settings.
        """
        return self._replace(**{name: None for name in OWN if getattr(self, name) == getattr(own, name)})

    def searches(self, own: Decoding) -> dict[str, Search]:
        """The search for each column: greedy, beam, and third if one is chosen."""
        rules = {
            "length_penalty": self.length_penalty,
            "max_length": min(self.max_length or own.max_length, own.max_length),
            "no_repeat_ngram": self.no_repeat_ngram,
        }
        wanted = {
            "greedy": Search(beam_width=1, **rules),
            "beam": Search(beam_width=self.beam_width, guided=self.guided, traced=True, **rules),
        }
        if self.third == "unguided":
            wanted["third"] = Search(beam_width=self.beam_width, guided=False, **rules)
        elif self.third == "diverse":
            wanted["third"] = Search("diverse", beam_width=self.beam_width, **rules)
        elif self.third == "nucleus":
            wanted["third"] = Search("nucleus", top_p=self.top_p, seed=self.seed, **rules)
        return wanted


def search_controls(own: Decoding) -> tuple[Controls, gr.Button, gr.Group]:
    """Lay out the settings -> their components, the button that samples again, and what only sampling needs.

    Args:
        own: the settings of the model a visitor starts with.
    """
    beam_width = slider(label("Beam width"), label("How many sentences beam search keeps at a time."),
                        BEAM_WIDTHS[0], BEAM_WIDTHS[-1], 1, DEFAULT_BEAM_WIDTH, "beam-width")  # fmt: skip
    guided = gr.Checkbox(
        True,
        label=label("Guided"),
        info=label("If the image classifier is confident, the beam caption must mention that object."),
        elem_id="guided",
    )
    third = gr.Dropdown(
        [(label(way), value) for way, value in THIRD_WAYS.items()],
        value="none",
        filterable=False,
        label=label("Third column"),
        info=label(
            "Show the beam caption without guidance, or three more captions: as different as possible, or picked at "
            "random."
        ),
        elem_id="third-way",
    )
    with gr.Group(visible=False) as chance:
        top_p = slider(label("Variety (top-p)"), label("Low values pick from the likeliest words only, 1 from all."),
                       0.1, 1, 0.05, Search.top_p, "top-p")  # fmt: skip
        seed = gr.Number(Search.seed, precision=0, minimum=0, label=label("Seed"),
                         info=label("The same seed gives the same captions."), elem_id="seed")  # fmt: skip
        again = gr.Button(label("Pick again"), size="sm", elem_id="draw-again")
    length_penalty = slider(
        label("Length penalty"),
        label("Lower values favour short captions, higher values long ones. Greedy search ignores it."),
        0, 2, 0.05, own.length_penalty, "length-penalty",
    )  # fmt: skip
    max_length = slider(label("Maximum length"), label("Captions are cut off after this many words."),
                        3, own.max_length, 1, own.max_length, "max-length")  # fmt: skip
    no_repeat = slider(label("No repeated phrases"), label("No run of this many words appears twice; 0 allows it."),
                       0, 4, 1, own.no_repeat_ngram, "no-repeat")  # fmt: skip
    sentence = gr.Checkbox(
        label=label("As a sentence"),
        info=label("Write the caption to use with a capital letter and a full stop."),
        elem_id="as-sentence",
    )
    neutral = gr.Checkbox(
        label=label("Neutral words"),
        info=label('Write "person" in the caption to use where the model can hardly tell a man from a woman.'),
        elem_id="neutral-words",
    )
    third.change(lambda way: gr.Group(visible=way == "nucleus"), third, chance, queue=False, api_visibility="private")
    rules = length_penalty, max_length, no_repeat
    return Controls(beam_width, third, top_p, seed, *rules, guided, neutral, sentence), again, chance


def compare_with(
    names: Sequence[str], current: str, compared: str = "", say: Callable = gettext, **look
) -> gr.Dropdown:
    """The menu of models to compare the current one with; where there is no other there is no menu.

    Args:
        names: all models.
        compared: the one that is chosen.
        say: `label` before a visit.
        look: what else the component is given.
    """
    rivals = [name for name in names if name != current]
    choices = [(say("None"), ""), *((name, name) for name in rivals)]
    return gr.Dropdown(choices, value=compared if compared in rivals else "", visible=bool(rivals), **look)


def slider(name, info, least: float, most: float, step: float, value: float, elem_id: str) -> gr.Slider:
    precision = 0 if step == 1 else 2
    return gr.Slider(least, most, value, step=step, precision=precision, label=name, info=info, buttons=[],
                     elem_id=elem_id)  # fmt: skip


def own_settings(own: Decoding) -> tuple[gr.Slider, gr.Slider, gr.Slider]:
    """`Controls.own` with the values of a newly chosen model."""
    length = gr.Slider(maximum=own.max_length, value=own.max_length)
    return gr.Slider(value=own.length_penalty), length, gr.Slider(value=own.no_repeat_ngram)
