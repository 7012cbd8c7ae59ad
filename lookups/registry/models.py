"""Feeds, registrations, what changed between feeds, and what citizens have confirmed."""

import uuid
from collections.abc import Iterable
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from lookups.carriers.models import Carrier
from lookups.vault import masking
from lookups.vault.fields import SealedTextField


class FeedKind(models.TextChoices):
    SNAPSHOT = "snapshot", _("full snapshot")
    DELTA = "delta", _("changes only")


class FeedState(models.TextChoices):
    RECEIVED = "received", _("received, waits to be read")
    READING = "reading", _("being read")
    HELD = "held", _("held, nothing was changed yet")
    APPLIED = "applied", _("applied")
    FAILED = "failed", _("failed, nothing was changed")
    DISCARDED = "discarded", _("discarded, nothing was changed")


#: Of these feeds the file itself is kept, sealed.
WITH_FILE = (FeedState.RECEIVED, FeedState.READING, FeedState.HELD)


class CameBy(models.TextChoices):
    COMMAND = "command", _("import command")
    INTERFACE = "interface", _("the carrier's system")
    CONSOLE = "console", _("upload in the console")


class FeedQuerySet(models.QuerySet["Feed"]):
    def waiting(self) -> "FeedQuerySet":
        """Delivered feeds that are to be imported, in the order of their arrival."""
        delivered = self.exclude(came_by=CameBy.COMMAND)
        return delivered.filter(state__in=(FeedState.RECEIVED, FeedState.READING)).order_by("received_at", "id")


