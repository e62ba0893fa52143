"""The reward of a drawn caption is the toolkit's CIDEr-D, with the end as a word."""

import numpy as np
import pytest
from pycocoevalcap.cider.cider import Cider

from captioner.data import load_examples
from captioner.training.reward import CiderReward
from captioner.vocabulary import END, PAD, START, Vocabulary, encode_captions


@pytest.fixture(scope="module")
def written(flickr8k):
    """The vocabulary of 200 training pictures, and the token ids of their captions."""
    captions = [example.captions for example in load_examples(flickr8k, "train")[:200]]
    vocabulary = Vocabulary.from_captions((text for texts in captions for text in texts), minimum_count=1)
    return vocabulary, encode_captions(captions, vocabulary, 40)


def as_text(tokens):
    kept = [int(token) for token in tokens if token not in (PAD, START)]
    kept = kept[: kept.index(END) + 1] if END in kept else kept
    return " ".join(f"w{token}" for token in kept)


def test_it_is_the_toolkits_cider_with_the_end_as_a_word(written):
    _, token_ids = written
    random = np.random.default_rng(0)
    candidates = token_ids[random.permutation(len(token_ids)), 0, 1:]
    candidates[::2] = token_ids[::2, 1, 1:]  # every other is one of the picture's own
    candidates[1::4, 5:] = END  # and some break off
    references = {image: [as_text(tokens) for tokens in texts] for image, texts in enumerate(token_ids)}
    _, expected = Cider().compute_score(references, {image: [as_text(c)] for image, c in enumerate(candidates)})

    rewards = CiderReward(token_ids)(candidates[:, None], token_ids)
    assert rewards.shape == (200, 1)
    np.testing.assert_allclose(rewards[:, 0], expected, atol=1e-4)
    assert np.median(expected) > 0 and expected.max() > 3


def test_a_caption_that_breaks_off_is_worth_less_than_one_that_ends(written):
    vocabulary, token_ids = written
    image = next(i for i, text in enumerate(token_ids[:, 0]) if 6 <= (text != PAD).sum() <= 15)
    whole = token_ids[image, 0, 1:][token_ids[image, 0, 1:] != PAD]
    broken = np.append(whole[:-1], vocabulary.encode("a", 3)[1:])
    length = len(broken)
    drawn = np.stack([np.append(whole, [END] * (length - len(whole))), broken])
    worth = CiderReward(token_ids)(drawn[None], token_ids[[image]])[0]
    assert worth[0] > worth[1] > 0
