"""What is shown of a number or address to somebody who may not see it whole."""

_HIDDEN = "****"
_TAIL = 4
_SHORTEST = 7


def masked(kind: str, value: str) -> str:
    """A phone number or e-mail address with its telling middle hidden; anything else keeps its first character.

    Examples
    --------
    >>> masked("phone", "+8613900000001")
    '+86139****0001'
    >>> masked("email", "li.lei@example.com")
    'l****@example.com'
    """
    if kind == "phone":
        return masked_phone(value)
    if kind == "email":
        name, at, host = value.rpartition("@")
        return f"{name[:1]}{_HIDDEN}{at}{host}" if name else _HIDDEN
    return value[:1] + _HIDDEN


def masked_phone(value: str) -> str:
    """The last four digits and what stands before the four in front of them; a short number is hidden but for one."""
    if len(value) < _SHORTEST:
        return value[:1] + _HIDDEN
    # At most half of what follows the hidden part stays: 139****0001, 021****78, 0571****78.
    tail = min(_TAIL, (len(value) - _TAIL) // 2)
    return value[: len(value) - _TAIL - tail] + _HIDDEN + value[-tail:]
