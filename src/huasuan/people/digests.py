"""Random secrets that are shown once and kept only as digests."""

import hashlib
import secrets

_BYTES = 24


def new_secret(prefix: str = "") -> str:
    """192 random bits, as text that survives a URL."""
    return prefix + secrets.token_urlsafe(_BYTES)


def digest(secret: str) -> str:
    """What is kept of a secret; being random it cannot be searched for, so no slow hash is needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
