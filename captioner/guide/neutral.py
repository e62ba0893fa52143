"""Replace words for a person's sex with neutral ones if the evidence is weak: "a person", not "a man" by default.

Captioners guess a person's sex from the surroundings (Hendricks et al. 2018, "Women also Snowboard", arXiv 1803.09797).
"""

from dataclasses import replace

import numpy as np

from captioner.vocabulary import Vocabulary

MALE = {
    "man": "person",
    "men": "people",
    "guy": "person",
    "guys": "people",
    "boy": "child",
    "boys": "children",
    "he": "they",
    "his": "their",
}
FEMALE = {
    "woman": "person",
    "women": "people",
    "lady": "person",
    "ladies": "people",
    "girl": "child",
    "girls": "children",
    "she": "they",
    "her": "their",
}
NEUTRAL = MALE | FEMALE
# A gendered word stays if the words for its sex have this share of all gendered words' probability.
SURE = 0.9


class NeutralWords:
    """Replaces a gendered word if the model could almost as well have written one for the other sex.

    Args:
        vocabulary: the model's.
    """

    def __init__(self, vocabulary: Vocabulary):
        known = [word for word in NEUTRAL if word in vocabulary]
        self.ids = [vocabulary.tokens.index(word) for word in known]  # the token ids whose probabilities are needed
        self.male = np.array([word in MALE for word in known])

    def __call__(self, words, probabilities: np.ndarray) -> tuple:
        """A caption's words with neutral ones, given the probabilities `[words, ids]` of all gendered words there.

        A neutral word's probability is the sum over all gendered words.
        """
        return tuple(
            self._neutral(word, gendered) if word.text in NEUTRAL else word
            for word, gendered in zip(words, probabilities, strict=False)
        )

    def share(self, text: str, gendered: np.ndarray) -> float:
        """The share (0..1) of the gendered words' probability that goes to words for the same sex as this one."""
        own = self.male if text in MALE else ~self.male
        return float(gendered[own].sum() / gendered.sum())

    def _neutral(self, word, gendered: np.ndarray):
        if self.share(word.text, gendered) >= SURE:
            return word
        return replace(word, text=NEUTRAL[word.text], probability=float(min(gendered.sum(), 1)))
