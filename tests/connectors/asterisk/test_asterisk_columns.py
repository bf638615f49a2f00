"""Every column set of the CDR, named or not."""

import csv
import io
from pathlib import Path

import pytest

from huasuan.connectors.asterisk import DirectionRule, LoggedCall, LoggedFault, read_logs
from huasuan.connectors.asterisk.columns import CDR_BASE, by_content, cdr_columns
from huasuan.kernel.errors import InvalidInput

DATA = Path(__file__).parents[2] / "data" / "asterisk"
MASTER = list(csv.reader(io.StringIO((DATA / "Master.csv").read_text())))
CUSTOM = list(csv.reader(io.StringIO((DATA / "cdr-custom.csv").read_text())))
FULL = [*CDR_BASE, "uniqueid", "userfield", "peeraccount", "linkedid", "sequence"]
NINETEEN = ["clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "start", "answer", "end", "duration"]
NINETEEN += ["billsec", "disposition", "uniqueid", "linkedid", "sequence", "campaign", "lead_id", "hangupcause"]
OWN = DirectionRule(own_numbers=frozenset({"02111112222"}))


def written(path: Path, rows: list[list[str]], names: list[str] | None = None) -> Path:
    with path.open("w", newline="") as handle:
        csv.writer(handle).writerows([names, *rows] if names else rows)
    return path


def picked(rows: list[list[str]], have: list[str], wanted: list[str]) -> list[list[str]]:
    return [[dict(zip(have, row, strict=True)).get(name, "") for name in wanted] for row in rows]


def read(path: Path, **options) -> list[LoggedCall]:
    items = list(read_logs(cdr=path, directions=OWN, **options))
    assert all(isinstance(item, LoggedCall) for item in items)
    return items


RECORDED = read(DATA / "Master.csv")


@pytest.mark.parametrize(
    "left_out",
    [
        ("userfield",),
        ("uniqueid", "userfield"),
        ("peeraccount", "linkedid", "sequence"),
        ("userfield", "peeraccount", "linkedid", "sequence"),
        ("uniqueid", "userfield", "peeraccount", "linkedid", "sequence"),
    ],
)
def test_cdr_csv_in_every_combination_of_its_switches(tmp_path, left_out):
    names = [name for name in FULL if name not in left_out]
    rows = picked(MASTER, FULL, names)
    columns = cdr_columns()
    columns.learn(rows, None, "Master.csv")
    assert columns.layout(rows[0]) == tuple(names)


def test_without_linkedid_each_uniqueid_is_a_call_and_the_note_says_so(tmp_path):
    items = read(written(tmp_path / "a.csv", picked(MASTER, FULL, FULL[:18])))
    # 23 rows; the four failed dials wrote two rows each for their second half
    assert len(items) == len({row[16] for row in MASTER}) == 19
    assert all("uniqueid" in item.notes[0].en and "linkedid" in item.notes[0].zh for item in items)


def test_without_linkedid_the_cel_joins_the_rows_all_the_same(tmp_path):
    path = written(tmp_path / "a.csv", picked(MASTER, FULL, FULL[:18]))
    joined = list(read_logs(cdr=path, cel=DATA / "cel-Master.csv", queue_log=DATA / "queue_log"))
    whole = list(read_logs(cdr=DATA / "Master.csv", cel=DATA / "cel-Master.csv", queue_log=DATA / "queue_log"))
    assert [(item.source_key, item.call.result) for item in joined] == [
        (item.source_key, item.call.result) for item in whole
    ]


def test_sixteen_columns_have_no_id_and_keep_one_key_per_line(tmp_path):
    path = written(tmp_path / "a.csv", picked(MASTER, FULL, list(CDR_BASE)))
    items = read(path)
    assert len(items) == 23
    assert all(item.source_key.startswith("row-") for item in items)
    assert [item.source_key for item in read(path)] == [item.source_key for item in items]


def test_a_header_line_names_columns_in_any_order(tmp_path):
    names = list(reversed(FULL))
    header = ["calldate" if name == "start" else name.upper() for name in names]
    items = read(written(tmp_path / "a.csv", picked(MASTER, FULL, names), header))
    assert [(item.source_key, item.call) for item in items] == [(item.source_key, item.call) for item in RECORDED]


def test_named_columns_win_and_unknown_names_are_ignored(tmp_path):
    names = [*FULL, "something"]
    path = written(tmp_path / "a.csv", [[*row, "x"] for row in MASTER])
    assert [item.call for item in read(path, columns=names)] == [item.call for item in RECORDED]


def test_named_columns_need_a_start_and_a_disposition():
    with pytest.raises(InvalidInput) as refused:
        read_logs(cdr=DATA / "Master.csv", columns=["src", "dst"])
    assert refused.value.code == "asterisk_columns"
    assert "disposition, start" in refused.value.text.en


def test_cdr_custom_without_header_is_recognised():
    columns = cdr_columns()
    columns.learn(CUSTOM, None, "cdr-custom.csv")
    assert columns.layout(CUSTOM[0]) == tuple(NINETEEN)


def test_an_unknown_layout_is_read_by_its_cells(tmp_path):
    names = ["linkedid", "start", "answer", "end", "billsec", "disposition", "clid", "src", "dst", "dcontext"]
    names = [*names[1:6], *names[6:], "channel", "dstchannel", "lastapp", "uniqueid", "linkedid", "lead_id"]
    rows = picked(CUSTOM, NINETEEN, names)
    guessed = by_content(rows)
    assert guessed is not None
    told = dict(zip(names, guessed, strict=True))
    # a single column of seconds is taken for the duration; everything else is found
    assert {name: found for name, found in told.items() if name != found} == {"billsec": "duration"}
    items = read(written(tmp_path / "a.csv", rows))
    custom = {item.source_key: item.call.result for item in read(DATA / "cdr-custom.csv")}
    # without the cause column an invalid number is no answer again
    assert {item.source_key: item.call.result for item in items} == custom | {"lead-L5-1795356439": "no_answer"}


def test_columns_appended_midway_keep_their_own_layout(tmp_path):
    path = tmp_path / "a.csv"
    written(path, [*picked(MASTER[:10], FULL, FULL[:18]), *MASTER[10:]])
    assert all(isinstance(item, LoggedCall) for item in read_logs(cdr=path))


def test_a_cel_with_a_header_and_epoch_times(tmp_path):
    path = tmp_path / "cel.csv"
    path.write_text(
        "eventtype,eventtime,cid_num,exten,context,channame,appname,appdata,uniqueid,linkedid,eventextra\n"
        "CHAN_START,1795356464.683618,13900052222,4001,in,PJSIP/t-00000001,,,1795356464.57,1795356464.57,\n"
        "HANGUP,1795356470.683618,13900052222,4001,in,PJSIP/t-00000001,Dial,x,1795356464.57,1795356464.57,"
        '"{""hangupcause"":17,""dialstatus"":""BUSY""}"\n'
    )
    (item,) = read_logs(cel=path)
    assert (item.call.direction, item.call.result, item.call.cause) == ("in", "missed", "busy")
    assert (item.call.caller, item.call.called) == ("13900052222", "4001")
    assert item.call.dialed_at.isoformat() == "2026-11-22T14:07:44.683618+00:00"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("cdr", "cel-Master.csv"),
        ("cdr", "queue_log"),
        ("cdr", "expected.json"),
        ("cel", "Master.csv"),
        ("cel", "cdr-custom.csv"),
        ("cel", "expected.json"),
        ("queue_log", "Master.csv"),
        ("queue_log", "expected.json"),
    ],
)
def test_another_file_is_refused_at_once_and_as_a_whole(kind, name):
    with pytest.raises(InvalidInput) as refused:
        read_logs(**{kind: DATA / name})
    assert refused.value.code == "asterisk_wrong_file"
    assert name in refused.value.text.zh


