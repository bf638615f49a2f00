"""How a request says whom it is about: by a telephone number or an e-mail address."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from huasuan.facts.marks import Identity
from huasuan.intake import phone_number

Number = Annotated[str, Field(min_length=3, max_length=60, description="As people write it, or in E.164 form")]
Email = Annotated[
    str, Field(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$", description="An e-mail address")
]


class PersonBody(BaseModel):
    """Who it is about: by a number, or by an e-mail address."""

    model_config = ConfigDict(extra="forbid")

    number: Number | None = None
    email: Email | None = None

    @model_validator(mode="after")
    def one_of_both(self) -> Self:
        """Both might be two persons."""
        if (self.number is None) == (self.email is None):
            raise PydanticCustomError("one_person", "give either number or email")
        return self


def identity_in(body: PersonBody) -> Identity:
    """What the person is known by.

    Raises
    ------
    InvalidInput
        ``not_a_phone``
    """
    return ("phone", phone_number(body.number)) if body.number is not None else ("email", str(body.email))
