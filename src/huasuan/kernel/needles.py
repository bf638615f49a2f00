"""The ways a number may be written, so that it is found wherever it stands."""

import re
from contextlib import suppress

_BETWEEN = re.compile(rb"[\s().\-/]")
# Fewer digits stand in too many places that have nothing to do with the number.
_SHORTEST = 7


def spellings(number: str) -> tuple[str, ...]:
    """A number as it may stand in files, without what people put between digits: whole, and without its country.

    Examples
    --------
    >>> spellings("+8613900000001")
    ('+8613900000001', '8613900000001', '13900000001')
    """
    bare = number.lstrip("+")
    found = [number, bare]
    if number.startswith("+86"):
        found.append(number[3:])
    elif number.startswith("+"):
        from phonenumbers import NumberParseException, national_significant_number, parse  # noqa: PLC0415

        with suppress(NumberParseException):
            found.append(national_significant_number(parse(number)))
    return tuple(dict.fromkeys(one for one in found if len(one) >= _SHORTEST))


def squeezed(line: bytes) -> bytes:
    """A line without blanks, brackets and strokes, as digits have to be looked for."""
    return _BETWEEN.sub(b"", line)
