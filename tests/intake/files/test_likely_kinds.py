"""Which kind a file is taken for at first, by its columns alone: those of people's exports, and every file at hand."""

from pathlib import Path

import pytest

from huasuan.intake.file_preview import likely_kinds

ROOT = Path(__file__).parents[3]
COLUMNS = {
    "lead": (
        "线索编号,创建时间,姓名,手机号,来源,意向产品,评分",
        "姓名,电话,公司,来源渠道,提交时间",
        "客户姓名,联系电话,线索来源,留资时间,备注",
        "客户编号,客户姓名,电话,线索来源,创建时间",
        "姓名,手机号,邮箱,公司,来源",
        "姓名,电话,需求",
        "id,created_at,name,phone,source,score",
        "Lead ID,Created,Full name,Phone,Email,Company,Lead source",
        "id,created_time,ad_name,campaign_name,form_name,platform,full_name,phone_number",
        "name,phone,source",
        "name,phone,email,status",
        "key,created_at,phone,source,name",
    ),
    "customer": (
        "客户编号,姓名,手机号,公司,地区",
        "客户名称,电话,邮箱,地址,创建时间",
        "客户编号,客户名称,电话,客户来源,地址",
        "姓名,手机号,邮箱,公司",
        "customer_id,name,phone,email,company,city",
        "name,phone,email",
    ),
    "call": (
        "主叫号码,被叫号码,开始时间,接通时间,通话时长,坐席",
        "id,direction,start_time,answered,duration,lead_status",
    ),
    "deal": ("订单号,客户电话,下单时间,付款时间,订单金额",),
    "touch": ("time,phone,channel,source,campaign",),
    "company": ("公司名称,行业,规模",),
}
FILES = {
    **dict.fromkeys(ROOT.glob("src/huasuan/connectors/*/fixtures/costs.*.csv"), "cost"),
    **dict.fromkeys(ROOT.glob("src/huasuan/connectors/*/fixtures/calls.csv"), "call"),
}


@pytest.mark.parametrize(
    ("kind", "header"), [(kind, header) for kind, headers in COLUMNS.items() for header in headers]
)
def test_columns_tell_the_kind(tmp_path: Path, kind: str, header: str) -> None:
    file = tmp_path / "export.csv"
    file.write_text(f"{header}\n{','.join('x' for _ in header.split(','))}\n", encoding="utf-8")
    assert likely_kinds(file)[0] == kind


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parts[-3]}-{file.name}")
def test_a_file_of_a_platform_is_taken_for_what_it_is(file: Path) -> None:
    assert likely_kinds(file)[0] == FILES[file]


def test_there_are_files_of_platforms() -> None:
    assert len(FILES) > 10
