"""Baidu: valid and invalid conversions of its bidding by conversions (OCPC)."""

from huasuan.connectors.baidu.connector import requests, row_of

__all__ = ["requests", "row_of"]
