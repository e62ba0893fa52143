"""What captions are like beyond their scores: how many words they use, what they copy, how they end."""

from collections.abc import Iterable, Sequence

from captioner.vocabulary import words_of

# In Flickr8k's captions, fewer than one in 200 uses of each of these words end a caption.
NEVER_LAST = frozenset(
    words_of(
        "a an the and or but of with in at to from for as is are was were has have his their its while that who which "
        "into onto through under against between beside near next some two wearing"
    )
)


def vocabulary_share(candidates: Sequence[str], vocabulary_size: int) -> float:
    """The number of distinct words used, as a share (0..1) of the words the model knows."""
    return len({word for caption in candidates for word in words_of(caption)}) / vocabulary_size


def mean_words(candidates: Sequence[str]) -> float:
    """Mean number of words per caption."""
    return sum(len(words_of(caption)) for caption in candidates) / len(candidates)


def broken_share(candidates: Sequence[str]) -> float:
    """Share (0..1) of captions that break off, as after "a" or "with a"; empty ones count too."""
    endings = ((words_of(caption) or ["a"])[-1] for caption in candidates)
    return sum(word in NEVER_LAST for word in endings) / len(candidates)


def verbatim_share(candidates: Sequence[str], known: Iterable[str]) -> float:
    """Share (0..1) of captions that copy one of the known (training) captions word for word."""
    sentences = {tuple(words_of(caption)) for caption in known}
    return sum(tuple(words_of(caption)) in sentences for caption in candidates) / len(candidates)
