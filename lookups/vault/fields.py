"""Sealed model fields: clear in Python, sealed in the row.

A field does not know its row in ``from_db_value``, so a descriptor does the work: reading the attribute unseals with
the row's own context, assigning seals at once. What travels between the model and the database is always a ``Sealed``;
a plain str on its way to the database (``filter(phone_number="…")``, ``update(…)``) is refused.
"""

import json
from typing import Any

from django.db import models

from lookups.vault.sealing import Sealer


class Sealed:
    """A sealed value. Shows nothing of itself."""

    __slots__ = ("blob",)

    def __init__(self, blob: bytes) -> None:
        self.blob = bytes(blob)

    def __repr__(self) -> str:
        return "<sealed>"


class _SealedAttribute:
    def __init__(self, field: "SealedField") -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: type | None = None) -> Any:
        if instance is None:
            return self
        if self.field.attname not in instance.__dict__:
            instance.refresh_from_db(fields=[self.field.attname])
        value = instance.__dict__[self.field.attname]
        if value is None:
            return None
        return self.field.read(self.field.sealer(instance).unseal(value.blob, context=self.field.context(instance)))

    def __set__(self, instance: models.Model, value: Any) -> None:
        if value is not None and not isinstance(value, Sealed):
            value = self.field.seal_for(instance, value)
        instance.__dict__[self.field.attname] = value


class SealedField(models.BinaryField):  # type: ignore[type-arg]  # generic in the stubs only
    """Base of the sealed fields. ``key_from`` names the attribute whose value the key is derived from (a feed's id)."""

    descriptor_class = _SealedAttribute

    def __init__(self, *args: Any, key_from: str = "", **kwargs: Any) -> None:
        self.key_from = key_from
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        if self.key_from:
            kwargs["key_from"] = self.key_from
        return name, path, args, kwargs

    def write(self, value: Any) -> bytes:
        """The clear value as bytes; raises TypeError for what the field does not hold."""
        if not isinstance(value, str):
            raise TypeError(f"{self.name} holds text")
        return value.encode()

    def read(self, plain: bytes) -> Any:
        """The clear value from its bytes."""
        return plain.decode()

    def sealer(self, instance: models.Model) -> Sealer:
        return Sealer(f"{self.name}:{getattr(instance, self.key_from)}" if self.key_from else "")

    def context(self, instance: models.Model) -> str:
        return sealing_context(self.model._meta.db_table, str(self.column), instance.pk)

    def seal_for(self, instance: models.Model, value: Any) -> Sealed:
        """``value`` sealed for ``instance``, whose id (and ``key_from``) must be set before."""
        return Sealed(self.sealer(instance).seal(self.write(value), context=self.context(instance)))

    def pre_save(self, model_instance: models.Model, add: bool) -> Sealed | None:
        """What is written is what the row held or holds sealed, not what the attribute reads as."""
        sealed: Sealed | None = model_instance.__dict__[self.attname]
        return sealed

    def from_db_value(self, value: Any, *_: Any) -> Sealed | None:
        return None if value is None else Sealed(value)

    def get_prep_value(self, value: Any) -> bytes | None:
        if value is None:
            return None
        if not isinstance(value, Sealed):
            raise TypeError(f"{self.name} is sealed: set it on an object, it cannot be searched or updated in clear.")
        return value.blob

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return value if prepared else self.get_prep_value(value)

    def get_default(self) -> Any:
        return None

    def value_to_string(self, obj: models.Model) -> str:
        raise TypeError(f"{self.name} is sealed and not serialised.")


class SealedTextField(SealedField):
    """Text, sealed. Read as str."""


class SealedBytesField(SealedField):
    """Bytes, sealed: a file of a few megabytes."""

    def write(self, value: Any) -> bytes:
        if not isinstance(value, bytes):
            raise TypeError(f"{self.name} holds bytes")
        return value

    def read(self, plain: bytes) -> Any:
        return plain


class SealedJSONField(SealedField):
    """Anything JSON can hold, sealed."""

    def write(self, value: Any) -> bytes:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()

    def read(self, plain: bytes) -> Any:
        return json.loads(plain)


def sealing_context(table: str, column: str, row_id: Any) -> str:
    """What a sealed value is bound to: ``table.column:row id``."""
    return f"{table}.{column}:{row_id}"
