"""Text without pictures, added to batches of pictures: its own words stand in for what a look would have seen."""

from collections.abc import Callable, Sequence

import numpy as np
from keras import ops

from captioner.networks.decoders.evidence import Evidence
from captioner.networks.look import information
from captioner.training.batches import CaptionBatches
from captioner.vocabulary import PAD, SPECIALS, Vocabulary

LEFT_OUT = 0.2  # share of a group's own words
FOREIGN = 2  # at least this many words of evidence come from other groups
NEWS = 0.5  # nats a word must tell about a group to be its own
TRIES = 20  # other groups asked for such words
MOST_CAPTIONS = 5  # from a group at a time
USED = 0.25  # a word counts as used if more than this share of the captions have it
BATCH = 64  # pictures


class Text:
    """Groups of captions, each about one picture that is missing.

    Args:
        groups: groups of captions.
        vocabulary: the model's.
        length: tokens in a caption, including the end.
        usual: how likely each of the look's words is for any picture, `[words]`.
        shown: number of words of evidence.
        right, wrong: the look's confidence, 0..1, in words that people used for a picture, and in words they did not.
    """

    def __init__(
        self,
        groups: Sequence[Sequence[str]],
        vocabulary: Vocabulary,
        length: int,
        usual: np.ndarray,
        shown: int,
        right: np.ndarray,
        wrong: np.ndarray,
    ):
        self.groups = groups
        self.vocabulary = vocabulary
        self.length = length
        self.usual = np.zeros(len(vocabulary))  # [vocabulary]
        self.usual[len(SPECIALS) :][: len(usual)] = usual
        self.usual[: len(SPECIALS)] = 1  # special tokens tell nothing
        self.shown = shown
        self.right = right
        self.wrong = wrong

    def __call__(self, captions: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """A random group -> token ids `int32 [captions, length + 1]`, and its evidence: token ids and probabilities,
        each `[shown]`, without some of its own words, with words from other groups, and `PAD` if there are too few."""
        encoded = self._drawn(captions, random)
        token_ids = np.full((captions, self.length + 1), PAD, "int32")
        token_ids[: len(encoded), : encoded.shape[1]] = encoded
        own = self._own(encoded, random)[: self.shown - FOREIGN]
        foreign = self._foreign(encoded, self.shown - len(own), captions, random)
        words, probabilities = np.full(self.shown, PAD, "int32"), np.zeros(self.shown, "float32")
        for start, some, sure in (0, own, self.right), (len(own), foreign, self.wrong):
            words[start : start + len(some)] = some
            probabilities[start : start + len(some)] = random.choice(sure, len(some))
        return token_ids, words, probabilities

    def _foreign(self, encoded: np.ndarray, most: int, captions: int, random: np.random.Generator) -> np.ndarray:
        """Words of other groups that this one has not; fewer than asked for where there are hardly any."""
        foreign = np.zeros(0, "int32")
        for _ in range(TRIES):
            if len(foreign) >= most:
                break
            others = self._own(self._drawn(captions, random), random)
            foreign = np.union1d(foreign, np.setdiff1d(others, encoded))
        return random.permutation(foreign)[:most]

    def _drawn(self, captions: int, random: np.random.Generator) -> np.ndarray:
        """Some captions from a group, as token ids `int32 [captions, length]`."""
        group = self.groups[random.integers(len(self.groups))]
        some = random.permutation(len(group))[: min(captions, MOST_CAPTIONS)]
        return self.vocabulary.encode_batch([group[index] for index in some], self.length)

    def _own(self, encoded: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """The words that tell most about these captions, without some of them, most telling first."""
        words, counts = np.unique(np.concatenate([np.unique(row) for row in encoded]), return_counts=True)
        news = ops.convert_to_numpy(information(counts / len(encoded), self.usual[words]))
        kept = (news > NEWS) & (random.random(len(words)) >= LEFT_OUT)
        return words[kept][np.argsort(-news[kept], kind="stable")]


class TextBatches(CaptionBatches):
    """Batches of pictures with their captions, each followed by groups of text.

    Args:
        text: where the groups come from; groups: number of groups per batch.
        pictures, token_ids, batch_size, seed: as in `CaptionBatches`.
    """

    def __init__(self, pictures: Callable, token_ids: np.ndarray, batch_size: int, seed: int, text: Text, groups: int):
        self.text = text
        self.groups = groups
        super().__init__(pictures, token_ids, batch_size, seed)

    def __getitem__(self, step: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Inputs {"pictures", "token_ids", "words", "probabilities" [batch, shown]}: blank pictures and evidence for
        the groups, and no evidence (`PAD`) for the pictures; targets as in `CaptionBatches`."""
        random = np.random.default_rng((self.seed, self.epoch, step, self.groups))
        inputs, targets = super().__getitem__(step)
        pictures = inputs["pictures"]
        captions = len(targets) // len(pictures)
        drawn = [self.text(captions, random) for _ in range(self.groups)]
        token_ids, words, probabilities = (np.stack(each) for each in zip(*drawn, strict=True))
        whole = np.column_stack([inputs["token_ids"], targets[:, -1:]])
        rows = _with_more(whole, token_ids.reshape(-1, token_ids.shape[-1]))
        none = np.zeros((len(pictures), words.shape[1]))
        return {
            "pictures": np.concatenate([pictures, np.zeros((self.groups, *pictures.shape[1:]), pictures.dtype)]),
            "token_ids": rows[:, :-1],
            "words": np.concatenate([none, words]).astype("int32"),
            "probabilities": np.concatenate([none, probabilities]).astype("float32"),
        }, rows[:, 1:]


def _with_more(rows: np.ndarray, more: np.ndarray) -> np.ndarray:
    """Stack two blocks of token ids, padded to the longest row."""
    both = np.full((len(rows) + len(more), max(rows.shape[1], more.shape[1])), PAD, "int32")
    both[: len(rows), : rows.shape[1]] = rows
    both[len(rows) :, : more.shape[1]] = more
    return both[:, : (both != PAD).sum(axis=1).max()]


def sureness(evidence: Evidence, features: np.ndarray, used: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A look's confidence in the words it shows, 0..1: in those that people used for the picture, and in the others;
    in all of them where there is only one kind.

    Args:
        features: the training pictures' features, `[images, regions, channels]`.
        used: the share of their captions with each of the look's words, `[images, words]`.
    """
    right, wrong = [], []
    for start in range(0, len(features), BATCH):
        shown = evidence.look.evidence(np.asarray(features[start : start + BATCH], "float32"), evidence.shown)
        words, probabilities = map(ops.convert_to_numpy, shown)
        true = np.take_along_axis(used[start : start + BATCH], words - len(SPECIALS), axis=1) > USED
        right.append(probabilities[true])
        wrong.append(probabilities[~true])
    right, wrong = np.concatenate(right), np.concatenate(wrong)
    every = np.concatenate([right, wrong])
    return right if len(right) else every, wrong if len(wrong) else every
