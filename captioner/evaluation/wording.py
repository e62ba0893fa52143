"""What a set of captions is like beyond its scores: how many words it draws on, what it repeats, how it ends."""

from collections.abc import Iterable, Sequence

from captioner.vocabulary import words_of

# Of all uses of each of these in Flickr8k's captions, people end a caption with less than one in 200.
NEVER_LAST = frozenset(
    words_of(
        "a an the and or but of with in at to from for as is are was were has have his their its while that who which "
        "into onto through under against between beside near next some two wearing"
    )
)


def vocabulary_share(candidates: Sequence[str], vocabulary_size: int) -> float:
    """Distinct words used, as a share (0..1) of the words the model could have used."""
    return len({word for caption in candidates for word in words_of(caption)}) / vocabulary_size


def mean_words(candidates: Sequence[str]) -> float:
    """Words a caption."""
    return sum(len(words_of(caption)) for caption in candidates) / len(candidates)


def broken_share(candidates: Sequence[str]) -> float:
    """Share (0..1) of captions that break off, in "a" or "with a"; an empty one does too."""
    endings = ((words_of(caption) or ["a"])[-1] for caption in candidates)
    return sum(word in NEVER_LAST for word in endings) / len(candidates)


def verbatim_share(candidates: Sequence[str], known: Iterable[str]) -> float:
    """Share (0..1) of captions that are word for word among the known ones, those of the training pictures."""
    sentences = {tuple(words_of(caption)) for caption in known}
    return sum(tuple(words_of(caption)) in sentences for caption in candidates) / len(candidates)
