"""The shapes of what is answered about ways to a sale; see ``shapes``."""

from pydantic import BaseModel

from huasuan.app.http.shape_words import BothLanguages


class WayBody(BaseModel):
    """Sales that came the same way; money net of what came back."""

    steps: list[str | None]
    conversions: int
    value: str
    length: float
    days: float


class BeforeDirect(BaseModel):
    """What stood before direct visits; no step: nothing did."""

    step: str | None
    visits: int
    conversions: int


class WaysToASale(BaseModel):
    """The commonest ways to a sale, and what precedes direct visits."""

    currency: str
    rows: list[WayBody]
    before_direct: list[BeforeDirect]


class CreditSure(BaseModel):
    """Low and high end of what a step is credited with; null with the reason."""

    conversions: list[str] | None
    value: list[str] | None
    reason: BothLanguages | None


class CreditedBody(BaseModel):
    """What a step is credited with, in the order of the models; ``sure`` only where intervals were asked for."""

    step: str | None
    conversions: list[str]
    value: list[str]
    assisted: int
    last: int
    sure: list[CreditSure | None] | None


class ModelsSideBySide(BaseModel):
    """Models of attribution beside each other; each sums to the same."""

    currency: str
    models: list[str]
    rows: list[CreditedBody]
    interval_method: BothLanguages | None


class LostSales(BaseModel):
    """What is lost without a step: its share of the sales, and how many that is."""

    step: str
    share: float
    sales: float


class RemovalEffects(BaseModel):
    """``gone``: people who did not buy; ``left_out``: people who had a touch within the look-back and still may."""

    sold: int
    gone: int
    left_out: int
    note: BothLanguages
    rows: list[LostSales]


class WhyTouchBody(BaseModel):
    """A touch of a deal with its share under each model."""

    position: int
    kind: str
    channel: str | None
    campaign: str | None
    keyword: str | None
    agent: str | None
    at: str
    days_before: float
    shares: list[str]
    value: list[str]


class WhyCredited(BaseModel):
    """Every touch of a deal."""

    currency: str
    models: list[str]
    touches: list[WhyTouchBody]


# (address without the prefix, model of its answer)
