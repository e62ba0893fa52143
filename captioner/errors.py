"""The library's own errors: each message names what is wrong and says what to do."""


class CaptionerError(Exception):
    """Anything this library refuses, with a sentence a person understands."""


class ImageError(CaptionerError):
    """A picture cannot be read."""


class ModelError(CaptionerError):
    """A model, preset or setting cannot be used."""


class DataError(CaptionerError):
    """Training or evaluation data is broken or incomplete."""


class SettingError(CaptionerError, ValueError):
    """A setting makes no sense: of a search, a command or a recipe."""
