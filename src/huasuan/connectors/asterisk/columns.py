"""Which column of a CDR or CEL file is which: by header, by a known layout, else by what the cells look like."""

import re
from collections import Counter
from collections.abc import Callable, Sequence

from huasuan.connectors.asterisk import texts
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text

Row = Sequence[str]
Layout = tuple[str, ...]

CDR_BASE: Layout = (
    "accountcode",
    "src",
    "dst",
    "dcontext",
    "clid",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "start",
    "answer",
    "end",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
)
# cdr.conf appends these by three independent switches, always in this order.
_OWN: tuple[Layout, ...] = ((), ("uniqueid",), ("userfield",), ("uniqueid", "userfield"))
_NEWER: Layout = ("peeraccount", "linkedid", "sequence")
_CUSTOM: Layout = ("clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp")
_TIMES: Layout = ("start", "answer", "end", "duration", "billsec", "disposition")
_IDS: Layout = ("uniqueid", "linkedid", "sequence")
CDR_LAYOUTS: tuple[Layout, ...] = (
    *((*CDR_BASE, *own, *newer) for newer in ((), _NEWER) for own in _OWN),
    # cdr_custom as its shipped sample configures it
    (*_CUSTOM, "lastdata", *_TIMES, "amaflags", "accountcode", "uniqueid", "userfield", "sequence"),
    # cdr_custom with campaign, lead and cause, the shorter and the fuller set of the README of this connector
    (*_CUSTOM, *_TIMES, *_IDS, "campaign", "lead_id", "hangupcause"),
    (*_CUSTOM, "lastdata", *_TIMES, *_IDS, "userfield", "campaign", "lead_id", "hangupcause", "techcause"),
)
_CEL: Layout = ("eventtype", "eventtime", "cid_name", "cid_num", "cid_ani", "cid_rdnis", "cid_dnid", "exten", "context")
_CEL += ("channame", "appname", "appdata", "amaflags", "accountcode", "uniqueid", "linkedid", "bridgepeer", "userfield")
CEL_LAYOUTS: tuple[Layout, ...] = ((*_CEL, "userdeftype", "eventextra"), (*_CEL, "userdeftype"), _CEL)

ALIASES = {
    "calldate": "start",
    "start_time": "start",
    "answer_time": "answer",
    "end_time": "end",
    "callerid": "clid",
    "cid": "clid",
    "source": "src",
    "destination": "dst",
    "context": "dcontext",
    "lead": "lead_id",
    "leadid": "lead_id",
    "hangup_cause": "hangupcause",
    "tech_cause": "techcause",
    "sip_code": "techcause",
    "sipcode": "techcause",
    "amdstatus": "amd",
}
CEL_ALIASES = {"channel": "channame", "cidnum": "cid_num", "cidname": "cid_name", "ani": "cid_ani", "dnid": "cid_dnid"}
CEL_ALIASES |= {"extra": "eventextra", "event_extra": "eventextra", "dcontext": "context", "app": "appname"}

DISPOSITIONS = frozenset({"ANSWERED", "NO ANSWER", "BUSY", "FAILED", "CONGESTION"})
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d|\d{9,10}(\.\d+)?$")
_NUMBER = re.compile(r"-?\d+(\.\d+)?$")
_ID = re.compile(r"[^\s=,]*\d[^\s=,]*$")
_CHANNEL = re.compile(r"[A-Za-z0-9_]+/\S+")
_KIND = re.compile(r"[A-Z][A-Z_]{2,}$")
_CAUSE = re.compile(r"1?\d?\d$")
_SIP = re.compile(r"(SIP )?[1-6]\d\d$")


def _moment(cell: str) -> bool:
    return _MOMENT.match(cell) is not None


