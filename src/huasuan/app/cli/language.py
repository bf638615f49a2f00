"""Which language the command line speaks; decided before anything else, so that the help is in it too."""

import os
import sys
from collections.abc import Mapping, Sequence

from huasuan.kernel.text import Text

OPTION = "--lang"
LANGUAGES = ("zh", "en")


def language_from(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """``--lang``, else HUASUAN_LANGUAGE, else English where the locale is English, else Chinese."""
    for place, argument in enumerate(arguments):
        if argument == OPTION and place + 1 < len(arguments):
            return _known(arguments[place + 1])
        if argument.startswith(OPTION + "="):
            return _known(argument.removeprefix(OPTION + "="))
    if chosen := environment.get("HUASUAN_LANGUAGE"):
        return _known(chosen)
    locale = environment.get("LC_ALL") or environment.get("LC_MESSAGES") or environment.get("LANG") or ""
    return "en" if locale.startswith("en") else "zh"


def without_language(arguments: Sequence[str]) -> list[str]:
    """The arguments less ``--lang``, which may stand anywhere."""
    kept: list[str] = []
    skip = False
    for argument in arguments:
        if skip:
            skip = False
        elif argument == OPTION:
            skip = True
        elif not argument.startswith(OPTION + "="):
            kept.append(argument)
    return kept


def _known(name: str) -> str:
    return "en" if name.lower().startswith("en") else "zh"


LANGUAGE = language_from(sys.argv[1:], os.environ)


def say(*, zh: str, en: str) -> str:
    """A text in the language of this run."""
    return zh if LANGUAGE == "zh" else en


def read(text: Text) -> str:
    """As ``say``, for a text made elsewhere."""
    return text.in_language(LANGUAGE)
