"""Finished captions -> the same, in the order of how likely they are and of how much they tell."""

import numpy as np

from captioner.search.beam import IMPOSSIBLE, Hypotheses


def ranked(found: Hypotheses, information: np.ndarray, weight: float, length_penalty: float) -> Hypotheses:
    """Rank hypotheses by log-probability / length ** length_penalty + weight * information.

    A caption tells as much as all its different words do. What is seen in the picture ranks sentences in "From Captions
    to Visual Concepts and Back" (Fang et al. 2015, arXiv 1411.4952) as well.

    Args:
        found: from a search, `[images, beam_width, ...]`.
        information: how much each word tells about a picture, in nats, `[images, vocabulary]`.
        weight: of a nat.
        length_penalty: as in `beam_search`.
    """
    said = np.zeros((*found.total.shape, information.shape[1]), bool)  # [images, beam_width, vocabulary]
    np.put_along_axis(said, found.tokens, True, axis=2)
    told = (said * information[:, None]).sum(axis=2)  # [images, beam_width]
    scores = found.total / found.length.astype("float32") ** length_penalty + weight * told
    scores[found.total < IMPOSSIBLE / 2] = -np.inf
    order = np.argsort(-scores, axis=1, kind="stable")
    images = np.arange(len(order))[:, None]
    return Hypotheses(*(each[images, order] for each in found))
