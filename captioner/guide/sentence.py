"""A caption as a written sentence: "A dog runs.", not "a dog runs"."""


def as_sentence(text: str) -> str:
    """The text with a capital first letter and a full stop; an empty text stays empty."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if not text or text[-1] in ".!?" else ".")
