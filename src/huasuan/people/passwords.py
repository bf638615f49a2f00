"""Hashing passwords with argon2id. Each run takes 64 MB and a quarter second: callers bound how many run at once."""

from functools import cache

from pwdlib import PasswordHash

_NEVER = "this password belongs to nobody"


def hash_password(password: str) -> str:
    """The argon2id hash to keep."""
    return _hasher().hash(password)


def verify_password(password: str, kept: str | None) -> bool:
    """Whether the password is the kept one; takes as long where there is none, so that time tells nothing."""
    if kept is None:
        _hasher().verify(password, _hash_of_nobody())
        return False
    return _hasher().verify(password, kept)


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _hash_of_nobody() -> str:
    return _hasher().hash(_NEVER)
