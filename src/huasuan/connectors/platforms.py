"""Every platform that can be told conversions, by the name of its folder."""

from collections.abc import Mapping
from typing import Final

from huasuan.connectors.baidu import BAIDU
from huasuan.connectors.ga4 import GA4
from huasuan.connectors.google_ads import GOOGLE_ADS
from huasuan.connectors.oceanengine import OCEAN_ENGINE
from huasuan.connectors.tencent import TENCENT
from huasuan.connectors.webhook import WEBHOOK
from huasuan.connectors.yandex import YANDEX
from huasuan.journeys import Platform

PLATFORMS: Final[Mapping[str, Platform]] = {
    one.name: one for one in (GOOGLE_ADS, GA4, BAIDU, OCEAN_ENGINE, TENCENT, YANDEX, WEBHOOK)
}
