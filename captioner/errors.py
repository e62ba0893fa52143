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


TRAINING = "it comes with what training needs, which `make training` installs"


def not_installed(package: str | None) -> str:
    """A sentence for a package that the page alone does not bring."""
    return f"This needs {package or 'a package'}, which is not installed: {TRAINING}."
