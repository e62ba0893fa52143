"""Caption text <-> token ids."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import regex

from captioner.errors import DataError, ModelError

PAD, START, END, UNKNOWN = range(4)
SPECIALS = ("<pad>", "<start>", "<end>", "<unk>")


# Letters with the marks that belong to them, and the joiners that Hindi and Persian write inside words.
WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{N}\p{M}\u200c\u200d]*")
WITHOUT_SPACES = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tai_Tham}\p{New_Tai_Lue}"
    r"\p{Javanese}\p{Balinese}--\p{M}]",
    regex.VERSION1,
)
LETTER = regex.compile(r"\p{L}")
HAN = regex.compile(r"\p{Han}")
MOST_LETTERS, MOST_HAN = 14, 7  # in one word of such a script
MOST_BESIDE = 2  # words in another script; with more, the caption is theirs and what has no spaces is a word on a sign
SEVERAL_WORDS = 5  # letters; where so many are together and nothing else in the caption is spaced, they are more words


def words_of(text: str) -> list[str]:
    """The words of a caption: composed (Unicode's NFC), lower case, punctuation off.

    Raises:
        DataError: the caption's script is written without spaces, and none were added between its words.
    """
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())
    unspaced = [part for part in text.split() if WITHOUT_SPACES.search(part)]
    spaced = [part for part in text.split() if LETTER.search(part) and part not in unspaced]
    for part in unspaced if len(spaced) < MOST_BESIDE else ():
        letters = len(WITHOUT_SPACES.findall(part))
        too_many = letters > MOST_LETTERS or len(HAN.findall(part)) > MOST_HAN
        if too_many or (letters >= SEVERAL_WORDS and len(unspaced) == 1):
            raise DataError(
                f'The caption "{text:.40}" is written without spaces, so its words cannot be told apart: put a space '
                "between them."
            )
    return WORD.findall(text)


class Vocabulary:
    """The tokens a model knows; a token's id is its line number in `vocabulary.txt`.

    Args:
        tokens: the four special tokens, then the words, most frequent first.

    Raises:
        ModelError: the special tokens are missing, or a token is repeated.
    """

    def __init__(self, tokens: Sequence[str]):
        self.tokens = tuple(tokens)
        self._ids = {token: index for index, token in enumerate(self.tokens)}
        if self.tokens[: len(SPECIALS)] != SPECIALS:
            raise ModelError(f"A vocabulary must start with the lines {' '.join(SPECIALS)}; this one does not.")
        if len(self._ids) != len(self.tokens):
            repeated = next(token for token, count in Counter(self.tokens).items() if count > 1)
            raise ModelError(f"The vocabulary has the token {repeated!r} more than once.")

    @classmethod
    def from_captions(cls, captions: Iterable[str], minimum_count: int = 5) -> "Vocabulary":
        """Every word seen at least `minimum_count` times, most frequent first, then by spelling.

        Raises:
            DataError: as in `words_of`.
        """
        counts = Counter(word for caption in captions for word in words_of(caption))
        kept = [word for word, count in counts.items() if count >= minimum_count]
        return cls([*SPECIALS, *sorted(kept, key=lambda word: (-counts[word], word))])

    @classmethod
    def parse(cls, content: bytes, where: str | Path) -> "Vocabulary":
        """Read the content of `vocabulary.txt`: UTF-8, one token per line.

        Args:
            where: the file's name, for error messages.
        """
        try:
            return cls(content.decode("utf-8").splitlines())
        except UnicodeDecodeError as error:
            raise ModelError(f"The vocabulary {where} cannot be read: {error}.") from error

    def save(self, path: Path) -> None:
        """Write `vocabulary.txt`."""
        path.write_text("".join(f"{token}\n" for token in self.tokens), encoding="utf-8")

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, word: str) -> bool:
        return word in self._ids

    def ids_of(self, words: Iterable[str]) -> list[int]:
        """The ids of the known words; others are left out."""
        return [self._ids[word] for word in words if word in self._ids]

    def encode(self, text: str, max_length: int | None = None) -> list[int]:
        """Token ids of one caption, from `START` to `END`, at most `max_length` after the start; None for no limit."""
        words = words_of(text)
        if max_length is not None:
            words = words[: max_length - 1]
        ids = [self._ids.get(word, UNKNOWN) for word in words]
        return [START, *ids, END]

    def encode_batch(self, texts: Iterable[str], max_length: int) -> np.ndarray:
        """Token ids `int32 [captions, length]`, padded with `PAD` to the longest."""
        rows = [self.encode(text, max_length) for text in texts]
        batch = np.full((len(rows), max(map(len, rows))), PAD, dtype="int32")  # [captions, length]
        for row, ids in zip(batch, rows, strict=True):
            row[: len(ids)] = ids
        return batch

    def decode(self, ids: Iterable[int]) -> list[str]:
        """The words for token ids, up to the first `END`."""
        words = []
        for index in ids:
            if index == END:
                break
            if index not in (PAD, START):
                words.append(self.tokens[index])
        return words


def encode_captions(captions: Sequence[Sequence[str]], vocabulary: Vocabulary, length: int) -> np.ndarray:
    """Token ids `int32 [images, captions, length + 1]`; images with fewer captions than others get rows of `PAD`."""
    most = max(map(len, captions))
    token_ids = np.full((len(captions), most, length + 1), PAD, dtype="int32")
    for rows, texts in zip(token_ids, captions, strict=True):
        encoded = vocabulary.encode_batch(texts, length)
        rows[: len(texts), : encoded.shape[1]] = encoded
    return token_ids
