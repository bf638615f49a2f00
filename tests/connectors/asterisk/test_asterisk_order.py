"""Neither the order of lines nor repeated lines nor the kind of newline change a call."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from huasuan.connectors.asterisk import LoggedCall, LoggedFault, read_logs

DATA = Path(__file__).parents[2] / "data" / "asterisk"
NAMES = {"cdr": "Master.csv", "cel": "cel-Master.csv", "queue_log": "queue_log"}
LINES = {kind: (DATA / name).read_bytes().splitlines() for kind, name in NAMES.items()}
CUSTOM = (DATA / "cdr-custom.csv").read_bytes().splitlines()


def read(lines: dict[str, list[bytes]], newline: bytes = b"\n") -> list[LoggedCall | LoggedFault]:
    with TemporaryDirectory() as folder:
        paths = {kind: Path(folder) / kind for kind in lines}
        for kind, path in paths.items():
            path.write_bytes(newline.join([*lines[kind], b""]))
        return list(read_logs(**paths))


WHOLE = read(LINES)


@settings(max_examples=40, deadline=None)
@given(
    shuffled=st.tuples(*(st.permutations(lines) for lines in LINES.values())),
    repeats=st.integers(0, 10),
    newline=st.sampled_from([b"\n", b"\r\n"]),
)
def test_any_order_of_lines_gives_the_same_calls(shuffled, repeats, newline):
    lines = {kind: [*found, *found[:repeats]] for kind, found in zip(LINES, shuffled, strict=True)}
    assert read(lines, newline) == WHOLE


@settings(max_examples=20, deadline=None)
@given(lines=st.permutations(CUSTOM))
def test_any_order_of_cdr_custom_lines_gives_the_same_calls(lines):
    assert read({"cdr": lines}) == read({"cdr": CUSTOM})


def test_the_order_in_which_files_are_named_does_not_matter():
    assert read(dict(reversed(LINES.items()))) == WHOLE


@settings(max_examples=40, deadline=None)
@given(junk=st.lists(st.binary(min_size=1, max_size=40).filter(lambda raw: b"\n" not in raw), min_size=1, max_size=9))
def test_junk_lines_become_faults_and_leave_the_calls_alone(junk):
    filled = [line for line in junk if line.rstrip(b"\r").strip()]
    found = read({**LINES, "cdr": [*LINES["cdr"], *junk]})
    faults = [item for item in found if isinstance(item, LoggedFault)]
    assert [item for item in found if isinstance(item, LoggedCall)] == WHOLE
    assert len(faults) == len(filled)
    assert all(fault.line > 23 and fault.file == "cdr" for fault in faults)


@settings(max_examples=25, deadline=None)
@given(cut=st.integers(1, 22), keep=st.sampled_from(["cdr", "cel", "queue_log"]))
def test_a_cut_off_log_never_raises_and_never_invents_calls(cut, keep):
    found = read({keep: LINES[keep][:cut]})
    assert {item.source_key for item in found} <= {item.source_key for item in WHOLE}
