"""Every setting of the program. Each is an environment variable ``HUASUAN_<NAME>``; ``huasuan settings`` shows them."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from huasuan.kernel.errors import Broken, InvalidInput
from huasuan.kernel.faults import said_of
from huasuan.kernel.text import Text

STORE_FILE = "store.sqlite"
SECRETS_FILE = "secrets.key"
_MASK = "********"


class Settings(BaseSettings):
    """What the operator of an installation decides; what a business decides stands in its workspace."""

    model_config = SettingsConfigDict(env_prefix="HUASUAN_", extra="ignore")

    home: Path = Field(
        default=Path("~/.local/share/huasuan"),
        title="所有数据所在的文件夹：数据库、分析库、备份、错误行文件。",
        description="Folder of all data: store, warehouse files, backups, error files.",
    )
    store_url: SecretStr | None = Field(
        default=None,
        title="数据库地址（postgresql://用户:密码@主机/库名）。不填则为 HUASUAN_HOME 中的 SQLite。",
        description="The store as a URL (postgresql://user:password@host/name). Without it: SQLite in HUASUAN_HOME.",
    )
    workspace: str | None = Field(
        default=None,
        title="命令行使用的工作区名称；不填则用最早创建的一个。",
        description="Name of the workspace the command line works in; without it, the oldest one.",
    )
    language: Literal["zh", "en"] | None = Field(
        default=None,
        title="命令行语言；不填时 LANG 为英文则英文，否则中文。",
        description="Language of the command line; without it English where LANG is English, else Chinese.",
    )
    host: str = Field(
        default="127.0.0.1", title="`huasuan serve` 的监听地址。", description="Address `huasuan serve` listens on."
    )
    port: int = Field(
        default=8000,
        ge=0,
        le=65535,
        title="`huasuan serve` 的端口；0 表示任意空闲端口。",
        description="Port `huasuan serve` listens on; 0 takes any free one.",
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("127.0.0.1", "localhost", "[::1]"),
        title="服务接受的 Host 请求头，逗号分隔；`*.example.com` 表示其所有子域。",
        description="Host headers the service answers to, separated by commas; `*.example.com` names all below.",
    )
    max_items: int = Field(
        default=5000,
        ge=1,
        title="一次 HTTP 投递最多的记录数。",
        description="Most records one HTTP delivery may carry.",
    )
    max_body_bytes: int = Field(
        default=32 * 1024 * 1024,
        ge=1024,
        title="一次 HTTP 请求体的最大字节数。",
        description="Largest body of one HTTP request, in bytes.",
    )
    max_file_bytes: int = Field(
        default=2 * 1024**3,
        ge=1024,
        title="浏览器上传的单个文件的最大字节数。",
        description="Largest file somebody may bring through the browser, in bytes.",
    )
    max_kept_bytes: int = Field(
        default=10 * 1024**3,
        ge=1024,
        title="一个工作区保留的上传文件（七天内）合计的最大字节数；更多的上传会被拒绝。",
        description="Most bytes of brought files kept for one workspace (for a week each); more are refused.",
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        min_length=16,
        title="读取 /metrics 须携带的令牌（Authorization: Bearer …）；不填则仅限本机；本机有反向代理时务必填写。",
        description="What whoever reads /metrics must present (Authorization: Bearer ...); without it only this "
        "machine may. Set it where a proxy on the same machine passes requests on.",
    )
    patience_seconds: float = Field(
        default=20.0,
        gt=0,
        le=3600,
        title="请求头须在多少秒内到齐、请求体两段之间及客户端收取应答最多等待多少秒；更慢的连接会被断开。",
        description="Seconds the headers of a request may take, and the longest pause in its body or in taking the "
        "answer; slower connections are cut.",
    )
    max_connections: int = Field(
        default=2000,
        ge=10,
        title="同时打开的连接数上限；更多的连接立即得到 503。",
        description="Most connections at once; who comes later gets 503 at once.",
    )
    projector_seconds: float = Field(
        default=0.2,
        gt=0,
        le=60,
        title="没有新数据时，投影程序两次查看数据库之间的间隔（秒）。",
        description="Pause between two looks of the projector at the store while nothing comes in, in seconds.",
    )
    max_answer_rows: int = Field(
        default=100_000,
        ge=1,
        title="一个答案最多的行数；更大的问题会立即被拒绝，并给出最接近的可行问题。",
        description="Most rows of one answer; a larger question is refused at once, with the nearest that works.",
    )
    max_answer_seconds: float = Field(
        default=60.0,
        gt=0,
        title="一个问题预计最多用时（秒）；按此机实测速度估计，超过则立即拒绝。",
        description="Most seconds a question may be expected to take, by the speed measured; beyond it is refused.",
    )
    warehouse_memory_mb: int | None = Field(
        default=None,
        ge=256,
        title="一个业务的分析库最多使用的内存（MB），不够时暂存到其文件旁的 .tmp 文件夹；不设则为本机内存的五分之四。"
        "全部重算每百万通话约需 3 GB，设得过小会失败。",
        description="Most memory the warehouse of one workspace may use, in MB; beyond it, it spills into the .tmp "
        "folder beside its file. Unset: four fifths of the machine. Deriving everything anew takes about 3 GB for a "
        "million calls and fails with much less.",
    )
    engine: Literal["duckdb", "spark", "clickhouse"] = Field(
        default="duckdb",
        title="由谁回答问题：内嵌的 DuckDB，或读取数据湖的 Spark 集群、ClickHouse。",
        description="Who answers questions: DuckDB within, or a Spark cluster or ClickHouse that reads the lake.",
    )
    lake: Path | None = Field(
        default=None,
        title="数据湖（Parquet 文件）所在的文件夹；不填则为 HUASUAN_HOME 中的 lake。Spark 各节点须以同一路径看到它。",
        description="Folder of the lake (Parquet files); without it, lake in HUASUAN_HOME. Spark's workers must see it "
        "under the same path.",
    )
    spark_master: str | None = Field(
        default=None,
        title="Spark 主节点地址，如 spark://主机:7077。",
        description="Master of the Spark cluster, as spark://host:7077.",
    )
    clickhouse_url: SecretStr | None = Field(
        default=None,
        title="ClickHouse 地址（http://用户:密码@主机:8123/库名）。",
        description="ClickHouse as a URL (http://user:password@host:8123/base).",
    )
    secrets_file: Path | None = Field(
        default=None,
        title="加密两步验证密钥的密钥文件；不填则为 HUASUAN_HOME 中的 secrets.key。请与备份分开保管。",
        description="File with the key that the secrets of second factors are encrypted with; without it, secrets.key "
        "in HUASUAN_HOME. Keep a copy apart from the backups.",
    )
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/]+$",
        title="浏览器访问本服务的地址，如 https://calls.example.com；放在反向代理之后时必填。",
        description="Where browsers find the service, as https://calls.example.com; needed behind a reverse proxy.",
    )
    session_idle_minutes: int = Field(
        default=720,
        ge=1,
        title="登录多少分钟不用即失效。",
        description="Minutes without use after which a session ends.",
    )
    session_days: int = Field(
        default=14, ge=1, le=365, title="登录最长有效天数。", description="Days after which every session ends."
    )
    sign_ins_at_once: int = Field(
        default=2,
        ge=1,
        le=64,
        title="同时校验的密码数，每个占用 64 MB 内存。",
        description="Passwords verified at once; each takes 64 MB of memory.",
    )
    export_rows: int = Field(
        default=500,
        ge=0,
        title="导出超过该行数须另一人批准。",
        description="An export of more rows needs the approval of a second person.",
    )
    live_seconds: int = Field(
        default=300,
        ge=0,
        le=3600,
        title="实时连接的最长秒数，之后浏览器自动重连并重新检查权限。",
        description="Seconds after which a live connection ends; the browser asks anew, its rights are checked anew.",
    )
    recordings: Path | None = Field(
        default=None,
        title="录音文件的目录，其中每个工作区有以其编号命名的目录或链接；通话的 recording 字段是其中的路径。",
        description="Folder of the recordings: a folder, or a link to one, for each workspace, named by its number; "
        "the recording of a call is a path in that.",
    )
    inner_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        title="允许服务主动访问的内网主机或网段，逗号分隔，如 sso.corp,10.1.0.0/16；其余内网地址一律拒绝（SSRF）。",
        description="Hosts and networks within that the service may call, as sso.corp,10.1.0.0/16; every other inner "
        "address is refused (SSRF).",
    )
    oidc_issuer: str | None = Field(
        default=None,
        title="OpenID Connect 身份提供方的 issuer 地址；不填则只用密码登录。",
        description="Issuer of the OpenID Connect provider people may sign in with; without it passwords alone.",
    )
    oidc_client_id: str = Field(
        default="", title="在身份提供方登记的 client_id。", description="The client_id registered there."
    )
    oidc_client_secret: SecretStr | None = Field(
        default=None, title="在身份提供方登记的 client_secret。", description="The client_secret registered there."
    )
    oidc_name: str = Field(
        default="OpenID", title="登录按钮上显示的名称。", description="What the button to sign in with it says."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", title="记录日志的最低级别。", description="Least urgent level logged."
    )

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("allowed_hosts", "inner_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @property
    def url(self) -> str:
        """Where the store is; secret, for opening only."""
        if self.store_url is not None:
            return self.store_url.get_secret_value()
        return f"sqlite:///{self.home / STORE_FILE}"

    @property
    def page(self) -> str:
        """Where a browser finds the service, as far as the settings know."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def warehouse_folder(self) -> Path:
        """The folder of the DuckDB files, one for each workspace."""
        return self.home / "warehouse"

    @property
    def lake_folder(self) -> Path:
        """The folder of the lake."""
        return self.home / "lake" if self.lake is None else self.lake.expanduser().absolute()

    @property
    def key_file(self) -> Path:
        """The file with the key of what is encrypted in the store."""
        return self.home / SECRETS_FILE if self.secrets_file is None else self.secrets_file.expanduser().absolute()

    @property
    def backup_folder(self) -> Path:
        """Where copies of the store go by themselves before a migration."""
        return self.home / "backups"

    def shown(self) -> list[tuple[str, str, Text]]:
        """Every setting as (variable, value with secrets masked, what it means)."""
        rows = []
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, SecretStr):
                text = _MASK
            elif isinstance(value, tuple):
                text = ",".join(value)
            else:
                text = "" if value is None else str(value)
            rows.append((f"HUASUAN_{name.upper()}", text, meaning_of(name)))
        return rows


def meaning_of(name: str) -> Text:
    """What a setting means: its title is Chinese, its description English."""
    field = Settings.model_fields[name]
    return Text(zh=field.title or "", en=field.description or "")


def load_settings() -> Settings:
    """The settings of this process, from its environment.

    Raises
    ------
    InvalidInput
        ``bad_setting`` naming the variable.
    """
    try:
        return Settings()
    except ValidationError as error:
        named = [{**fault, "loc": (f"HUASUAN_{str(fault['loc'][0]).upper()}",)} for fault in error.errors()]
        faults = said_of(named)
        raise InvalidInput(
            "bad_setting",
            Text(zh=f"设置有误：{faults.zh}", en=f"a setting is wrong: {faults.en}"),
            Text(zh="各项设置见 docs/settings.md。", en="See docs/settings.md for every setting."),
        ) from error


def require_home(settings: Settings) -> None:
    """Refuse to work before the first ``huasuan init``.

    Raises
    ------
    Broken
        ``no_home``
    """
    if not settings.home.is_dir():
        raise Broken(
            "no_home",
            Text(zh=f"数据目录 {settings.home} 不存在", en=f"the data folder {settings.home} does not exist"),
            Text(zh="请先运行 huasuan init。", en="Run huasuan init first."),
        )
