"""Conversions to any address, signed."""

from huasuan.connectors.webhook.connector import WEBHOOK

__all__ = ["WEBHOOK"]
