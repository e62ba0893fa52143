"""What a visitor can set: how captions are looked for, and whether a third way stands beside the two."""

from typing import NamedTuple

import gradio as gr

from captioner import Decoding, Search

BEAM_WIDTHS = range(1, 11)
DEFAULT_BEAM_WIDTH = 3
THIRD_WAYS = {
    "None": "none",
    "Beam without the guide": "unguided",
    "Diverse beam search": "diverse",
    "Nucleus sampling": "nucleus",
}


class Controls(NamedTuple):
    """The values of the panel, or their components, in its order."""

    beam_width: int = DEFAULT_BEAM_WIDTH
    third: str = "none"
    top_p: float = Search.top_p
    seed: int = Search.seed
    length_penalty: float | None = None
    max_length: int | None = None
    no_repeat_ngram: int | None = None
    guided: bool = True

    def own(self) -> tuple:
        """Those that begin as the model has them."""
        return self.length_penalty, self.max_length, self.no_repeat_ngram

    def searches(self, own: Decoding) -> dict[str, Search]:
        """What is looked for in each column: greedy, beam, and third where it is asked for."""
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


def search_controls(own: Decoding) -> tuple[Controls, gr.Button]:
    """Lay out the settings, those of most use in sight and the others folded -> their components, and a button for
    another draw.

    Args:
        own: those of the model a visitor starts with.
    """
    beam_width = slider("Beam width", "How many sentences the beam search keeps at a time.", BEAM_WIDTHS[0],
                        BEAM_WIDTHS[-1], 1, DEFAULT_BEAM_WIDTH, "beam-width")  # fmt: skip
    guided = gr.Checkbox(True, label="Guided", elem_id="guided",
                         info="Where the encoder's own classifier is sure of what it sees, the beam caption has to "
                         "name it.")  # fmt: skip
    third = gr.Dropdown(list(THIRD_WAYS.items()), value="none", filterable=False, label="Third column",
                        info="What the beam would say unguided, or three more captions: as different as can be, or "
                        "drawn at random.",
                        elem_id="third-way")  # fmt: skip
    with gr.Group(visible=False) as chance:
        top_p = slider("Daring (top p)", "Low draws from the likeliest words only, 1 from all.",
                       0.1, 1, 0.05, Search.top_p, "top-p")  # fmt: skip
        seed = gr.Number(Search.seed, precision=0, minimum=0, label="Seed",
                         info="The same seed draws the same captions.", elem_id="seed")  # fmt: skip
        again = gr.Button("Draw again", size="sm", elem_id="draw-again")
    with gr.Accordion("More settings", open=False, elem_id="more-settings"):
        length_penalty = slider("Length penalty", "Lower favours short captions, higher long ones. Greedy is as it is.",
                                0, 2, 0.05, own.length_penalty, "length-penalty")  # fmt: skip
        max_length = slider("Maximum length", "Where a caption has so many words, it is cut.", 3, own.max_length, 1,
                            own.max_length, "max-length")  # fmt: skip
        no_repeat = slider("No repeated phrases", "A run of so many words never comes twice; 0 allows it.", 0, 4, 1,
                           own.no_repeat_ngram, "no-repeat")  # fmt: skip
    third.change(lambda way: gr.Group(visible=way == "nucleus"), third, chance, queue=False, api_visibility="private")
    return Controls(beam_width, third, top_p, seed, length_penalty, max_length, no_repeat, guided), again


def slider(label: str, info: str, least: float, most: float, step: float, value: float, elem_id: str) -> gr.Slider:
    precision = 0 if step == 1 else 2
    return gr.Slider(least, most, value, step=step, precision=precision, label=label, info=info, buttons=[],
                     elem_id=elem_id)  # fmt: skip


def own_settings(own: Decoding) -> tuple[gr.Slider, gr.Slider, gr.Slider]:
    """`Controls.own` as a newly chosen model has them."""
    length = gr.Slider(maximum=own.max_length, value=own.max_length)
    return gr.Slider(value=own.length_penalty), length, gr.Slider(value=own.no_repeat_ngram)
