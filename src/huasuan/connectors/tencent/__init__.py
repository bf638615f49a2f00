"""Tencent Ads: user actions by click id."""

from huasuan.connectors.tencent.connector import TENCENT

__all__ = ["TENCENT"]
