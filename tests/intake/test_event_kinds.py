"""Records of what happens around calls and leads: by JSON, by a Chinese file, taken back, refused where impossible."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from huasuan.intake import KINDS, deliver, import_file, undo_batch
from huasuan.people import Workspace, WorkspaceSettings, create_workspace
from huasuan.store import Store

# kind: (name of the file, its lines, what the first row says in JSON)
WHEN = "2026-03-05T09:00:00+08:00"
FILES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "list_record": (
        "名单记录",
        "编号,导入时间,名单,状态,供应商,手机号\na,2026-03-05 09:00,A,重复,甲,13800138000\n",
        {"imported_at": WHEN, "list": "A", "status": "duplicate", "supplier": "甲", "phone": "13800138000"},
    ),
    "campaign_target": (
        "目标客户",
        "编号,活动开始时间,活动,手机号\na,2026-03-05 09:00,春,13800138000\n",
        {"targeted_at": WHEN, "campaign": "春", "phone": "13800138000"},
    ),
    "bot_verdict": (
        "机器人结论",
        "编号,时间,意向等级,转人工时间,移交方式,手机号\na,2026-03-05 09:00,A类,2026-03-05 09:00,转接,13800138000\n",
        {"at": WHEN, "verdict": "high_intent", "handed_at": WHEN, "mode": "live", "phone": "13800138000"},
    ),
    "meeting": (
        "会议",
        "会议编号,预约时间,会议时间,预约方式,手机号\na,2026-03-05 09:00,2026-03-05 09:00,电话,13800138000\n",
        {"booked_at": WHEN, "starts_at": WHEN, "via": "phone", "phone": "13800138000"},
    ),
    "handover": (
        "移交",
        "移交编号,移交时间,裁定,拒绝原因,线索编号\na,2026-03-05 09:00,拒绝,太小,l1\n",
        {"handed_at": WHEN, "verdict": "rejected", "reason": "太小", "lead": "l1"},
    ),
    "lead_quality": (
        "线索质量",
        "评分编号,评分时间,预算,需求,销售评分,线索编号\na,2026-03-05 09:00,80,40,4,l1\n",
        {"scored_at": WHEN, "budget": 80, "need": 40, "rating": 4, "lead": "l1"},
    ),
    "message": (
        "短信",
        "短信编号,发送时间,送达时间,模板,手机号\na,2026-03-05 09:00,2026-03-05 09:00,T1,13800138000\n",
        {"sent_at": WHEN, "delivered_at": WHEN, "template": "T1", "phone": "13800138000"},
    ),
    "callback_request": (
        "回呼请求",
        "请求编号,请求时间,失败方,手机号\na,2026-03-05 09:00,客户未接,13800138000\n",
        {"requested_at": WHEN, "failed_side": "customer", "phone": "13800138000"},
    ),
    "complaint": (
        "投诉",
        "投诉编号,投诉时间,投诉原因,手机号\na,2026-03-05 09:00,太早,13800138000\n",
        {"received_at": WHEN, "reason": "太早", "phone": "13800138000"},
    ),
    "opt_out": (
        "退订",
        "退订编号,退订时间,生效时间,退订方式,手机号\na,2026-03-05 09:00,2026-03-05 09:00,短信,13800138000\n",
        {"received_at": WHEN, "blocked_at": WHEN, "via": "sms", "phone": "13800138000"},
    ),
    "decision": (
        "拦截",
        "裁定编号,裁定时间,裁定,规则,手机号\na,2026-03-05 09:00,拦截,R01;R02,13800138000\n",
        {"decided_at": WHEN, "verdict": "block", "rules": ["R01", "R02"], "phone": "13800138000"},
    ),
    "survey_answer": (
        "满意度",
        "答卷编号,答题时间,满意度,通话ID\na,2026-03-05 09:00,5,k1\n",
        {"answered_at": WHEN, "score": 5, "call": "k1"},
    ),
    "quality_score": (
        "质检",
        "质检编号,质检时间,通话ID,得分,满分,一票否决\na,2026-03-05 09:00,k1,80,100,否\n",
        {"scored_at": WHEN, "call": "k1", "points": "80", "max_points": "100", "critical_fail": False},
    ),
    "transcript_hit": (
        "关键词命中",
        "编号,通话ID,关键词,说话方,次数\na,k1,退款,客户,2\n",
        {"call": "k1", "keyword": "退款", "side": "customer", "hits": 2},
    ),
    "sentiment": (
        "情绪",
        "编号,通话ID,角色,阶段,情绪值\na,k1,坐席,开头,-0.5\n",
        {"call": "k1", "side": "agent", "part": "start", "score": "-0.5"},
    ),
    "number_tag": (
        "号码标记",
        "编号,号码,标记时间,标记内容,平台\na,02188880001,2026-03-05 09:00,骚扰电话,360\n",
        {"own_number": "+862188880001", "tagged_at": WHEN, "tag": "骚扰电话", "supplier": "360"},
    ),
    "planned_state": (
        "排班计划",
        "编号,工号,计划状态,开始时间,结束时间\na,A1,小休,2026-03-05 09:00,2026-03-05 10:00\n",
        {"agent": "A1", "state": "break", "started_at": WHEN, "ended_at": "2026-03-05T10:00:00+08:00"},
    ),
}


@pytest.fixture
def business(sqlite_store: Store) -> Workspace:
    with sqlite_store.write() as connection:
        return create_workspace(connection, name="test", settings=WorkspaceSettings())


def present(store: Store, kind: str) -> list[dict[str, Any]]:
    """The own columns of what is there."""
    table = KINDS[kind].table
    with store.read() as connection:
        rows = connection.execute(select(table).order_by(table.c.seq)).mappings().all()
    newest = {row["first_seq"] or row["seq"]: row for row in rows}
    return [{name: row[name] for name in KINDS[kind].columns} for row in newest.values() if not row["gone"]]


@pytest.mark.parametrize("kind", FILES)
def test_a_file_says_what_json_says(sqlite_store: Store, business: Workspace, tmp_path: Path, kind: str) -> None:
    name, text, record = FILES[kind]
    path = tmp_path / "file.csv"
    path.write_text(text, encoding="utf-8")
    report = import_file(sqlite_store, business, name, path)
    assert (report.kind, report.tally.created, report.tally.refused, report.unused) == (kind, 1, 0, ())
    (imported,) = present(sqlite_store, kind)
    assert report.batch is not None
    undo_batch(sqlite_store, workspace=business.id, batch=report.batch)
    assert present(sqlite_store, kind) == []
    done = deliver(sqlite_store, workspace=business.id, kind_name=kind, source="api", records=[{"key": "b", **record}])
    assert [(one.status, one.text and one.text.en) for one in done.outcomes] == [("created", None)]
    assert present(sqlite_store, kind) == [imported]


IMPOSSIBLE: list[tuple[str, dict[str, Any], str]] = [
    ("handover", {"handed_at": WHEN, "verdict": "rejected"}, "no_reason"),
    ("lead_quality", {"scored_at": WHEN, "need": 101}, "score_out_of_range"),
    ("lead_quality", {"scored_at": WHEN, "rating": 0}, "score_out_of_range"),
    ("lead_quality", {"scored_at": WHEN, "fit_weight": -1}, "score_out_of_range"),
    ("survey_answer", {"answered_at": WHEN, "score": 6}, "score_out_of_range"),
    ("sentiment", {"call": "k", "side": "agent", "score": "1.01"}, "score_out_of_range"),
    ("quality_score", {"scored_at": WHEN, "points": "5"}, "no_points"),
    ("quality_score", {"scored_at": WHEN, "points": "5", "max_points": "4"}, "points_out_of_range"),
    ("quality_score", {"scored_at": WHEN, "points": "0", "max_points": "0"}, "points_out_of_range"),
    (
        "planned_state",
        {"agent": "a", "state": "work", "started_at": WHEN, "ended_at": "2026-03-05T08:00:00+08:00"},
        "times_out_of_order",
    ),
]


@pytest.mark.parametrize(("kind", "record", "code"), IMPOSSIBLE)
def test_what_cannot_be_is_refused(
    sqlite_store: Store, business: Workspace, kind: str, record: dict[str, Any], code: str
) -> None:
    done = deliver(sqlite_store, workspace=business.id, kind_name=kind, source="api", records=[{"key": "a", **record}])
    assert [one.code for one in done.outcomes] == [code]
    assert present(sqlite_store, kind) == []


def test_points_are_added_up_from_criteria(sqlite_store: Store, business: Workspace) -> None:
    """2 × 3 of 2 × 5, and 4 of 10: 10 of 20."""
    lines = [
        {"criterion": "tone", "points": "3", "max_points": "5", "weight": "2"},
        {"criterion": "product", "points": "4", "max_points": "10"},
    ]
    record = {"key": "a", "scored_at": WHEN, "call": "k", "criteria": lines}
    deliver(sqlite_store, workspace=business.id, kind_name="quality_score", source="api", records=[record])
    (score,) = present(sqlite_store, "quality_score")
    assert (score["points"], score["max_points"]) == ("10", "20")