class Feed(models.Model):
    """One delivery by a carrier. ``as_of`` is the moment whose state it describes; ``digest`` is the file's SHA-256.

    ``lines`` counts all data lines, ``rejected`` those that were not taken; ``rejects_file`` is the name of their list.
    ``attempts`` counts how often an import of a delivered file was begun. Who uploaded, released or discarded it is
    named by account.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="feeds")
    kind = models.CharField(max_length=16, choices=FeedKind.choices)
    as_of = models.DateTimeField()
    received_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    digest = models.BinaryField(max_length=32)
    size = models.PositiveBigIntegerField(default=0, db_default=0)
    came_by = models.CharField(
        max_length=16, choices=CameBy.choices, default=CameBy.COMMAND, db_default=CameBy.COMMAND.value
    )
    uploaded_by = models.UUIDField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    released_by = models.UUIDField(null=True)
    released_at = models.DateTimeField(null=True)
    discarded_by = models.UUIDField(null=True)
    discarded_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=16, choices=FeedState.choices, default=FeedState.READING)
    problem = models.CharField(max_length=200, blank=True)
    lines = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    started = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    ended = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejects_file = models.CharField(max_length=200, blank=True)

    objects = FeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("feed")
        indexes: ClassVar = [
            models.Index(fields=["carrier", "-as_of"], name="feed_latest"),
            models.Index(fields=["received_at"], condition=models.Q(state__in=WITH_FILE), name="feed_with_file"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["carrier", "kind", "digest", "as_of"],
                condition=models.Q(state="applied"),
                name="feed_applied_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.as_of:%Y-%m-%d %H:%M}"

    @property
    def is_held(self) -> bool:
        return self.state == FeedState.HELD

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state not in WITH_FILE

    @property
    def is_released(self) -> bool:
        """Whether a person said that it is meant as it is."""
        return self.released_at is not None

    @property
    def has_rejects(self) -> bool:
        """Whether its list of rejected lines lies where it can be fetched."""
        return self.rejects_file == f"{self.pk}.csv"


class Service(models.TextChoices):
    MOBILE = "mobile", _("Mobile")
    DATA = "data", _("Data only")
    IOT = "iot", _("Device (IoT)")
    FIXED = "fixed", _("Fixed line")


class Plan(models.TextChoices):
    PREPAID = "prepaid", _("prepaid")
    POSTPAID = "postpaid", _("postpaid")


class Status(models.TextChoices):
    ACTIVE = "active", _("active")
    SUSPENDED = "suspended", _("suspended")
    ENDED = "ended", _("ended")


class SalesChannel(models.TextChoices):
    OUTLET = "outlet", _("at an outlet")
    ONLINE = "online", _("online")
    AGENT = "agent", _("through an agent")


class IdentityCheck(models.TextChoices):
    DOCUMENT = "document", _("document checked")
    PORTRAIT = "portrait", _("portrait match")
    VIDEO = "video", _("video check")
    NONE = "none", _("no identity check")


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def of(self, subjects: Iterable[uuid.UUID]) -> "RegistrationQuerySet":
        """Everything held under these subjects: one indexed query, however many carriers and documents."""
        return self.filter(subject__in=list(subjects))

    def running(self) -> "RegistrationQuerySet":
        return self.exclude(status=Status.ENDED)


class Registration(models.Model):
    """One phone number held under one subject at one carrier. Earlier spells and changes are its history.

    ``id`` is derived from that key (``vault.blind.registration_id``), so an importer knows it without asking.
    ``number`` is sealed with a key derived for the feed that last sealed it (``sealed_by``). Carrier and feed are the
    same for a whole import, which checks them once: a foreign key would check each row, and be a third of its time.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    subject = models.UUIDField()
    carrier = models.ForeignKey(
        Carrier, on_delete=models.PROTECT, related_name="registrations", db_index=False, db_constraint=False
    )
    number_index = models.UUIDField()
    sealed_by = models.UUIDField()
    number = SealedTextField(key_from="sealed_by")
    service = models.CharField(max_length=8, choices=Service.choices)
    plan = models.CharField(max_length=8, choices=Plan.choices, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices)
    activated_on = models.DateField()
    ended_on = models.DateField(null=True)
    channel = models.CharField(max_length=8, choices=SalesChannel.choices, blank=True)
    outlet_district = models.CharField(max_length=120, blank=True)
    identity_check = models.CharField(max_length=10, choices=IdentityCheck.choices, blank=True)
    identity_checked_on = models.DateField(null=True)
    feed = models.ForeignKey(Feed, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        verbose_name = _("registration")
        indexes: ClassVar = [
            models.Index(fields=["ended_on"], name="registration_ended", condition=models.Q(status="ended"))
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subject", "carrier", "number_index"], name="registration_key")
        ]

    def __str__(self) -> str:
        return f"{self.get_service_display()}, {self.get_status_display()}"

    @property
    def is_ended(self) -> bool:
        return self.status == Status.ENDED

    @property
    def is_running(self) -> bool:
        return self.status == Status.ACTIVE

    @property
    def masked(self) -> masking.Masked:
        return masking.mask(self.number)


class ChangeKind(models.TextChoices):
    STARTED = "started", _("was registered")
    CHANGED = "changed", _("was changed")
    ENDED = "ended", _("ended")
    RETURNED = "returned", _("came back")
    MISSING = "missing", _("is no longer listed by the carrier")


class RegistrationChange(models.Model):
    """What one feed changed about one registration; ``before`` holds the old values of the columns that changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    registration_id = models.UUIDField(db_index=True)
    subject = models.UUIDField()
    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=10, choices=ChangeKind.choices)
    before = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.kind} {self.registration_id}"


class Confirmation(models.Model):
    """A citizen's "this is mine". Never shown to carriers, never a bar to a dispute; taking it back deletes it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.UUIDField(db_index=True)
    registration_id = models.UUIDField(unique=True)
    account = models.UUIDField()
    confirmed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"confirmed {self.confirmed_at:%Y-%m-%d}"


class Reader(models.TextChoices):
    """Who reads the change rows of every feed, each in its own time."""

    NOTICES = "notices", _("telling people")
    DISPUTES = "disputes", _("checking that what was removed is gone")


class FeedReading(models.Model):
    """One reader is done with one feed: every consequence of its change rows is committed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="readings")
    reader = models.CharField(max_length=16, choices=Reader.choices)
    read_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["feed", "reader"], name="feed_read_once")]

    def __str__(self) -> str:
        return f"{self.reader} {self.read_at:%Y-%m-%d %H:%M}"


class Told(models.Model):
    """This person has been told of this feed. Written with the notice; gone when everybody was told."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="+")
    account = models.UUIDField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["feed", "account"], name="told_once_of_a_feed")]

    def __str__(self) -> str:
        return f"told {str(self.account)[:8]}"
