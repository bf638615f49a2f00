"""A recording is played by range from the one folder set for it; no reference leads out of that folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.people.visitors import House, found_owner, house, settle
from huasuan.app.recordings import recording_at
from huasuan.intake import deliver
from huasuan.kernel.errors import NotFound
from huasuan.people import Role, Workspace
from huasuan.store import Store

SOUND = bytes(range(256)) * 4


def _call(key: str, recording: str | None) -> dict[str, str]:
    call = {"key": key, "direction": "out", "dialed_at": "2026-07-01T02:00:00Z", "called": "13900000001"}
    return call if recording is None else call | {"recording": recording}


@pytest.fixture
def here(store: Store, workspace: Workspace, tmp_path: Path) -> Iterator[House]:
    folder = tmp_path / "recordings"
    (folder / str(workspace.id) / "2026").mkdir(parents=True)
    (folder / str(workspace.id) / "2026" / "a.wav").write_bytes(SOUND)
    calls = [_call("c1", "2026/a.wav"), _call("c2", "2026/gone.wav"), _call("c3", None)]
    deliver(store, workspace=workspace.id, kind_name="call", source="pbx", records=calls, origin="test")
    with house(store, tmp_path, recordings=folder) as found:
        found_owner(store)
        yield found


@pytest.fixture
def owner(here: House) -> TestClient:
    return here.signed_in("owner@example.com")


def _numbers(owner: TestClient) -> dict[str, int]:
    calls = owner.get("/api/v1/calls").json()["calls"]
    assert {call["key"]: call["recording"] for call in calls} == {"c1": True, "c2": True, "c3": False}
    return {call["key"]: call["fact_id"] for call in calls}


def test_a_player_gets_the_part_it_asks_for_and_hearing_is_written_down(owner: TestClient) -> None:
    address = f"/api/v1/calls/{_numbers(owner)['c1']}/recording"
    whole = owner.get(address)
    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, SOUND, "audio/wav")
    assert whole.headers["accept-ranges"] == "bytes"
    part = owner.get(address, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, SOUND[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(SOUND)}"
    assert owner.get(address, headers={"Range": "bytes=9000-"}).status_code == 416
    heard = owner.get("/api/v1/audit", params={"action": "recording"}).json()["entries"]
    assert len(heard) == 1, "one listening, however many parts"


def test_what_is_not_there_or_was_never_named_is_not_found(owner: TestClient) -> None:
    numbers = _numbers(owner)
    for key in ("c2", "c3"):
        assert owner.get(f"/api/v1/calls/{numbers[key]}/recording").json()["code"] == "no_recording"
    assert owner.get("/api/v1/calls/999/recording").status_code == 404


def test_listening_needs_its_right(here: House, workspace: Workspace, owner: TestClient) -> None:
    settle(here.store, email="reader@example.com", workspace=workspace.id, role=Role.READ_ONLY)
    address = f"/api/v1/calls/{_numbers(owner)['c1']}/recording"
    assert here.signed_in("reader@example.com").get(address).json()["code"] == "no_right"


@pytest.mark.parametrize(
    "reference",
    [
        "../secret.wav",
        "a/../../secret.wav",
        "/etc/passwd",
        "..\\secret.wav",
        "C:\\secret.wav",
        "link.wav",
        "folder.wav",
        "notes.txt",
        "a.wav\0.txt",
        "",
        "https://evil.example/a.wav",
    ],
)
def test_no_reference_leads_out_of_the_folder(tmp_path: Path, reference: str) -> None:
    ours = tmp_path / "recordings" / "1"
    (ours / "a").mkdir(parents=True)
    (ours / "folder.wav").mkdir()
    (ours / "notes.txt").write_text("x")
    (tmp_path / "secret.wav").write_bytes(SOUND)
    (tmp_path / "recordings" / "secret.wav").write_bytes(SOUND)
    (ours / "link.wav").symlink_to(tmp_path / "secret.wav")
    with pytest.raises(NotFound):
        recording_at(tmp_path / "recordings", 1, reference)


def test_a_workspace_hears_nothing_of_another_even_by_the_same_path(tmp_path: Path) -> None:
    for workspace in ("1", "2"):
        (tmp_path / workspace).mkdir()
    (tmp_path / "2" / "a.wav").write_bytes(SOUND)
    assert recording_at(tmp_path, 2, "a.wav").path.read_bytes() == SOUND
    for reference in ("a.wav", "2/a.wav", "../2/a.wav"):
        with pytest.raises(NotFound):
            recording_at(tmp_path, 1, reference)


def test_the_folder_of_a_workspace_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "pbx").mkdir()
    (tmp_path / "pbx" / "a.wav").write_bytes(SOUND)
    (tmp_path / "recordings").mkdir()
    (tmp_path / "recordings" / "1").symlink_to(tmp_path / "pbx")
    assert recording_at(tmp_path / "recordings", 1, "a.wav").media_type == "audio/wav"


def test_without_a_folder_nothing_is_played() -> None:
    with pytest.raises(NotFound):
        recording_at(None, 1, "a.wav")
