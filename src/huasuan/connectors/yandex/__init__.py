"""Yandex Metrica: offline conversions and calls."""

from huasuan.connectors.yandex.connector import YANDEX

__all__ = ["YANDEX"]
