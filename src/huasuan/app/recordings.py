"""Recordings by reference: a call names a file, which is only ever looked for below the folder of its workspace."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from sqlalchemy import Connection, select

from huasuan.intake import KINDS
from huasuan.kernel.errors import NotFound
from huasuan.kernel.text import Text

# What browsers play, by the ending of its name; anything else is not sent, whatever a fact may name.
MEDIA_TYPES = {
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".flac": "audio/flac",
    ".webm": "audio/webm",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A file that may be sent, and as what."""

    path: Path
    media_type: str


def references_of(connection: Connection, *, workspace: int, calls: list[int]) -> dict[int, str]:
    """What the newest version of each call names as its recording; calls without one are left out."""
    table = KINDS["call"].table
    first = (
        select(table.c.source_system, table.c.source_key, table.c.seq)
        .where(table.c.workspace == workspace, table.c.seq.in_(calls))
        .subquery()
    )
    rows = connection.execute(
        select(first.c.seq, table.c.recording, table.c.gone)
        .where(
            table.c.workspace == workspace,
            table.c.source_system == first.c.source_system,
            table.c.source_key == first.c.source_key,
        )
        .order_by(table.c.version)
    )
    newest = {row.seq: row for row in rows}
    return {number: row.recording for number, row in newest.items() if row.recording and not row.gone}


def recording_at(folder: Path | None, workspace: int, reference: str | None) -> Recording:
    """The file a reference names, if it lies below the workspace's own part of the folder and is sound.

    Whoever sends facts writes the reference; so it reaches ``FOLDER/WORKSPACE``, a folder or a link to one, alone.

    Raises
    ------
    NotFound
        ``no_recording``: none was named, there is no folder, it lies elsewhere, or the file is gone
    """
    if folder is None or not reference:
        raise _none()
    media_type = MEDIA_TYPES.get(PurePosixPath(reference).suffix.lower())
    named = PurePosixPath(reference.replace("\\", "/"))
    if media_type is None or named.is_absolute() or PureWindowsPath(reference).drive or "\0" in reference:
        raise _none()
    try:
        # Links are followed first: what counts is where the file really lies.
        base = (folder / str(workspace)).resolve(strict=True)
        path = (base / named).resolve(strict=True)
    except OSError:
        raise _none() from None
    if not path.is_relative_to(base) or not path.is_file():
        raise _none()
    return Recording(path=path, media_type=media_type)


def _none() -> NotFound:
    return NotFound(
        "no_recording",
        Text(zh="这通电话没有可播放的录音", en="there is no recording of this call to play"),
        Text(
            zh="录音文件须在 HUASUAN_RECORDINGS 下以工作区编号命名的目录中；通话的 recording 字段写其中的相对路径。",
            en="Its file must lie below HUASUAN_RECORDINGS in the folder named by the workspace's number; "
            "the call's recording is the path in that folder.",
        ),
    )
