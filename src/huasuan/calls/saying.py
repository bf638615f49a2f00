"""What a change of call rules does, in a sentence."""

from decimal import ROUND_HALF_EVEN, Decimal

from huasuan.kernel.text import Text
from huasuan.metrics.call_worth import Trial

STATE_NAMES = {
    "target": Text(zh="目标", en="target"),
    "grey": Text(zh="灰色", en="grey"),
    "junk": Text(zh="垃圾", en="junk"),
    "missed": Text(zh="未接", en="missed"),
    "excluded": Text(zh="排除", en="excluded"),
}
_TENTH = Decimal("0.1")


def said_of(trial: Trial) -> Text:
    """For example: 12 calls change from grey to target; the target share goes from 57 % to 61 %."""
    zh, en = [], []
    for moved in trial.moved:
        before, after = STATE_NAMES[moved.before], STATE_NAMES[moved.after]
        zh.append(f"{moved.calls} 通来电由{before.zh}变为{after.zh}")
        verb = "calls change" if moved.calls != 1 else "call changes"
        en.append(f"{moved.calls} {verb} from {before.en} to {after.en}")
    for name, text in (
        ("unique", Text(zh="唯一来电", en="unique calls")),
        ("unique_target", Text(zh="唯一目标来电", en="unique target calls")),
    ):
        old, new = getattr(trial.before, name), getattr(trial.after, name)
        if old != new:
            zh.append(f"{text.zh}由 {old} 变为 {new}")
            en.append(f"{text.en} go from {old} to {new}")
    old_share, new_share = trial.before.target_share, trial.after.target_share
    if old_share != new_share:
        zh.append(f"目标来电占比由 {_percent(old_share)} 变为 {_percent(new_share)}")
        en.append(f"the target share goes from {_percent(old_share)} to {_percent(new_share)}")
    if not zh:
        return Text(zh="没有来电因此改变。", en="No call changes.")
    return Text(zh="；".join(zh) + "。", en="; ".join(en) + ".")


def _percent(share: Decimal | None) -> str:
    if share is None:
        return "–"
    tenths = (share * 100).quantize(_TENTH, ROUND_HALF_EVEN)
    return f"{tenths.normalize():f} %"
