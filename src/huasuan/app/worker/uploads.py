"""Files somebody brought through the browser, kept until they are imported or a week old."""

import re
import secrets
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import anyio

from huasuan.kernel.errors import InvalidInput, NotFound, TooLarge
from huasuan.kernel.text import Text

_KEPT_SECONDS = 7 * 86_400
_LONGEST_NAME = 100
# After so many bytes of a file it is asked anew how much all files of the workspace take.
_CHECK_EVERY = 4 * 1024**2
_SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx")
_ID = re.compile(r"[a-z0-9]{24}")
# What no file system and no list of deliveries should have to bear.
_STRANGE = re.compile(r"[^\w.()（）【】 +-]", re.UNICODE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that was brought in."""

    id: str
    name: str
    bytes: int
    path: Path


class Uploads:
    """The uploads of an installation, each workspace's in a folder of its own."""

    def __init__(self, folder: Path, *, most_bytes: int, most_kept: int) -> None:
        """``most_bytes`` of one file, ``most_kept`` of all that are kept of one workspace."""
        self._folder = folder
        self._most_bytes = most_bytes
        self._most_kept = most_kept

    async def take(
        self, workspace: int, name: str, chunks: AsyncIterator[bytes], *, announced: int | None = None
    ) -> Upload:
        """Write a file down as it arrives; ``announced``: how many bytes the sender says it has.

        Raises
        ------
        InvalidInput
            ``bad_file_name``, ``empty_file``
        TooLarge
            ``file_too_large``, ``too_many_kept``
        """
        safe = _safe_name(name)
        home = self._folder / str(workspace)
        await anyio.to_thread.run_sync(_forget_old, home)
        await self._check_room(home, announced or 1)
        upload = secrets.token_hex(12)
        folder = home / upload
        folder.mkdir(parents=True, mode=0o700)
        path, size, checked = folder / safe, 0, 0
        try:
            async with await anyio.open_file(path, "wb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > self._most_bytes:
                        raise _too_large(self._most_bytes)
                    await file.write(chunk)
                    if size - checked >= _CHECK_EVERY:
                        # Others may be bringing files meanwhile; what all have written so far is on the disk.
                        await file.flush()
                        await self._check_room(home)
                        checked = size
            if not size:
                raise _empty()
            await self._check_room(home)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return Upload(id=upload, name=safe, bytes=size, path=path)

    async def _check_room(self, home: Path, more: int = 0) -> None:
        kept = await anyio.to_thread.run_sync(_bytes_in, home)
        if kept + more > self._most_kept:
            raise _too_many_kept(kept, self._most_kept)

    def find(self, workspace: int, upload: str) -> Upload:
        """An upload of this workspace.

        Raises
        ------
        NotFound
            ``no_file``
        """
        folder = self._folder / str(workspace) / upload
        if _ID.fullmatch(upload) and folder.is_dir():
            for path in folder.iterdir():
                if path.suffix.lower() in _SUFFIXES and not path.name.endswith(".errors.csv"):
                    return Upload(id=upload, name=path.name, bytes=path.stat().st_size, path=path)
        raise NotFound(
            "no_file",
            Text(zh=f"没有文件 {upload[:40]}", en=f"there is no file {upload[:40]}"),
            Text(zh="文件保留七天，请重新上传。", en="Files are kept for a week; send it again."),
        )

    def remove(self, upload: Upload) -> None:
        """Forget a file that is none we can read."""
        shutil.rmtree(upload.path.parent, ignore_errors=True)


def _safe_name(name: str) -> str:
    """The last part of a name, of characters any file system takes."""
    last = _STRANGE.sub("_", name.replace("\\", "/").rpartition("/")[2]).strip(" .")
    stem, dot, suffix = last.rpartition(".")
    if not dot or f".{suffix.lower()}" not in _SUFFIXES or not stem:
        raise InvalidInput(
            "bad_file_name",
            Text(zh=f"不支持的文件：{name[:80]}", en=f"not a file we read: {name[:80]}"),
            Text(zh="请使用 CSV、TSV 或 XLSX 文件。", en="Bring a CSV, TSV or XLSX file."),
        )
    # The name of a refused-rows file ends so; the file itself must not.
    return f"{stem[:_LONGEST_NAME].removesuffix('.errors')}.{suffix}"


def _forget_old(home: Path) -> None:
    if not home.is_dir():
        return
    for folder in home.iterdir():
        if time.time() - folder.stat().st_mtime > _KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _bytes_in(home: Path) -> int:
    """What all files of a workspace take, those of refused rows too."""
    found = 0
    for path in home.glob("*/*"):
        # Another upload may be given up, or forgotten, at this moment.
        with suppress(FileNotFoundError):
            found += path.stat().st_size
    return found


def _too_many_kept(kept: int, most: int) -> TooLarge:
    left = max(0, most - kept)
    return TooLarge(
        "too_many_kept",
        Text(
            zh=f"工作区的上传文件已占 {kept} 字节，上限 {most}，剩余 {left}",
            en=f"the files brought to the workspace take {kept} bytes of at most {most}, {left} are left",
        ),
        Text(
            zh="每个文件七天后自动删除；也可在服务器上用 huasuan import 导入，或由管理员调大 HUASUAN_MAX_KEPT_BYTES。",
            en="Each goes after a week; else use `huasuan import` on the server, or let whoever runs it raise "
            "HUASUAN_MAX_KEPT_BYTES.",
        ),
    )


def _too_large(most: int) -> TooLarge:
    return TooLarge(
        "file_too_large",
        Text(zh=f"文件超过 {most} 字节", en=f"the file is larger than {most} bytes"),
        Text(
            zh="请拆分文件，或在服务器上用 huasuan import 导入。", en="Split it, or use `huasuan import` on the server."
        ),
    )


def _empty() -> InvalidInput:
    return InvalidInput(
        "empty_file",
        Text(zh="文件是空的", en="the file is empty"),
        Text(zh="请选择有内容的文件。", en="Choose one with content."),
    )