def test_a_missing_file_no_file_and_an_unknown_zone_are_refused(tmp_path):
    for code, options in {
        "asterisk_missing_file": {"cdr": tmp_path / "none.csv"},
        "asterisk_no_file": {},
        "unknown_zone": {"cdr": DATA / "Master.csv", "zone": "Mars/Base"},
    }.items():
        with pytest.raises(InvalidInput) as refused:
            read_logs(**options)
        assert refused.value.code == code


def test_an_empty_file_is_a_log_without_calls(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"")
    assert list(read_logs(cdr=tmp_path / "a.csv")) == []


def test_bad_lines_are_reported_with_line_value_and_remedy(tmp_path):
    lines = (DATA / "Master.csv").read_text().splitlines()
    bad = {
        3: lines[0].replace("2026-11-22 14:07:15", "2026-13-45 14:07:15"),
        5: lines[0][:60],
        7: lines[0] + ',"one more","two more"',
        8: lines[0].replace(",0,0,", ",0,soon,"),
    }
    for number, line in sorted(bad.items()):
        lines.insert(number - 1, line)
    path = tmp_path / "Master.csv"
    path.write_text("\n".join(lines))
    faults = [item for item in read_logs(cdr=path) if isinstance(item, LoggedFault)]
    assert [fault.line for fault in faults] == [3, 5, 7, 8]
    assert (faults[0].value, faults[3].value) == ("2026-13-45 14:07:15", "soon")
    assert "column start is not a time" in faults[0].text.en
    assert all(fault.file == "Master.csv" and fault.remedy.zh for fault in faults)
    assert [item for item in read_logs(cdr=path) if isinstance(item, LoggedCall)] == list(
        read_logs(cdr=DATA / "Master.csv")
    )
