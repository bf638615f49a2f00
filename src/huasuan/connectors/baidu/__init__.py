"""Baidu: valid and invalid conversions of its bidding by conversions (OCPC)."""

from huasuan.connectors.baidu.connector import BAIDU

__all__ = ["BAIDU"]
