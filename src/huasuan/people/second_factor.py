"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for when it is lost."""

import secrets
from collections.abc import Sequence
from datetime import datetime

import pyotp
from sqlalchemy import Connection, delete, insert, select, update

from huasuan.kernel.errors import Conflict, InvalidInput
from huasuan.kernel.text import Text
from huasuan.kernel.time import now, to_micros
from huasuan.people.digests import digest
from huasuan.people.tables import ACCOUNT, RECOVERY_CODE
from huasuan.people.vault import Vault

_ISSUER = "huasuan"
_RECOVERY_CODES = 10
# Letters and digits that are not taken for one another on paper.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_RECOVERY_LETTERS = 16
# A phone whose clock is half a minute off still works.
_STEPS_OFF = 1
_STEP_SECONDS = 30


def begin_second_factor(connection: Connection, *, vault: Vault, account: int, email: str) -> tuple[str, str]:
    """A new secret and the address for the QR code; nothing is demanded before the first code was shown.

    Raises
    ------
    Conflict
        ``second_factor_on``
    """
    secret = pyotp.random_base32()
    set_ = connection.execute(
        update(ACCOUNT).where(ACCOUNT.c.id == account, ACCOUNT.c.totp_on.is_(False)).values(totp=vault.lock(secret))
    )
    if set_.rowcount != 1:
        raise Conflict(
            "second_factor_on",
            Text(zh="两步验证已启用", en="the second factor is on already"),
            Text(zh="请先停用。", en="Turn it off first."),
        )
    return secret, pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=_ISSUER)


def confirm_second_factor(
    connection: Connection, *, vault: Vault, account: int, code: str, moment: datetime | None = None
) -> Sequence[str]:
    """Turn it on with a first code; gives the recovery codes, shown once.

    Raises
    ------
    InvalidInput
        ``bad_code``
    Broken
        ``secrets_key_missing``
    """
    if not _code_is_right(connection, vault, account, code, moment or now(), on=False):
        raise InvalidInput(
            "bad_code",
            Text(zh="验证码不正确", en="the code is not right"),
            Text(zh="请检查手机时间并输入最新的验证码。", en="Check the clock of the phone and type the newest code."),
        )
    connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account).values(totp_on=True))
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(_RECOVERY_LETTERS)) for _ in range(_RECOVERY_CODES)]
    connection.execute(delete(RECOVERY_CODE).where(RECOVERY_CODE.c.account == account))
    connection.execute(insert(RECOVERY_CODE), [{"account": account, "digest": digest(code)} for code in codes])
    return ["-".join(code[start : start + 4] for start in range(0, len(code), 4)) for code in codes]


def end_second_factor(connection: Connection, *, account: int) -> None:
    """Turn it off and forget its secret and codes."""
    connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account).values(totp=None, totp_on=False, totp_step=0))
    connection.execute(delete(RECOVERY_CODE).where(RECOVERY_CODE.c.account == account))


def check_second_factor(
    connection: Connection, *, vault: Vault, account: int, code: str, moment: datetime | None = None
) -> bool:
    """Whether a code of the app, or a recovery code, is right; each serves once.

    Raises
    ------
    Broken
        ``secrets_key_missing``
    """
    plain = code.strip().replace("-", "").replace(" ", "").lower()
    if plain.isdigit():
        return _code_is_right(connection, vault, account, plain, moment or now(), on=True)
    used = connection.execute(
        update(RECOVERY_CODE)
        .where(
            RECOVERY_CODE.c.account == account,
            RECOVERY_CODE.c.digest == digest(plain),
            RECOVERY_CODE.c.used_at.is_(None),
        )
        .values(used_at=to_micros(now()))
    )
    return used.rowcount == 1


def relock_second_factors(connection: Connection, *, vault: Vault) -> int:
    """Lock every secret with the newest key of the vault; gives how many there are.

    Raises
    ------
    Broken
        ``secrets_key_missing``; then nothing is changed.
    """
    rows = connection.execute(
        select(ACCOUNT.c.id, ACCOUNT.c.totp).where(ACCOUNT.c.totp.is_not(None)).with_for_update()
    ).all()
    for row in rows:
        connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == row.id).values(totp=vault.relock(row.totp)))
    return len(rows)


def any_second_factor(connection: Connection) -> str | None:
    """A secret as it is kept, if there is one, to see whether it can be read."""
    found: str | None = connection.execute(select(ACCOUNT.c.totp).where(ACCOUNT.c.totp.is_not(None)).limit(1)).scalar()
    return found


def _code_is_right(
    connection: Connection, vault: Vault, account: int, code: str, moment: datetime, *, on: bool
) -> bool:
    kept = connection.execute(select(ACCOUNT.c.totp).where(ACCOUNT.c.id == account, ACCOUNT.c.totp_on.is_(on))).scalar()
    if kept is None:
        return False
    totp = pyotp.TOTP(vault.unlock(kept))
    here = int(moment.timestamp()) // _STEP_SECONDS
    steps = [
        step
        for step in range(here - _STEPS_OFF, here + _STEPS_OFF + 1)
        if secrets.compare_digest(totp.at(step * _STEP_SECONDS).encode(), code.strip().encode())
    ]
    if not steps:
        return False
    # Only a later step than the last one used: a code read over the shoulder does not serve again.
    taken = connection.execute(
        update(ACCOUNT).where(ACCOUNT.c.id == account, ACCOUNT.c.totp_step < steps[0]).values(totp_step=steps[0])
    )
    return taken.rowcount == 1
