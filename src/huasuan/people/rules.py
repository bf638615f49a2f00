"""Who may do what, how good a password has to be, and how long somebody who guesses has to wait. Pure."""

import re
from collections.abc import Iterable
from enum import StrEnum

from huasuan.kernel.errors import InvalidInput, NotAllowed
from huasuan.kernel.text import Text


class Right(StrEnum):
    """One thing a member of a workspace or an API key may be allowed to do."""

    FIGURES_READ = "figures.read"
    FACTS_READ = "facts.read"
    FACTS_WRITE = "facts.write"
    COSTS_READ = "costs.read"
    COSTS_WRITE = "costs.write"
    INTAKE_WRITE = "intake.write"
    PERSONAL_UNMASK = "personal.unmask"
    CONSENT_WRITE = "consent.write"
    PERSONS_ERASE = "persons.erase"
    RULES_WRITE = "rules.write"
    EXPORT = "export"
    EXPORT_APPROVE = "export.approve"
    SETTINGS_READ = "settings.read"
    SETTINGS_WRITE = "settings.write"
    USERS_WRITE = "users.write"
    KEYS_WRITE = "keys.write"
    AUDIT_READ = "audit.read"
    NOTES_WRITE = "notes.write"
    RECORDINGS_HEAR = "recordings.hear"
    OWN_READ = "own.read"
    DESK_WORK = "desk.work"
    LEADS_READ = "leads.read"
    LEADS_WRITE = "leads.write"


class Role(StrEnum):
    """What somebody is in a workspace. A client of an agency is ``read_only``."""

    OWNER = "owner"
    MANAGER = "manager"
    MARKETER = "marketer"
    AGENT = "agent"
    ANALYST = "analyst"
    COMPLIANCE = "compliance"
    READ_ONLY = "read_only"


RIGHT_NAMES = {
    Right.FIGURES_READ: Text(zh="查看指标", en="see figures"),
    Right.FACTS_READ: Text(zh="查看明细", en="see the facts behind figures"),
    Right.FACTS_WRITE: Text(zh="更正与撤销明细", en="correct facts and take deliveries back"),
    Right.COSTS_READ: Text(zh="查看成本与投资回报", en="see costs and what depends on them"),
    Right.COSTS_WRITE: Text(zh="录入成本", en="enter costs"),
    Right.INTAKE_WRITE: Text(zh="导入与投递数据", en="send and import data"),
    Right.PERSONAL_UNMASK: Text(zh="查看完整号码", en="see phone numbers in full"),
    Right.CONSENT_WRITE: Text(zh="登记退订与同意、询问闸口", en="record opt-outs and lists, ask the gate"),
    Right.PERSONS_ERASE: Text(zh="查阅与删除个人资料", en="hand over and delete a person's data"),
    Right.RULES_WRITE: Text(zh="自定呼叫规则", en="decide calling rules of one's own"),
    Right.EXPORT: Text(zh="导出数据", en="export data"),
    Right.EXPORT_APPROVE: Text(zh="审批导出", en="approve exports of others"),
    Right.SETTINGS_READ: Text(zh="查看设置", en="see the settings"),
    Right.SETTINGS_WRITE: Text(zh="更改设置", en="change the settings"),
    Right.USERS_WRITE: Text(zh="管理用户", en="manage users"),
    Right.KEYS_WRITE: Text(zh="管理 API 密钥", en="manage API keys"),
    Right.AUDIT_READ: Text(zh="查看审计日志", en="read the audit log"),
    Right.NOTES_WRITE: Text(zh="撰写备注、评论与共享视图", en="write notes and comments, share views"),
    Right.RECORDINGS_HEAR: Text(zh="收听录音", en="listen to recordings"),
    Right.OWN_READ: Text(zh="查看自己的通话与当日工作", en="see the own calls and the own day"),
    Right.DESK_WORK: Text(zh="在坐席工作台处理自己的线索", en="work one's own leads at the desk"),
    Right.LEADS_READ: Text(zh="查看线索及其分配", en="see leads and how they are given"),
    Right.LEADS_WRITE: Text(zh="分配线索、设置规则", en="give leads and set the rules of it"),
}
ROLE_NAMES = {
    Role.OWNER: Text(zh="所有者", en="owner"),
    Role.MANAGER: Text(zh="销售主管", en="manager"),
    Role.MARKETER: Text(zh="市场人员", en="marketer"),
    Role.AGENT: Text(zh="坐席", en="agent"),
    Role.ANALYST: Text(zh="分析师", en="analyst"),
    Role.COMPLIANCE: Text(zh="合规", en="compliance"),
    Role.READ_ONLY: Text(zh="只读", en="read only"),
}

