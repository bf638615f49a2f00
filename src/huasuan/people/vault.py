"""Secrets that have to be read again, kept so that the store alone does not tell them (ADR 0013)."""

import contextlib
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from huasuan.kernel.errors import Broken
from huasuan.kernel.text import Text

_OWNER_ALONE = 0o600


class Vault:
    """Locks texts with the key of the installation, by Fernet (AES-128 in CBC mode, with HMAC-SHA-256).

    The key lies in a file that only its owner may read, made at the first use: one key a line, the newest first, the
    others for what was locked before. It is read anew each time, so that a running service follows a renewal.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def exists(self) -> bool:
        """Whether there is a key."""
        return self._path.exists()

    def lock(self, secret: str) -> str:
        """The secret as it may be kept."""
        if not self.exists:
            self._found()
        return self._keys().encrypt(secret.encode()).decode()

    def unlock(self, kept: str) -> str:
        """The secret again.

        Raises
        ------
        Broken
            ``secrets_key_missing``: the file is gone, or another one than it was locked with
        """
        try:
            return self._keys().decrypt(kept.encode()).decode()
        except InvalidToken:
            raise self._missing() from None

    def relock(self, kept: str) -> str:
        """The same secret, locked with the newest key.

        Raises
        ------
        Broken
            ``secrets_key_missing``
        """
        return self.lock(self.unlock(kept))

    def renew(self) -> None:
        """Put a new key in front; what was locked before can still be read."""
        self._write([Fernet.generate_key().decode(), *(self._lines() if self.exists else ())])

    def forget_old(self) -> None:
        """Keep the newest key alone."""
        self._write(self._lines()[:1])

    def _keys(self) -> MultiFernet:
        try:
            return MultiFernet([Fernet(line) for line in self._lines()])
        except ValueError:
            raise self._missing() from None

    def _lines(self) -> Sequence[str]:
        try:
            return self._path.read_text(encoding="ascii").split()
        except (OSError, UnicodeDecodeError):
            raise self._missing() from None

    def _found(self) -> None:
        made = self._beside([Fernet.generate_key().decode()])
        # Whoever links first wins; two processes never end up with different keys.
        with contextlib.suppress(FileExistsError):
            os.link(made, self._path)
        made.unlink()

    def _write(self, lines: Sequence[str]) -> None:
        self._beside(lines).replace(self._path)

    def _beside(self, lines: Sequence[str]) -> Path:
        path = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}")
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ALONE)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())
        return path

    def _missing(self) -> Broken:
        return Broken(
            "secrets_key_missing",
            Text(
                zh=f"两步验证密钥文件 {self._path.name} 缺失或不匹配",
                en=f"the key file of the second factors, {self._path.name}, is missing or another one",
            ),
            Text(
                zh="请恢复该文件（HUASUAN_SECRETS_FILE），或运行 huasuan user password EMAIL --end-second-factor。",
                en="Put the file back (HUASUAN_SECRETS_FILE), or run huasuan user password EMAIL --end-second-factor.",
            ),
        )
