"""What every engine offers: features and steps, and the searches over them, which all engines share."""

from collections.abc import Callable, Sequence

import numpy as np

from captioner.search.beam import Hypotheses, beam_search
from captioner.search.bigrams import Bigrams
from captioner.search.sampling import draw_captions
from captioner.search.strategy import Search, search_captions
from captioner.vocabulary import END, PAD, START, UNKNOWN

SPECIAL_TOKENS = {"start": START, "end": END, "forbidden": (PAD, START, UNKNOWN)}


class Engine:
    """Features and steps, and the searches over them.

    Attributes:
        name: "keras" or "litert".
        size: height and width of the input pictures.
        grid: rows and columns of the regions.
        attends: whether the model looks at part of the picture for each word.
        parameters: number of parameters in encoder and decoder.
        together: the best batch size for many pictures.
    """

    name: str
    size: int
    grid: tuple[int, int]
    attends: bool
    parameters: tuple[int, int]
    together: int = 8

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels `float32 [batch, height, width, 3]`, 0..255 -> features `float32 [batch, regions, channels]`."""
        raise NotImplementedError

    def start(self, features: np.ndarray) -> tuple[Callable, Sequence[np.ndarray], np.ndarray | None]:
        """The step function, first memory and information for `captioner.search`, from features `[images, regions,
        channels]`; there is no information without a look."""
        raise NotImplementedError

    def search(self, features: np.ndarray, beam_width: int, max_length: int, length_penalty: float) -> Hypotheses:
        """Features `[images, regions, channels]` -> hypotheses `[images, beam_width, ...]`, best first."""
        step, memory, _ = self.start(features)
        how = {"max_length": max_length, "beam_width": beam_width, "length_penalty": length_penalty}
        return beam_search(step, memory, **SPECIAL_TOKENS, **how)

    def find(
        self,
        features: np.ndarray,
        search: Search,
        watch: Callable | None = None,
        automaton: np.ndarray | None = None,
        bigrams: Bigrams | None = None,
    ) -> Hypotheses:
        """Features `[images, regions, channels]` -> hypotheses `[images, captions, ...]`.

        Args:
            search: the settings, with nothing left None.
            watch, automaton: as in `beam_search`.
            bigrams: the word pairs in the training captions.
        """
        step, memory, information = self.start(features)
        return search_captions(step, memory, search, SPECIAL_TOKENS, watch, automaton, bigrams, information)

    def draw(
        self,
        features: np.ndarray,
        samples: int,
        max_length: int,
        random: np.random.Generator,
        temperature: float = 1.0,
    ) -> np.ndarray:
        """Features `[images, regions, channels]` -> token ids `int32 [images, samples, max_length]`, drawn at random.

        Captions are padded with end tokens.
        """
        step, memory, _ = self.start(features)
        how = {"max_length": max_length, "samples": samples, "random": random, "temperature": temperature}
        return draw_captions(step, memory, **SPECIAL_TOKENS, **how).tokens

    def probabilities(self, features: np.ndarray, tokens: np.ndarray, ids: Sequence[int]) -> np.ndarray:
        """The probabilities that some tokens would have had in the place of each written one.

        Args:
            features: `[images, regions, channels]`; tokens: `int32 [images, captions, length]`, from a search.
            ids: the token ids to look up.

        Returns:
            `float32 [images, captions, length, ids]`.
        """
        step, memory, _ = self.start(features)
        rows = tokens.reshape(-1, tokens.shape[-1])
        memory = [np.repeat(each, tokens.shape[1], axis=0) for each in memory]
        asked = []
        for given in np.pad(rows[:, :-1], ((0, 0), (1, 0)), constant_values=START).T:
            log_probabilities, _, memory = step(given, memory)
            asked.append(np.exp(log_probabilities[:, ids]))
        return np.stack(asked, axis=1).reshape(*tokens.shape, len(ids))
