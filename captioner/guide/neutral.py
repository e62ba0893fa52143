"""Words for a person's sex that rest on weak evidence give way to neutral ones: "a person", not "a man" by default.

Captioners guess a sex from surroundings (Hendricks et al. 2018, "Women also Snowboard", arXiv 1803.09797).
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
# Of the words for one sex, the share of probability that the model must see on the word's own side.
SURE = 0.9


class NeutralWords:
    """What stands for a gendered word where the model would nearly as soon have written one of the other sex.

    Args:
        vocabulary: of the model.
    """

    def __init__(self, vocabulary: Vocabulary):
        known = [word for word in NEUTRAL if word in vocabulary]
        self.ids = [vocabulary.tokens.index(word) for word in known]  # the token ids whose probabilities are asked for
        self.male = np.array([word in MALE for word in known])

    def __call__(self, words, probabilities: np.ndarray) -> tuple:
        """The words of a caption, of probabilities `[words, ids]` of all gendered words in their places.

        A neutral word has the probability of all the words it stands for.
        """
        return tuple(
            self._neutral(word, gendered) if word.text in NEUTRAL else word
            for word, gendered in zip(words, probabilities, strict=False)
        )

    def share(self, text: str, gendered: np.ndarray) -> float:
        """The part (0..1) of the gendered words' probability that is on the side of this one."""
        own = self.male if text in MALE else ~self.male
        return float(gendered[own].sum() / gendered.sum())

    def _neutral(self, word, gendered: np.ndarray):
        if self.share(word.text, gendered) >= SURE:
            return word
        return replace(word, text=NEUTRAL[word.text], probability=float(min(gendered.sum(), 1)))
