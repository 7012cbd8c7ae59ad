"""Queries of the hottest page: Django makes their SQL once in a process, PostgreSQL plans them once in a connection.

Otherwise both happen anew for each call, which for a short query takes far longer than finding its rows; and what comes
out is the same each time but for the values. The page is often asked for and must be quick, so it is worth the trouble.
"""

import functools
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import psycopg
from django.db import connection
from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)
Convert = Callable[[Any], Any]


class Prepared(Generic[M]):
    """``@Prepared`` on a function of UUIDs that returns a queryset: calling it gives the rows, as a list.

    The values must stand in the query as they are, and nothing else may depend on them, save on how many there are.
    """

    def __init__(self, query: Callable[..., QuerySet[M]]) -> None:
        functools.update_wrapper(self, query)
        self._query = query
        self._statements: dict[int, Statement] = {}

    def __call__(self, *values: uuid.UUID) -> list[M]:
        statement = self.statement(len(values))
        return [statement.instance(row) for row in statement.rows(values)]

    def statement(self, values: int) -> "Statement":
        """What is sent for so many values."""
        return self._statements.get(values) or self._make(values)

    def _make(self, count: int) -> "Statement":
        stand_ins = [uuid.uuid4() for _ in range(count)]
        statement = Statement.of(self._query(*stand_ins), stand_ins)
        if {one.number for one in statement.params if isinstance(one, Place)} != set(range(count)):
            raise TypeError(f"{self._query.__name__} does not use each of its values as it is")
        self._statements[count] = statement
        return statement


@dataclass(frozen=True)
class Place:
    """Where the value with this number goes."""

    number: int


class _Cursor(psycopg.Cursor[Any]):
    """Values travel beside the statement, which PostgreSQL keeps with its plan (Django's own cursor writes them in)."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        return super().execute(query, params, prepare=True, **options)


@dataclass(frozen=True)
class Statement:
    """A query as it is sent, and how its rows become objects: the model's columns first, then annotations.

    ``params`` are in PostgreSQL's order: a ``Place`` for each of the caller's values, and what is always the same.
    """

    model: type[Model]
    sql: str
    params: list[Any]
    columns: list[str]
    annotations: dict[str, int]
    converts: list[tuple[int, Convert]]

    @classmethod
    def of(cls, queryset: QuerySet[Any], stand_ins: list[uuid.UUID]) -> "Statement":
        compiler = queryset.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        places = {stand_in: Place(number) for number, stand_in in enumerate(stand_ins)}
        return cls(
            model=queryset.model,
            sql=sql,
            params=[places.get(one, one) if isinstance(one, uuid.UUID) else one for one in params],
            columns=[compiler.select[at][0].target.attname for at in compiler.klass_info["select_fields"]],
            annotations=dict(compiler.annotation_col_map),
            converts=[
                (at, functools.partial(_convert, convert, expression))
                for at, (converters, expression) in compiler.get_converters(
                    [selected for selected, _sql, _alias in compiler.select]
                ).items()
                for convert in converters
            ],
        )

    def rows(self, values: tuple[uuid.UUID, ...]) -> list[tuple[Any, ...]]:
        connection.ensure_connection()
        cursor: Any = _Cursor(connection.connection)
        with connection.make_cursor(cursor) as wrapped:
            wrapped.execute(self.sql, [values[one.number] if isinstance(one, Place) else one for one in self.params])
            found: list[tuple[Any, ...]] = wrapped.fetchall()
        if connection.queries_logged:
            # Django's own log of queries asks its cursor for the text with the values written in, which this has not.
            connection.queries_log.append({"sql": self.sql, "time": ""})
        return found

    def instance(self, row: tuple[Any, ...]) -> Any:
        cells = list(row)
        for at, convert in self.converts:
            cells[at] = convert(cells[at])
        found = self.model.from_db(connection.alias, self.columns, cells[: len(self.columns)])
        for name, at in self.annotations.items():
            setattr(found, name, cells[at])
        return found


def _convert(converter: Callable[..., Any], expression: Any, value: Any) -> Any:
    return converter(value, expression, connection)
