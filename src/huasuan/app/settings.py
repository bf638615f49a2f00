"""Every setting of the program. Each is an environment variable ``HUASUAN_<NAME>``; ``huasuan settings`` shows them."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text

STORE_FILE = "store.sqlite"
_MASK = "********"


class Settings(BaseSettings):
    """What the operator of an installation decides; what a business decides stands in its workspace."""

    model_config = SettingsConfigDict(env_prefix="HUASUAN_", extra="ignore")

    home: Path = Field(
        default=Path("~/.local/share/huasuan"),
        description="Folder of all data: store, warehouse files, backups, error files.",
    )
    store_url: SecretStr | None = Field(
        default=None,
        description="The store as a URL (postgresql://user:password@host/name). Without it: SQLite in HUASUAN_HOME.",
    )
    workspace: str | None = Field(
        default=None, description="Name of the workspace the command line works in; without it, the oldest one."
    )
    language: Literal["zh", "en"] | None = Field(
        default=None,
        description="Language of the command line; without it English where LANG is English, else Chinese.",
    )
    host: str = Field(default="127.0.0.1", description="Address `huasuan serve` listens on.")
    port: int = Field(
        default=8000, ge=0, le=65535, description="Port `huasuan serve` listens on; 0 takes any free one."
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("127.0.0.1", "localhost", "[::1]"),
        description="Host headers the service answers to, separated by commas; `*.example.com` names all below.",
    )
    max_items: int = Field(default=5000, ge=1, description="Most records one HTTP delivery may carry.")
    max_body_bytes: int = Field(
        default=32 * 1024 * 1024, ge=1024, description="Largest body of one HTTP request, in bytes."
    )
    projector_seconds: float = Field(
        default=0.5, gt=0, le=60, description="Pause between two looks of the projector at the store, in seconds."
    )
    question_seconds: float = Field(
        default=60.0,
        gt=0,
        description="Longest a question waits for the warehouse to catch up with the store, in seconds.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least urgent level logged."
    )

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("allowed_hosts", mode="before")
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
    def warehouse_folder(self) -> Path:
        """The folder of the DuckDB files, one for each workspace."""
        return self.home / "warehouse"

    @property
    def backup_folder(self) -> Path:
        """Where copies of the store go by themselves before a migration."""
        return self.home / "backups"

    def shown(self) -> list[tuple[str, str, str]]:
        """Every setting as (variable, value with secrets masked, what it means)."""
        rows = []
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if isinstance(value, SecretStr):
                text = _MASK
            elif isinstance(value, tuple):
                text = ",".join(value)
            else:
                text = "" if value is None else str(value)
            rows.append((f"HUASUAN_{name.upper()}", text, field.description or ""))
        return rows


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
        faults = "; ".join(f"HUASUAN_{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors())
        raise InvalidInput(
            "bad_setting",
            Text(zh=f"设置有误：{faults}", en=f"a setting is wrong: {faults}"),
            Text(zh="各项设置见 docs/settings.md。", en="See docs/settings.md for every setting."),
        ) from error
