"""Files that a system has left among a person's photos, such as the "._photo.jpg" of a Mac on another's disk."""

LEFTOVERS = {"thumbs.db", "desktop.ini", ".ds_store"}  # of Windows and macOS


def is_leftover(name: str) -> bool:
    """Whether a file of that name, with "/" between its folders if there are any, is of no use to a person."""
    *folders, last = name.split("/")
    return "__MACOSX" in folders or last.startswith("._") or last.lower() in LEFTOVERS
