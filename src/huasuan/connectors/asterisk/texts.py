"""What the connector says to people, in both languages."""

from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text

NO_LINKEDID = Text(
    zh="话单没有 linkedid 列：同一 uniqueid 的行算一通电话，经 Local 通道的呼叫会被多算。",
    en="the CDR has no linkedid: rows of one uniqueid are one call, so calls through Local channels count twice.",
)
NO_UNIQUEID = Text(
    zh="话单没有 uniqueid 列：每一行算一通电话。",
    en="the CDR has no uniqueid: every row is a call of its own.",
)
NO_CAUSE = Text(
    zh="这份日志没有挂断原因：空号在话单中也写作 NO ANSWER，无法与无人接听区分。",
    en="no hang-up cause in these logs: the CDR writes NO ANSWER for numbers that do not exist too.",
)
AGENT_IS_DEVICE = Text(
    zh="没有 queue_log：坐席为设备名，不是坐席名。",
    en="without queue_log the agent is the device, not the member's name.",
)
TALK_UNKNOWN = Text(
    zh="通话时长未知：话单的计费秒数包含排队等待。",
    en="talk time unknown: the billed seconds of the CDR include waiting.",
)
NUMBER_UNKNOWN = Text(
    zh="这份日志没有客户号码，请从发起呼叫的请求中取得。",
    en="the customer's number is in none of these lines; take it from the request that made the call.",
)
START_FROM_QUEUE = Text(
    zh="只有 queue_log：开始时间取进入队列的时间。",
    en="only queue_log: the start is the moment the call entered the queue.",
)
HUMAN_BY_AGENT = Text(
    zh="没有语音信箱检测结果：因坐席接入而记为真人接听。",
    en="no answering-machine verdict: counted as human because an agent took it.",
)
UNVERIFIED = Text(
    zh="网络已接通，但没有证据表明是真人还是语音信箱。",
    en="answered by the network; nothing here tells a person from a machine.",
)


def file_problem(code: str, file: str, zh: str, en: str) -> InvalidInput:
    """A file that as a whole is not what it was given as."""
    return InvalidInput(
        code,
        Text(zh=f"{file}：{zh}", en=f"{file}: {en}"),
        Text(
            zh="请检查是否选对了文件；列的顺序特殊时请写明列名。",
            en="Check that this is the right file; when its columns are unusual, name them in order.",
        ),
    )


class LineError(Exception):
    """Why one line cannot be taken in; never leaves the connector, it becomes a LoggedFault."""

    def __init__(self, value: str, text: Text, remedy: Text) -> None:
        super().__init__(text.en)
        self.value = value
        self.text = text
        self.remedy = remedy


def wrong_width(value: str, found: int, expected: int) -> LineError:
    """A line with too many or too few columns."""
    return LineError(
        value,
        Text(zh=f"有 {found} 列，应为 {expected} 列。", en=f"{found} columns, {expected} expected."),
        Text(
            zh="该行可能被截断，或导出设置中途改变；请分开导入。",
            en="The line was cut off, or the export settings changed midway; import the parts separately.",
        ),
    )


def unreadable(value: str) -> LineError:
    """A line that is no CSV record."""
    return LineError(
        value,
        Text(zh="引号不成对，或这一行过长。", en="quotes do not match, or the line is too long."),
        Text(zh="请修正这一行后重新导入。", en="Mend the line and import it again."),
    )


def bad_value(column: str, value: str, zh: str, en: str) -> LineError:
    """A cell that is not what its column holds."""
    return LineError(
        value,
        Text(zh=f"{column} 列不是{zh}：{value!r}", en=f"column {column} is not {en}: {value!r}"),
        Text(
            zh="请修正该值；若整列如此，请写明列名。",
            en="Mend the value; if the whole column is like this, name the columns in order.",
        ),
    )


def no_id(value: str) -> LineError:
    """A CEL line that belongs to no call."""
    return LineError(
        value,
        Text(zh="没有 linkedid 也没有 uniqueid。", en="neither linkedid nor uniqueid."),
        Text(zh="请在导出中加入这两列。", en="Add both columns to the export."),
    )


def oversized(key: str, lines: int, limit: int) -> LineError:
    """One linkedid with more lines than a call can have."""
    return LineError(
        key,
        Text(
            zh=f"同一 linkedid 有 {lines} 行，超过上限 {limit}；未导入。",
            en=f"{lines} lines under one linkedid, above the limit of {limit}; not taken in.",
        ),
        Text(
            zh="长期在线的通道（如 AgentLogin）会把许多电话连在一起；请按天拆分日志。",
            en="A channel that stays up (AgentLogin) chains many calls together; split the logs by day.",
        ),
    )
