"""Commands about people and keys: ``huasuan user`` and ``huasuan key``."""

from typing import Annotated

import typer

from huasuan.app.cli.language import say
from huasuan.app.cli.main import app

user = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help=say(zh="登录的用户", en="People who sign in."), name="user"
)
key = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=say(zh="API 密钥", en="API keys."), name="key")
app.add_typer(user)
app.add_typer(key)
Email = Annotated[str, typer.Argument(metavar="EMAIL", help=say(zh="邮箱，用于登录", en="the address to sign in with"))]
Typed = Annotated[
    bool,
    typer.Option("--password-stdin", help=say(zh="从标准输入读取密码", en="read the password from standard input")),
]


@user.command(
    "add",
    help=say(
        zh="添加用户到工作区；不给密码则显示邀请链接",
        en="Let somebody into the workspace; without a password it prints an invitation link.",
    ),
)
def user_add(
    email: Email,
    name: Annotated[str, typer.Option("--name", help=say(zh="姓名", en="name; without it, that of the address"))] = "",
    role: Annotated[
        str,
        typer.Option(
            "--role",
            metavar="ROLE",
            help="owner, manager, marketer, agent, analyst, compliance, read_only",
        ),
    ] = "owner",
    *,
    password_stdin: Typed = False,
) -> None:
    """Add a user."""
    from huasuan.app.cli.persons import add_user

    add_user(email, name=name, role=role, password=_typed() if password_stdin else None)


@user.command(
    "password",
    help=say(zh="重设密码并退出其所有登录", en="Set a password anew; ends every session of the account."),
)
def user_password(
    email: Email,
    *,
    password_stdin: Typed = False,
    end_second_factor: Annotated[
        bool,
        typer.Option("--end-second-factor", help=say(zh="同时停用两步验证", en="turn the second factor off as well")),
    ] = False,
) -> None:
    """Set a password."""
    from huasuan.app.cli.persons import set_user_password

    set_user_password(email, password=_typed() if password_stdin else None, without_second_factor=end_second_factor)


@user.command(
    "renew-secrets",
    help=say(
        zh="用新密钥重新加密两步验证密钥",
        en="Encrypt the secrets of second factors with a new key.",
    ),
)
def user_renew_secrets(
    *,
    forget_old: Annotated[
        bool,
        typer.Option(
            "--forget-old",
            help=say(
                zh="同时删除旧密钥；旧备份中的两步验证将无法读取",
                en="forget the keys before; second factors in older backups can no longer be read",
            ),
        ),
    ] = False,
) -> None:
    """Renew the key."""
    from huasuan.app.cli.persons import renew_secrets

    renew_secrets(forget_old=forget_old)


@user.command("list", help=say(zh="列出工作区的用户", en="List the users of the workspace."))
def user_list() -> None:
    """List users."""
    from huasuan.app.cli.persons import show_users

    show_users()


@key.command("add", help=say(zh="生成 API 密钥（仅显示一次）", en="Make an API key; it is shown only once."))
def key_add(
    name: Annotated[str, typer.Argument(metavar="NAME", help=say(zh="用途", en="what it is for"))],
    right: Annotated[
        list[str] | None,
        typer.Option(
            "--right",
            metavar="RIGHT",
            help=say(
                zh="权限，可重复，如 intake.write；默认可投递与查询数据",
                en="a right, may be repeated, e.g. intake.write; without it: send and ask data",
            ),
        ),
    ] = None,
    days: Annotated[
        int | None, typer.Option("--days", min=1, max=3660, help=say(zh="有效天数", en="days until it ends"))
    ] = None,
) -> None:
    """Make a key."""
    from huasuan.app.cli.persons import add_key

    add_key(name, rights=right, days=days)


@key.command("list", help=say(zh="列出 API 密钥", en="List the API keys."))
def key_list() -> None:
    """List keys."""
    from huasuan.app.cli.persons import show_keys

    show_keys()


@key.command("revoke", help=say(zh="吊销 API 密钥", en="Revoke an API key."))
def key_revoke(
    number: Annotated[int, typer.Argument(metavar="KEY", min=1, help=say(zh="密钥编号", en="its number in the list"))],
) -> None:
    """Revoke a key."""
    from huasuan.app.cli.persons import end_key

    end_key(number)


def _typed() -> str:
    """One line of standard input."""
    import sys

    return sys.stdin.readline().rstrip("\r\n")
