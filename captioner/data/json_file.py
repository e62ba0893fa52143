"""JSON files and their records, checked as they are read."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from captioner.errors import DataError

_KINDS = {str: "text", int: "a whole number", float: "a number", list: "a list", dict: "an object"}


def read_json(path: Path, object_hook: Callable[[dict], dict] | None = None) -> dict:
    """The object in a JSON file; DataError, with line and column, if the file cannot be read as one."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}.") from error
    return parse_json(content, str(path), object_hook)


def parse_json(content: bytes, place: str, object_hook: Callable[[dict], dict] | None = None) -> dict:
    """The object in the content of a JSON file; DataError, with place, line and column, if there is none."""
    try:
        data = json.loads(content, object_hook=object_hook)
    except json.JSONDecodeError as error:
        place = f"{place}, line {error.lineno}, column {error.colno}"
        raise DataError(f"{place}: not readable as JSON ({error.msg}); get the file again.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{place}, byte {error.start}: not UTF-8 text; get the file again.") from error
    except RecursionError as error:
        raise DataError(f"{place} cannot be read: {error}.") from error
    if not isinstance(data, dict):
        raise DataError(f"{place}: expected an object, {{...}}, found {str(data)[:80]!r}.")
    return data


def field(record: Any, name: str, kind: type, place: str) -> Any:
    """A field of a record; DataError, with the place, if it is missing or has another type."""
    value = record.get(name) if isinstance(record, dict) else None
    # In Python, a bool is an int; here it is not, but an int counts as a float.
    if isinstance(value, kind) and value is not True and value is not False:
        return value
    if kind is float and type(value) is int:
        return float(value)
    found = f"found {value!r:.80}" if value is not None else "there is none"
    raise DataError(f"{place}: expected {_KINDS[kind]} as {name!r}, {found}.")