def _optional(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda cell: not cell or pattern.match(cell) is not None


CHECKS: dict[str, Callable[[str], bool]] = {
    "start": _moment,
    "answer": _optional(_MOMENT),
    "end": _optional(_MOMENT),
    "duration": _optional(_NUMBER),
    "billsec": _optional(_NUMBER),
    "disposition": lambda cell: cell in DISPOSITIONS,
    "channel": lambda cell: _CHANNEL.match(cell) is not None,
    "uniqueid": lambda cell: _ID.match(cell) is not None,
    "linkedid": lambda cell: _ID.match(cell) is not None,
    "sequence": lambda cell: cell.isdigit(),
    "hangupcause": _optional(_CAUSE),
    "techcause": _optional(_SIP),
    "eventtype": lambda cell: _KIND.match(cell) is not None,
    "eventtime": _moment,
    "channame": _optional(_CHANNEL),
}


def fitting_share(layout: Layout, rows: Sequence[Row], unchecked: frozenset[str] = frozenset()) -> float:
    """The share of the rows whose every checked cell looks like its column's content."""
    checks = [(place, CHECKS[name]) for place, name in enumerate(layout) if name in CHECKS and name not in unchecked]
    good = sum(len(row) == len(layout) and all(check(row[place]) for place, check in checks) for row in rows)
    return good / len(rows) if rows else 0.0


def named(names: Sequence[str], aliases: dict[str, str]) -> Layout:
    """Column names as a header or a person writes them, in our own spelling."""
    plain = [re.sub(r"[\s\-]+", "_", name.strip().lower()) for name in names]
    return tuple(aliases.get(name, name) for name in plain)


class Columns:
    """The layouts of one file: one per width, since a changed export setting appends columns in the same file."""

    def __init__(self, known: tuple[Layout, ...], aliases: dict[str, str], needed: frozenset[str]) -> None:
        self._known = known
        self._aliases = aliases
        self._needed = needed
        self._by_width: dict[int, Layout] = {}
        self._fixed = False
        self._headers: set[Layout] = set()

    def learn(self, sample: Sequence[Row], explicit: Sequence[str] | None, file: str) -> None:
        """Decide the layouts from the first rows.

        Raises InvalidInput ``asterisk_columns`` when named columns lack a needed one, ``asterisk_wrong_file`` when
        fewer than half of the rows fit.
        """
        self._headers = {tuple(row) for row in sample if self._needed <= set(named(row, self._aliases))}
        rows = [row for row in sample if not self.is_header(row)]
        header = min(self._headers, default=None)
        names = explicit if explicit is not None else header
        if names is not None:
            self._fix(named(names, self._aliases))
        else:
            self._guess(rows)
        # where the columns are named, a word we do not know yet is an unknown result, not a wrong file
        unchecked = frozenset({"disposition"}) if self._fixed else frozenset()
        fitting = sum(fitting_share(self._by_width.get(len(row), ()), [row], unchecked) > 0 for row in rows)
        if rows and fitting * 2 < len(rows):
            raise texts.file_problem(
                "asterisk_wrong_file",
                file,
                f"前 {len(rows)} 行中只有 {fitting} 行符合格式，这不是所说的日志，或列无法识别",
                f"only {fitting} of the first {len(rows)} lines fit: not the log it was given as, or unknown columns",
            )

    def is_header(self, row: Row) -> bool:
        """Whether the row names columns instead of holding values, as one of the first rows did."""
        return bool(self._headers) and tuple(row) in self._headers

    def layout(self, row: Row) -> Layout | None:
        """The layout for a row of this width; None when no layout has it."""
        width = len(row)
        if width not in self._by_width and not self._fixed:
            best = self._best([row])
            if best is not None:
                self._by_width[width] = best
        return self._by_width.get(width)

    @property
    def usual_width(self) -> int:
        """The width to name when a line has another."""
        return next(iter(self._by_width), 0)

    def _fix(self, layout: Layout) -> None:
        missing = sorted(self._needed - set(layout))
        if missing:
            raise InvalidInput(
                "asterisk_columns",
                Text(zh=f"缺少必要的列：{', '.join(missing)}", en=f"needed columns are missing: {', '.join(missing)}"),
                Text(zh="请按文件中的顺序写出全部列名。", en="Name every column in the order of the file."),
            )
        self._by_width = {len(layout): layout}
        self._fixed = True

    def _guess(self, rows: Sequence[Row]) -> None:
        widths = Counter(len(row) for row in rows)
        common = sorted(widths, key=lambda width: (-widths[width], width))
        for width in common:
            same = [row for row in rows if len(row) == width]
            # looks are only trusted for the file's usual width: an odd line is rather a broken one
            looked_at = "disposition" in self._needed and width == common[0]
            best = self._best(same) or (by_content(same) if looked_at else None)
            if best is not None:
                self._by_width[width] = best

    def _best(self, rows: Sequence[Row]) -> Layout | None:
        fitting = [(fitting_share(layout, rows), layout) for layout in self._known if len(layout) == len(rows[0])]
        share, layout = max(fitting, key=lambda pair: pair[0], default=(0.0, ()))
        return layout if share > 0.5 else None


def by_content(rows: Sequence[Row]) -> Layout | None:
    """Name the columns of an unknown CDR layout from their cells; what cannot be told is ``column_<n>``.

    Needs a disposition, a start and a channel column. src, dst and dcontext stand before the channel and lastapp after
    the dstchannel in every layout we know; a column whose cells are the lead in ids such as ``lead-<lead>-<epoch>`` is
    lead_id. Campaign names look like anything: they need a header or named columns.
    """
    columns = [[row[place].strip() for row in rows] for place in range(len(rows[0]))]
    names = [f"column_{place + 1}" for place in range(len(columns))]
    moments = _where(columns, _moment)
    states = _where(columns, lambda cell: cell in DISPOSITIONS)
    channels = _where(columns, lambda cell: _CHANNEL.match(cell) is not None and "-" in cell)
    if not (moments and states and channels):
        return None
    start, channel = moments[0], channels[0]
    names[states[0]] = "disposition"
    names[channel] = "channel"
    # an unanswered sample leaves the answer column empty, so count places from the start, not filled columns
    for place, name in zip(range(start, start + 3), ("start", "answer", "end"), strict=False):
        if place < len(names) and (place in moments or not any(columns[place])):
            names[place] = name
    _name_seconds(names, columns, start)
    _name_ids(names, columns, start)
    _name_parties(names, columns, channel)
    return tuple(names)


def _where(columns: Sequence[Sequence[str]], check: Callable[[str], bool]) -> list[int]:
    """Places of the columns whose filled cells nearly all (90 %: bad lines exist) pass."""
    filled = [(place, [cell for cell in column if cell]) for place, column in enumerate(columns)]
    return [place for place, cells in filled if cells and sum(map(check, cells)) >= 0.9 * len(cells)]


def _name_seconds(names: list[str], columns: Sequence[Sequence[str]], start: int) -> None:
    numbers = [
        place for place in _where(columns, lambda cell: _NUMBER.match(cell) is not None) if start < place <= start + 5
    ]
    free = [place for place in numbers if names[place].startswith("column_")]
    for place, name in zip(free[:2], ("duration", "billsec"), strict=False):
        names[place] = name


def _name_parties(names: list[str], columns: Sequence[Sequence[str]], channel: int) -> None:
    clid = _where(columns, lambda cell: "<" in cell and cell.endswith(">"))
    if clid:
        names[clid[0]] = "clid"
    before = [place for place in range(channel) if names[place].startswith("column_")]
    for place, name in zip(before[-3:], ("src", "dst", "dcontext")[-len(before[-3:]) :], strict=True):
        names[place] = name
    for place, name in zip(range(channel + 1, channel + 4), ("dstchannel", "lastapp", "lastdata"), strict=False):
        if place < len(names) and names[place].startswith("column_"):
            names[place] = name


def _name_ids(names: list[str], columns: Sequence[Sequence[str]], start: int) -> None:
    epoch = re.compile(r"(?:.+-)?\d{9,10}(?:\.\d+)?(?:;[12])?$")
    ids = [
        place
        for place in _where(columns, lambda cell: epoch.match(cell) is not None)
        if names[place].startswith("column_") and place > start and len(set(columns[place])) > 1
    ]
    if len(ids) == 1:
        names[ids[0]] = "uniqueid"
    elif ids:
        # several legs share a linkedid, so it has fewer different values; the uniqueid stands first when they tie
        linked = min(reversed(ids), key=lambda place: len(set(columns[place])))
        names[linked] = "linkedid"
        names[next(place for place in ids if place != linked)] = "uniqueid"
        _name_lead(names, columns, linked)
    for place in _where(columns, lambda cell: cell.startswith("amd=")):
        names[place] = "userfield"


def _name_lead(names: list[str], columns: Sequence[Sequence[str]], linked: int) -> None:
    for place, column in enumerate(columns):
        pairs = [(cell, key) for cell, key in zip(column, columns[linked], strict=True) if cell]
        if names[place].startswith("column_") and pairs and all(f"-{cell}-" in key for cell, key in pairs):
            names[place] = "lead_id"


def cdr_columns() -> Columns:
    """Columns of a CDR file; start and disposition are needed."""
    return Columns(CDR_LAYOUTS, ALIASES, frozenset({"start", "disposition"}))


def cel_columns() -> Columns:
    """Columns of a CEL file; the event, its time and an id are needed."""
    return Columns(CEL_LAYOUTS, CEL_ALIASES, frozenset({"eventtype", "eventtime", "uniqueid"}))
