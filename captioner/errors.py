"""The library's errors: each message says what is wrong and what to do."""


class CaptionerError(Exception):
    """Base of all the library's errors; the message is a sentence for people."""


class ImageError(CaptionerError):
    """A picture cannot be read."""


class ModelError(CaptionerError):
    """A model, preset or setting cannot be used."""


class DataError(CaptionerError):
    """Training or evaluation data is broken or incomplete."""


class SettingError(CaptionerError, ValueError):
    """A setting of a search, a command or a recipe makes no sense."""
