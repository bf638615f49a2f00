"""The entry point ``huasuan``: commands, exit codes, and errors said in plain words."""

import os
import sys
from collections.abc import Callable

import typer

from huasuan.app.cli.language import LANGUAGES, say, without_language
from huasuan.kernel.errors import HuasuanError, InvalidInput

DONE, FAILED, WRONG_USE, PART_REFUSED = 0, 1, 2, 3
_INTERRUPTED = 130

app = typer.Typer(
    name="huasuan",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Typer's boxes take 0.2 s to import; the help has to be there at once.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=say(
        zh="话算：每通电话、每个号码、渠道、名单、坐席的成本与收益。",
        en="huasuan: what each call, number, channel, list and agent costs and earns.",
    ),
    epilog=say(
        zh="退出码：0 完成，1 失败，2 用法错误，3 部分输入被拒绝。数据目录由 HUASUAN_HOME 指定。",
        en="Exit codes: 0 done, 1 failed, 2 wrong use, 3 input refused in part. HUASUAN_HOME names the data folder.",
    ),
)


@app.callback()
def _common(
    lang: str = typer.Option(
        None, "--lang", metavar="|".join(LANGUAGES), help=say(zh="输出语言", en="language of the output")
    ),
) -> None:
    """Options of every command; ``--lang`` was read before (see ``language``) and may stand anywhere."""


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; every failure ends in a sentence, never in a traceback."""
    # Imported here because they register themselves on ``app``.
    from huasuan.app.cli.commands import MODULES  # noqa: F401

    return guarded(lambda: app(without_language(arguments), prog_name="huasuan", standalone_mode=False))


def guarded(step: Callable[[], object]) -> int:
    """The exit code of a step."""
    try:
        result = step()
    except typer.Exit as leave:
        return leave.exit_code
    except typer.Abort:
        return _INTERRUPTED
    except KeyboardInterrupt:
        _complain(say(zh="已停止", en="stopped"))
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough (`huasuan ask … | head`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except HuasuanError as error:
        return _say_error(error)
    except Exception as error:
        return _unforeseen(error)
    return result if isinstance(result, int) else DONE


def _say_error(error: HuasuanError) -> int:
    _complain(say(zh=error.text.zh, en=error.text.en))
    if error.remedy is not None:
        _complain("→ " + say(zh=error.remedy.zh, en=error.remedy.en))
    return WRONG_USE if isinstance(error, InvalidInput) else FAILED


def _unforeseen(error: Exception) -> int:
    from huasuan.app.failures import known_failure, write_report

    if show := getattr(error, "show", None):  # a usage error of the command line itself
        show()
        return int(getattr(error, "exit_code", WRONG_USE))
    if known := known_failure(error):
        return _say_error(known)
    report = write_report(error)
    _complain(say(zh=f"出现意外错误：{type(error).__name__}", en=f"an unforeseen error: {type(error).__name__}"))
    _complain(
        "→ " + say(zh=f"详情见 {report}，请附上它报告问题。", en=f"See {report}; please report it with that file.")
    )
    return FAILED


def _complain(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")
