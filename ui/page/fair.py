"""Fair turns among a public page's visitors: however many photos one sends, another's is not behind them all."""

from collections.abc import Callable

import gradio as gr
from anyio import CapacityLimiter, fail_after, to_thread

from ui.programs.service import AT_ONCE
from ui.serving.addresses import client_of
from ui.serving.turns import Line
from ui.texts.texts import gettext


class Fair:
    """Makes events take turns by visitor, and end in time.

    Gradio's own queue is one for all: whoever fills it keeps everyone else out. These events do not wait there
    (`concurrency_limit=None`), but each visitor's behind his own.

    Args:
        seconds: from the beginning of an event to its end; what computes then goes on, and nobody waits for it.
    """

    def __init__(self, seconds: float):
        self.seconds = seconds
        self.line = Line()
        self.working = CapacityLimiter(AT_ONCE)

    def __call__(self, work: Callable) -> Callable:
        """An event's function, in turn."""

        async def in_turn(request: gr.Request, *values):
            name = client_of(request.request.scope)
            if self.line.is_full(name):
                sentence = gettext("You have many photos waiting here already: send more when some of them are done.")
                raise gr.Error(sentence, print_exception=False)
            try:
                with fail_after(self.seconds):
                    async with self.line.turn(name):
                        return await to_thread.run_sync(work, *values, limiter=self.working, abandon_on_cancel=True)
            except TimeoutError as error:
                sentence = gettext("This took too long and was given up: try a smaller photo, or try again later.")
                raise gr.Error(sentence, print_exception=False) from error

        return in_turn
