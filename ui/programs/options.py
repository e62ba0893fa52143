"""What a program can ask for along with a picture: one table for plain HTTP, Gradio's clients and assistants."""

import inspect
import math
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, NamedTuple

from captioner import STRATEGIES, Search
from captioner.errors import SettingError
from ui.page.controls import BEAM_WIDTHS, DEFAULT_BEAM_WIDTH
from ui.texts.texts import N_

MOST_CAPTIONS = 10
KINDS = {int: "a whole number", float: "a number", bool: "true or false"}
SCHEMA_TYPES = {int: "integer", float: "number", bool: "boolean", str: "string"}


class Option(NamedTuple):
    """An option: its kind, its default (None is the model's own), what is allowed, and what it means.

    `allowed` is the least and the most of a number (None: no limit, or the model's own), or the choices of a text.
    """

    kind: type
    default: Any
    allowed: tuple
    meaning: str

    def said(self) -> str:
        """What is allowed, in words."""
        if self.kind is str:
            return " or ".join((", ".join(self.allowed[:-1]), self.allowed[-1]))
        if not self.allowed:
            return KINDS[self.kind]
        least, most = self.allowed
        return f"{KINDS[self.kind]}, {least} or more" if most is None else f"{KINDS[self.kind]}, {least} to {most}"

    def values(self) -> str:
        """What is allowed, as programs write it."""
        if self.kind is bool:
            return "true, false"
        if self.kind is str:
            return ", ".join(self.allowed)
        least, most = self.allowed
        return f"{least}…" if most is None else f"{least}…{most}"

    def schema(self) -> dict:
        """The JSON schema of its values."""
        schema = {"type": SCHEMA_TYPES[self.kind], "description": self.meaning}
        if self.default is None:
            schema["type"] = [schema["type"], "null"]
        if self.kind is str:
            return {**schema, "enum": list(self.allowed)}
        limits = zip(("minimum", "maximum"), self.allowed, strict=False)
        return schema | {name: bound for name, bound in limits if bound is not None}


OPTIONS = {
    "beam_width": Option(int, DEFAULT_BEAM_WIDTH, (BEAM_WIDTHS[0], BEAM_WIDTHS[-1]),
                         N_("sentences the search keeps at a time; 1 is greedy search")),
    "strategy": Option(str, Search.strategy, STRATEGIES,
                       N_("beam for the best caption, diverse for captions that differ, nucleus for random ones")),
    "captions": Option(int, Search.captions, (1, MOST_CAPTIONS),
                       N_("diverse, nucleus: how many captions to write; all but the first are in others")),
    "top_p": Option(float, Search.top_p, (0.01, 1),
                    N_("nucleus: picks from the likeliest words that share this much probability")),
    "seed": Option(int, Search.seed, (0, 2**32 - 1), N_("nucleus: the same seed gives the same captions")),
    "length_penalty": Option(float, None, (0, 2), N_("low values favour short captions; the model's own by default")),
    "max_length": Option(int, None, (1, None), N_("the most words in a caption; the model's limit by default")),
    "no_repeat_ngram": Option(int, None, (0, 4), N_("no run of this many words appears twice; 0 allows it")),
    "guided": Option(bool, True, (), N_("whether the caption must name what the classifier is confident of")),
    "neutral": Option(bool, False, (),
                      N_('writes "person" where the model can hardly tell a man from a woman')),
    "sentence": Option(bool, False, (), N_("a capital letter at the start and a full stop at the end")),
}  # fmt: skip
OF_THE_SEARCH = [name for name in OPTIONS if name not in ("neutral", "sentence")]
OF_A_COMPARISON = [name for name in OPTIONS if name not in ("strategy", "captions", "top_p", "seed")]


def checked(given: dict[str, Any], offered: Iterable[str] = tuple(OPTIONS)) -> dict[str, Any]:
    """The values of the offered options, the default where none is given; numbers and yes or no may come as text.

    Raises:
        SettingError: there is no such option, or not with this value.
    """
    known(given, offered)
    return {name: value(name, given[name]) if name in given else OPTIONS[name].default for name in offered}


def known(names: Iterable[str], offered: Iterable[str], what: str = "option") -> None:
    """Refuse a name that is not offered.

    Raises:
        SettingError: it lists those that are.
    """
    for name in names:
        if name not in offered:
            raise SettingError(f"There is no {what} {name!r:.60}; the {what}s are {', '.join(offered)}.")


def value(name: str, given) -> Any:
    """One option's value, whether it came as such or as text."""
    option = OPTIONS[name]
    if given is None and option.default is None:
        return None
    found = _read(option.kind, given)
    if found is None or not _within(option, found):
        raise SettingError(f"The {name} is {given!r:.40}; it must be {option.said()}.")
    return found


def search_of(values: dict[str, Any]) -> Search:
    """The search that the options ask for."""
    return Search(**{name: values[name] for name in OF_THE_SEARCH if name in values})


def taking(offered: Iterable[str], annotate: Callable[[Option], Any]):
    """Give a function that takes `**options` a signature that names them, for whoever reads it to learn what to send.

    Args:
        offered: their names; `beam_width` comes before the function's other arguments that may be left out.
        annotate: an option -> its type there.
    """

    def decorate(function):
        signature = inspect.signature(function, eval_str=True)
        own = [each for each in signature.parameters.values() if each.kind is not each.VAR_KEYWORD]
        options = [
            inspect.Parameter(name, own[0].kind, default=OPTIONS[name].default, annotation=annotate(OPTIONS[name]))
            for name in offered
        ]
        required = [each for each in own if each.default is each.empty]
        parameters = [*required, options[0], *own[len(required) :], *options[1:]]
        named = signature.replace(parameters=parameters)

        def call(*args, **kwargs):
            return function(**named.bind(*args, **kwargs).arguments)

        async def call_async(*args, **kwargs):
            return await function(**named.bind(*args, **kwargs).arguments)

        call = wraps(function)(call_async if inspect.iscoroutinefunction(function) else call)
        call.__signature__ = named
        call.__annotations__ = {each.name: each.annotation for each in parameters}
        call.__annotations__["return"] = signature.return_annotation
        return call

    return decorate


def _read(kind: type, given):
    """A value of that kind, or None where it is none."""
    if kind is bool:
        return {"true": True, "false": False, "1": True, "0": False}.get(str(given).lower())
    if kind is str:
        return given if isinstance(given, str) else None
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        return None
    try:
        number = float(given)
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(number) or (kind is int and not number.is_integer()):
        return None
    return kind(number)


def _within(option: Option, found) -> bool:
    if not option.allowed:
        return True
    if option.kind is str:
        return found in option.allowed
    least, most = option.allowed
    return least <= found and (most is None or found <= most)
