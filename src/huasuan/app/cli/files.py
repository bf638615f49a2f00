"""The command that imports files."""

from pathlib import Path
from typing import Annotated

import typer

from huasuan.app.cli.language import say
from huasuan.app.cli.main import app
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text

Kind = Annotated[
    str, typer.Argument(metavar="KIND", help=say(zh="种类，或 asterisk", en="what the rows are, or asterisk"))
]
File = Annotated[
    Path | None, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help=say(zh="文件", en="the file"))
]
Map = Annotated[
    Path | None,
    typer.Option(
        "--map",
        metavar="M.toml",
        exists=True,
        dir_okay=False,
        help=say(zh="列的对应表；会被记住", en="which column feeds which field; it is remembered"),
    ),
]
Source = Annotated[
    str | None,
    typer.Option("--source", help=say(zh="来源系统的名称", en="name of the system the file comes from")),
]
Check = Annotated[
    bool, typer.Option("--check", help=say(zh="只检查，不写入", en="write nothing, say what would happen"))
]
Cdr = Annotated[Path | None, typer.Option("--cdr", metavar="F", exists=True, dir_okay=False, help="Asterisk CDR")]
Cel = Annotated[Path | None, typer.Option("--cel", metavar="F", exists=True, dir_okay=False, help="Asterisk CEL")]
QueueLog = Annotated[
    Path | None, typer.Option("--queue-log", metavar="F", exists=True, dir_okay=False, help="Asterisk queue_log")
]
Zone = Annotated[
    str | None,
    typer.Option(
        "--zone",
        help=say(
            zh="Asterisk 写日志用的时区；默认从日志推断",
            en="zone in which Asterisk writes its logs; by default found from the logs",
        ),
    ),
]
OwnNumber = Annotated[
    list[str] | None,
    typer.Option(
        "--own-number",
        metavar="N",
        help=say(
            zh="我方号码（可重复），用于判断 Asterisk 通话方向",
            en="a number of ours (may be repeated), to tell the direction of Asterisk calls",
        ),
    ),
]


@app.command(
    "import",
    help=say(
        zh="导入文件（CSV、TSV、XLSX）：通话、客户、线索、触点、成交、费用、班次……；"
        "KIND 为 asterisk 时导入 Asterisk 日志",
        en="Import a file (CSV, TSV, XLSX) of calls, customers, leads, touches, deals, costs, shifts …; "
        "with KIND asterisk the logs of an Asterisk exchange.",
    ),
)
def import_(
    kind: Kind,
    file: File = None,
    mapping: Map = None,
    source: Source = None,
    cdr: Cdr = None,
    cel: Cel = None,
    queue_log: QueueLog = None,
    zone: Zone = None,
    own_number: OwnNumber = None,
    *,
    check: Check = False,
) -> int:
    """Import a file or the logs of an exchange."""
    logs_named = cdr is not None or cel is not None or queue_log is not None
    if kind == "asterisk" and (not logs_named or file is not None or mapping is not None):
        raise InvalidInput(
            "asterisk_logs",
            Text(zh="asterisk 需要日志文件，不接受 FILE 或 --map", en="asterisk needs its logs, not FILE or --map"),
            Text(zh="请用 --cdr、--cel、--queue-log 给出日志。", en="Name them with --cdr, --cel and --queue-log."),
        )
    if kind != "asterisk" and (file is None or logs_named):
        raise InvalidInput(
            "no_file",
            Text(zh="没有给出文件", en="no file was named"),
            Text(zh="例如 huasuan import call calls.csv", en="For example huasuan import call calls.csv"),
        )
    from huasuan.app.cli import importing
    from huasuan.app.worker.asterisk import Logs

    if file is None:
        logs = Logs(cdr=cdr, cel=cel, queue_log=queue_log, zone=zone, own_numbers=tuple(own_number or ()))
        return importing.run_asterisk(logs, check=check)
    return importing.run_import(kind, file, mapping=mapping, check=check, source=source)
