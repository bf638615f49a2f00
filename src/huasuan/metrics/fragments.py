"""Pieces of SQL that definitions are made of, read and checked before they are used."""

from functools import cache

import sqlglot
from sqlglot import exp


class DefinitionError(ValueError):
    """A definition that contradicts itself or the canon."""


@cache
def columns_in(fragment: str) -> frozenset[str]:
    """The columns an SQL fragment reads.

    Raises
    ------
    DefinitionError
        the fragment is not SQL
    """
    try:
        tree = sqlglot.parse_one(fragment, dialect="duckdb")
    except sqlglot.ParseError as error:
        raise DefinitionError(f"not SQL: {fragment!r}") from error
    return frozenset(column.name for column in tree.find_all(exp.Column))
