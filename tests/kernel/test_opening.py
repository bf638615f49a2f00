"""Opening hours as people write them."""

import pytest

from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.opening import seconds_of_hours


def test_what_stands_later_replaces() -> None:
    nine, noon, six = 9 * 3600, 12 * 3600, 18 * 3600
    assert seconds_of_hours(("1-2 09:00-18:00", "2 09:00-12:00", "7 0:00-24:00")) == (
        (1, nine, six),
        (2, nine, noon),
        (7, 0, 86_400),
    )
    assert seconds_of_hours(()) == ()


@pytest.mark.parametrize("said", ["", "1-5", "5-1 09:00-18:00", "8 09:00-18:00", "1 18:00-09:00", "1 09:00-24:01"])
def test_what_is_badly_written_is_refused_with_a_remedy(said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        seconds_of_hours(("1-5 09:00-18:00", said))
    assert refused.value.code == "bad_hours"
    assert refused.value.remedy is not None
    assert "1-5 09:00-18:00" in refused.value.remedy.zh
    assert "1-5 09:00-18:00" in refused.value.remedy.en
