"""GET /metrics: what can be asked."""

from fastapi import APIRouter

router = APIRouter(tags=["questions"])
