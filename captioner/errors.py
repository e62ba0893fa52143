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


class DiskError(CaptionerError):
    """Something cannot be saved: there is no room, the place is not writable, or another process is writing to it."""


TRAINING = "it comes with what training needs, which `make training` installs"


def not_installed(package: str | None) -> str:
    """A sentence for a package that the page alone does not bring."""
    return f"This needs {package or 'a package'}, which is not installed: {TRAINING}."


def why_not(name: str, error: Exception) -> str:
    """Why a picture has no caption: the library's own sentence, or one that names an unforeseen error."""
    if isinstance(error, ImageError):
        return str(error)
    return f"{name} cannot be captioned: {type(error).__name__}: {error}."
