"""Queries of the hottest page whose SQL is made once in a process.

Django makes a query's SQL anew for each call, which for a short query takes longer than PostgreSQL takes to answer it;
and what comes out is the same each time but for the values.
"""

import functools
import uuid
from collections.abc import Callable
from typing import Generic, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


class Prepared(Generic[M]):
    """``@Prepared`` on a function of UUIDs that returns a queryset: calling it gives the rows, as a list.

    The values must stand in the query as they are, and nothing else may depend on them, save on how many there are.
    """

    def __init__(self, query: Callable[..., QuerySet[M]]) -> None:
        functools.update_wrapper(self, query)
        self._query = query
        self._made: dict[int, tuple[type[M], str, tuple[object, ...]]] = {}

    def __call__(self, *values: uuid.UUID) -> list[M]:
        if len(values) not in self._made:
            self._made[len(values)] = self._make(len(values))
        model, sql, places = self._made[len(values)]
        params = [values[place.number] if isinstance(place, _Place) else place for place in places]
        return list(model._default_manager.raw(sql, params))

    def _make(self, count: int) -> tuple[type[M], str, tuple[object, ...]]:
        """The model, the SQL, and its parameters with a place for each value."""
        stand_ins = [uuid.uuid4() for _ in range(count)]
        queryset = self._query(*stand_ins)
        sql, params = queryset.query.get_compiler(connection=connection).as_sql()
        places = {stand_in: _Place(number) for number, stand_in in enumerate(stand_ins)}
        known = tuple(places.get(one, one) if isinstance(one, uuid.UUID) else one for one in params)
        if {one.number for one in known if isinstance(one, _Place)} != set(range(count)):
            raise TypeError(f"{self._query.__name__} does not use each of its values as it is")
        return queryset.model, sql, known


class _Place:
    """Where the value with this number goes."""

    def __init__(self, number: int) -> None:
        self.number = number
