"""The commands about scores of leads: ``huasuan leads``."""

from typing import Annotated

import typer

from huasuan.app.cli.language import say
from huasuan.app.cli.main import app

leads = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=say(zh="线索", en="Leads."), name="leads")
app.add_typer(leads)


@leads.callback()
def _leads() -> None:
    """More than one command may come."""


@leads.command(
    "train",
    help=say(
        zh="用本企业自己的线索和成交重新学习评分，并给未关闭的线索重新评分",
        en="Learn the score anew from your own leads and sales, and score open leads by it.",
    ),
)
def train(
    *, as_json: Annotated[bool, typer.Option("--json", help=say(zh="以 JSON 输出", en="write JSON"))] = False
) -> None:
    """Learn the score."""
    import json

    from huasuan.app.cli.reaching import answered
    from huasuan.app.settings import load_settings

    made = answered(load_settings(), "train", {})
    if as_json:
        typer.echo(json.dumps(made, ensure_ascii=False))
    elif made["model"] is None:
        typer.echo(
            say(
                zh=f"{made['leads']} 条线索、{made['won']} 条成交，太少，无法学习"
                "（至少 50 条成交和 50 条未成交）：继续按规则评分",
                en=f"{made['leads']} leads with {made['won']} sales are too few to learn from (at least 50 that bought "
                "and 50 that did not): rules go on scoring",
            )
        )
    else:
        typer.echo(
            say(
                zh=f"已从 {made['leads']} 条线索（{made['won']} 条成交）学习：{made['model']}，最近五分之一上 AUC "
                f"{_three(made['auc'])}，校准误差 {made['calibration_error']:.3f}；重新评分 {made['scored']} 条",
                en=f"Learnt from {made['leads']} leads ({made['won']} sales): {made['model']}, on the latest fifth AUC "
                f"{_three(made['auc'])}, calibration error {made['calibration_error']:.3f}; "
                f"{made['scored']} scored anew",
            )
        )


def _three(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"
