"""GET /metrics: what can be asked."""

import orjson
from fastapi import APIRouter, Response

from huasuan.app.catalogue import catalogue_json
from huasuan.app.http.access import FiguresReader

router = APIRouter(tags=["questions"])


@router.get("/metrics", summary="What can be asked")
async def get_metrics(_caller: FiguresReader) -> Response:
    """Every metric and dimension with its names, unit and meaning, and the cuts each metric allows."""
    return Response(orjson.dumps(catalogue_json()), media_type="application/json")