_READING = frozenset({Right.FIGURES_READ, Right.FACTS_READ, Right.COSTS_READ, Right.SETTINGS_READ})
# An agent sees the own calls, the own day and the own leads, found by the code the membership names; no figure of
# others (S4-30).
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.MANAGER: frozenset(Right) - {Right.KEYS_WRITE, Right.AUDIT_READ, Right.RULES_WRITE},
    Role.MARKETER: _READING
    | {Right.FACTS_WRITE, Right.COSTS_WRITE, Right.INTAKE_WRITE, Right.EXPORT}
    | {Right.NOTES_WRITE, Right.RECORDINGS_HEAR, Right.LEADS_READ},
    Role.AGENT: frozenset({Right.OWN_READ, Right.DESK_WORK, Right.CONSENT_WRITE}),
    Role.ANALYST: _READING | {Right.EXPORT, Right.NOTES_WRITE},
    Role.COMPLIANCE: frozenset(
        {
            Right.FIGURES_READ,
            Right.FACTS_READ,
            Right.SETTINGS_READ,
            Right.PERSONAL_UNMASK,
            Right.CONSENT_WRITE,
            Right.PERSONS_ERASE,
            Right.RULES_WRITE,
            Right.EXPORT,
            Right.EXPORT_APPROVE,
            Right.AUDIT_READ,
            Right.NOTES_WRITE,
            Right.RECORDINGS_HEAR,
        }
    ),
    Role.READ_ONLY: _READING,
}
# What the key of ``huasuan init`` may do: send facts and ask, but not rule over people.
DATA_RIGHTS = _READING | {Right.FACTS_WRITE, Right.COSTS_WRITE, Right.INTAKE_WRITE, Right.CONSENT_WRITE}

# Kinds of records that enter the cost ledger: whoever may enter costs may send these alone.
COST_KINDS = frozenset({"cost", "fx_rate"})

PASSWORD_LEAST = 10
# Longer ones only cost time to hash.
PASSWORD_MOST = 256
_COMMON = (
    "password", "passw0rd", "qwerty", "qwertyuiop", "1234567890", "letmein", "iloveyou", "admin", "welcome", "huasuan",
    "woaini", "1q2w3e4r", "abc123", "000000", "111111", "5201314", "a123456789", "zxcvbnm", "asdfghjkl",
)  # fmt: skip
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")

# Wrong passwords that cost nothing, for one account from one address, one account from anywhere, one address.
FREE_FAILURES = {"pair": 5, "account": 20, "address": 30}
_LONGEST_WAIT = 15 * 60


def rights_named(names: Iterable[str]) -> frozenset[Right]:
    """The rights of those names.

    Raises
    ------
    InvalidInput
        ``unknown_right``
    """
    found = set()
    for name in names:
        try:
            found.add(Right(name))
        except ValueError:
            raise InvalidInput(
                "unknown_right",
                Text(zh=f"没有权限 {name}", en=f"there is no right {name}"),
                Text(zh=f"可用：{'、'.join(Right)}", en=f"There are: {', '.join(Right)}"),
            ) from None
    return frozenset(found)


def role_named(name: str) -> Role:
    """The role of that name.

    Raises
    ------
    InvalidInput
        ``unknown_role``
    """
    try:
        return Role(name)
    except ValueError:
        raise InvalidInput(
            "unknown_role",
            Text(zh=f"没有角色 {name}", en=f"there is no role {name}"),
            Text(zh=f"可用：{'、'.join(Role)}", en=f"There are: {', '.join(Role)}"),
        ) from None


def email_address(text: str) -> str:
    """An e-mail address as it is kept: an account is found whatever the case it is typed in.

    Raises
    ------
    InvalidInput
        ``bad_email``
    """
    address = text.strip().lower()
    if not _EMAIL.fullmatch(address) or not address.isprintable():
        raise InvalidInput(
            "bad_email",
            Text(zh="不是邮箱地址", en="not an e-mail address"),
            Text(zh="请填写 name@example.com 这样的地址。", en="Write it like name@example.com."),
        )
    return address


def check_password(password: str, *, email: str, name: str) -> None:
    """Refuse a password that is quickly guessed. Length counts, not the kinds of characters (NIST SP 800-63B 3.1.1).

    Raises
    ------
    InvalidInput
        ``weak_password``
    """
    low = password.lower()
    own = (email, email.partition("@")[0], name.lower())
    rest = low
    for word in (*_COMMON, *(part for part in own if len(part) > 2)):
        rest = rest.replace(word, "")
    usable = PASSWORD_LEAST <= len(password) <= PASSWORD_MOST and len(rest) >= 7 and len(set(rest)) >= 4
    if not usable:
        raise InvalidInput(
            "weak_password",
            Text(zh="密码过于简单", en="the password is too easily guessed"),
            Text(
                zh=f"至少 {PASSWORD_LEAST} 个字符，不要使用常见密码、姓名或邮箱。",
                en=f"Take {PASSWORD_LEAST} characters or more, without common words, your name or address.",
            ),
        )


def wait_seconds(failures: int, *, free: int) -> int:
    """How long nobody may try again after so many failures in a row: 0 at first, then 1, 2, 4 … up to 15 minutes."""
    if failures < free:
        return 0
    return min(_LONGEST_WAIT, 1 << min(failures - free, 20))


def check_grant(*, granted: Iterable[Right], own: frozenset[Right]) -> None:
    """Nobody gives a right away that is not the own.

    Raises
    ------
    NotAllowed
        ``right_not_own``
    """
    beyond = sorted(set(granted) - own)
    if beyond:
        raise NotAllowed(
            "right_not_own",
            Text(zh=f"您没有权限 {'、'.join(beyond)}，不能授予", en=f"you cannot give away {', '.join(beyond)}"),
            Text(zh="请由拥有该权限的人授予。", en="Let somebody who has the right give it."),
        )


def missing_right(right: Right) -> NotAllowed:
    """The refusal of somebody who is known but lacks a right."""
    name = RIGHT_NAMES[right]
    return NotAllowed(
        "no_right",
        Text(zh=f"没有权限：{name.zh}（{right}）", en=f"without the right to {name.en} ({right})"),
        Text(zh="请让工作区所有者授予。", en="Ask an owner of the workspace for it."),
    )
