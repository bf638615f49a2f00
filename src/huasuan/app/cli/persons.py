"""What ``huasuan user`` and ``huasuan key`` do and say."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import typer
from rich.console import Console
from rich.table import Table

from huasuan.app import wiring
from huasuan.app.cli.language import say
from huasuan.app.settings import Settings, load_settings
from huasuan.journeys import relock_targets
from huasuan.kernel.time import now, zone
from huasuan.people import (
    COMMAND,
    DATA_RIGHTS,
    Vault,
    account_from,
    account_named,
    add_member,
    check_password,
    create_account,
    create_api_key,
    email_address,
    end_second_factor,
    end_sessions,
    find_account,
    hash_password,
    invite,
    keys_of,
    members_of,
    record,
    record_everywhere,
    relock_second_factors,
    revoke_key,
    rights_named,
    role_named,
    set_password,
    workspace_named,
)


def add_user(email: str, *, name: str, role: str, password: str | None) -> None:
    """Make an account, or use the one there is, and let it into the workspace."""
    settings = load_settings()
    address, wanted = email_address(email), role_named(role)
    called = name or address.partition("@")[0]
    hashed = None
    if password is not None:
        check_password(password, email=address, name=called)
        hashed = hash_password(password)
    with wiring.open_store(settings) as store, store.write() as connection:
        workspace = workspace_named(connection, settings.workspace)
        account = find_account(connection, address)
        token = None
        if account is None:
            account = create_account(
                connection, email=address, name=called, password=hashed, language=workspace.settings.language
            )
            token = invite(connection, account=account) if hashed is None else None
        add_member(connection, workspace=workspace.id, account=account, role=wanted)
        record(
            connection,
            actor=COMMAND,
            action="user.added",
            workspace=workspace.id,
            target=address,
            detail={"role": wanted},
        )
    typer.echo(say(zh=f"已添加 {address}（{wanted}）", en=f"Added {address} ({wanted})"))
    _say_invitation(settings, token)


def set_user_password(email: str, *, password: str | None, without_second_factor: bool) -> None:
    """Set a password, or print a link for setting it; either way the account is signed out everywhere."""
    settings = load_settings()
    with wiring.open_store(settings) as store:
        with store.read() as connection:
            account = account_from(connection, account_named(connection, email))
        hashed = None
        if password is not None:
            check_password(password, email=account.email, name=account.name)
            hashed = hash_password(password)
        with store.write() as connection:
            token = None
            if hashed is None:
                token = invite(connection, account=account.id)
            else:
                set_password(connection, account=account.id, hashed=hashed)
            if without_second_factor:
                end_second_factor(connection, account=account.id)
            end_sessions(connection, account=account.id)
            workspace = workspace_named(connection, settings.workspace).id
            record(
                connection,
                actor=COMMAND,
                action="user.password_reset",
                workspace=workspace,
                target=account.email,
                detail={"second_factor_off": without_second_factor},
            )
    typer.echo(say(zh=f"{account.email} 的所有登录已结束。", en=f"{account.email} is signed out everywhere."))
    _say_invitation(settings, token)


def renew_secrets(*, forget_old: bool) -> None:
    """Encrypt every second factor with a new key; a running service follows at once."""
    settings = load_settings()
    vault = Vault(settings.key_file)
    with wiring.open_store(settings) as store:
        vault.renew()
        with store.write() as connection:
            count = relock_second_factors(connection, vault=vault)
            accounts = relock_targets(connection, vault=vault)
            detail = {"second_factors": count, "accounts": accounts, "old_forgotten": forget_old}
            record_everywhere(connection, actor=COMMAND, action="secrets.renewed", detail=detail)
        if forget_old:
            vault.forget_old()
    typer.echo(
        say(
            zh=f"已用新密钥加密 {count} 个两步验证密钥和 {accounts} 个平台账户：{settings.key_file}",
            en=f"{count} second factors and {accounts} platform accounts are encrypted with a new key: "
            f"{settings.key_file}",
        )
    )


def show_users() -> None:
    """The users of the workspace as a table."""
    settings = load_settings()
    with wiring.open_store(settings) as store, store.read() as connection:
        workspace = workspace_named(connection, settings.workspace)
        found = members_of(connection, workspace=workspace.id)
    table = _table(
        say(zh="邮箱", en="e-mail"),
        say(zh="姓名", en="name"),
        say(zh="角色", en="role"),
        say(zh="两步验证", en="second factor"),
        say(zh="最近使用", en="last seen"),
    )
    for one in found:
        factor = "✓" if one.account.second_factor else ""
        seen = _shown(one.last_seen_at, workspace.settings.zone)
        table.add_row(one.account.email, one.account.name, one.membership.role, factor, seen)
    Console().print(table)


def add_key(name: str, *, rights: Sequence[str] | None, days: int | None) -> None:
    """Make a key and print it."""
    settings = load_settings()
    wanted = rights_named(rights) if rights else DATA_RIGHTS
    ends_at = None if days is None else now() + timedelta(days=days)
    with wiring.open_store(settings) as store, store.write() as connection:
        workspace = workspace_named(connection, settings.workspace)
        secret = create_api_key(connection, workspace=workspace.id, name=name, rights=wanted, ends_at=ends_at)
        detail: dict[str, object] = {"rights": sorted(wanted), "days": days}
        record(connection, actor=COMMAND, action="key.made", workspace=workspace.id, target=name, detail=detail)
    typer.echo(say(zh=f"API 密钥（仅显示一次）：{secret}", en=f"API key (shown only now): {secret}"))


def show_keys() -> None:
    """The keys of the workspace as a table."""
    settings = load_settings()
    with wiring.open_store(settings) as store, store.read() as connection:
        workspace = workspace_named(connection, settings.workspace)
        found = keys_of(connection, workspace=workspace.id)
    table = _table(
        say(zh="编号", en="number"),
        say(zh="名称", en="name"),
        say(zh="开头", en="begins"),
        say(zh="权限", en="rights"),
        say(zh="有效期", en="ends"),
        say(zh="最近使用", en="last used"),
    )
    here = workspace.settings.zone
    for one in found:
        ends = say(zh="已吊销", en="revoked") if one.revoked_at else _shown(one.ends_at, here)
        table.add_row(str(one.id), one.name, one.hint, " ".join(sorted(one.rights)), ends, _shown(one.used_at, here))
    Console().print(table)


def end_key(number: int) -> None:
    """Revoke a key; a running service honours it within two seconds."""
    settings = load_settings()
    with wiring.open_store(settings) as store, store.write() as connection:
        workspace = workspace_named(connection, settings.workspace)
        revoked = revoke_key(connection, workspace=workspace.id, key=number)
        record(connection, actor=COMMAND, action="key.revoked", workspace=workspace.id, target=revoked.name)
    typer.echo(say(zh=f"已吊销 {revoked.name}。", en=f"Revoked {revoked.name}."))


def _say_invitation(settings: Settings, token: str | None) -> None:
    if token is not None:
        link = f"{settings.page}/invitation#token={token}"
        typer.echo(say(zh=f"设置密码的链接（7 天内有效）：{link}", en=f"Link to set the password (7 days): {link}"))


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _shown(moment: datetime | None, where: str) -> str:
    return "" if moment is None else f"{moment.astimezone(zone(where)):%Y-%m-%d %H:%M}"
