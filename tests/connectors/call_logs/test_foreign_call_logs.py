"""Call logs of other trackers through the whole import: fields, times, numbers, statuses, refused rows, preview."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from golden.small import Small, small_business
from huasuan.app.worker.foreign_logs import known_mapping
from huasuan.app.worker.opening import open_records
from huasuan.connectors.call_logs import TRACKERS, known_log
from huasuan.intake import ImportReport, import_file, preview_file
from huasuan.people import WorkspaceSettings

FIXTURES = {name: Path(str(files("huasuan.connectors").joinpath(name, "fixtures", "calls.csv"))) for name in TRACKERS}
# Calls in, answered, missed, by channel; of a log whose times are Kyiv's or carry their offset.
WANTED = {
    "callrail": (3, 2, 1, {"Google Ads": 2, "Radio": 1}),
    "calltrackingmetrics": (4, 1, 3, {"Google Ads": 2, "Radio": 2}),
    "ringostat": (5, 3, 2, {"google": 2, "radio": 3}),
}


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path, WorkspaceSettings(zone="Europe/Kyiv")) as business:
        yield business


def take(small: Small, name: str, folder: Path) -> ImportReport:
    """Import a copy of the tracker's fixture: refused rows come back in a file beside it."""
    path = folder / f"{name}.csv"
    path.write_bytes(FIXTURES[name].read_bytes())
    return import_file(small.store, small.workspace, "calls", path, usual=known_mapping(path, "calls"))


def records(small: Small) -> dict[str, dict[str, Any]]:
    with small.store.read() as connection:
        found = open_records(connection, small.workspace.id, "call", list(range(1, 20)), unmask=True)
    return {one["key"]: one for one in found.values()}


@pytest.mark.parametrize("name", TRACKERS)
def test_a_log_is_recognised_read_and_counted(small: Small, tmp_path: Path, name: str) -> None:
    """One row of each log cannot be a call and comes back with its reason; the same file again changes nothing."""
    report = take(small, name, tmp_path)
    assert report.tally.refused == 1
    inbound, answered, missed, channels = WANTED[name]
    values = [small.value(key) for key in ("inbound_calls", "inbound_answered", "missed")]
    assert values == [inbound, answered, missed]
    assert small.cut("inbound_calls", "channel") == channels
    assert take(small, name, tmp_path).tally.created == 0


def test_callrail_tells_class_voicemail_and_the_moment(small: Small, tmp_path: Path) -> None:
    """09:15 at -04:00 is 13:15 UTC; leads are target calls, no leads junk."""
    take(small, "callrail", tmp_path)
    found = records(small)
    assert found["CAL01"]["record"]["ringing_at"].startswith("2025-07-01T13:15:00")
    assert found["CAL01"]["people"]["phone"] == ["+12125550101"]
    assert small.cut("inbound_calls", "cause")["voicemail"] == 1
    assert (small.value("target_calls"), small.value("junk_calls"), small.value("dials")) == (1, 1, 1)


def test_calltrackingmetrics_writes_numbers_in_brackets(small: Small, tmp_path: Path) -> None:
    take(small, "calltrackingmetrics", tmp_path)
    assert small.cut("missed", "cause") == {"busy": 1, "no_answer": 1, "voicemail": 1}
    assert found_talk(records(small), "7001") == 185


def test_ringostat_tells_in_its_own_zone_and_keeps_words_nobody_knows(small: Small, tmp_path: Path) -> None:
    """09:15 in Kyiv's summer is 06:15 UTC; a callback comes in; WEIRD stays as the words it was."""
    take(small, "ringostat", tmp_path)
    found = records(small)
    assert found["us-1"]["record"]["ringing_at"].startswith("2025-07-01T06:15:00")
    assert found["us-5"]["record"]["raw_cause"] == "WEIRD"
    assert small.cut("inbound_calls", "result")["unknown"] == 1
    assert small.value("repeat_calls") == 1


def found_talk(found: dict[str, dict[str, Any]], key: str) -> int:
    return int(found[key]["record"]["talk_seconds"])


def test_the_preview_shows_the_trackers_own_reading(small: Small) -> None:
    """And what somebody chose for these columns before goes first; another file is nobody's."""
    path = FIXTURES["callrail"]
    shown = preview_file(small.store, small.workspace, "calls", path, usual=known_mapping(path, "calls"))
    assert shown.mapping.fields["customer_phone"].column == "customer_phone_number"
    assert known_mapping(path, "leads") is None
    assert known_log(["id", "time", "caller"]) is None
