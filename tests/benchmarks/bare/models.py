"""The portal's rows, read only; and a row that says that somebody looked."""

from django.db import models


class Carrier(models.Model):
    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=120)
    host = models.ForeignKey("self", null=True, on_delete=models.DO_NOTHING)

    class Meta:
        managed = False
        db_table = "carriers_carrier"

    def __str__(self) -> str:
        return self.name


class Held(models.Model):
    id = models.UUIDField(primary_key=True)
    subject = models.UUIDField()
    carrier = models.ForeignKey(Carrier, on_delete=models.DO_NOTHING)
    number_index = models.UUIDField()
    sealed_by = models.UUIDField()
    number = models.BinaryField()
    service = models.CharField(max_length=8)
    plan = models.CharField(max_length=8)
    status = models.CharField(max_length=10)
    activated_on = models.DateField()
    ended_on = models.DateField(null=True)
    channel = models.CharField(max_length=8)
    outlet_district = models.CharField(max_length=120)
    identity_check = models.CharField(max_length=10)
    identity_checked_on = models.DateField(null=True)
    feed_id = models.UUIDField()

    class Meta:
        managed = False
        db_table = "registry_registration"

    def __str__(self) -> str:
        return self.service


class Look(models.Model):
    subject = models.UUIDField()
    at = models.DateTimeField(auto_now_add=True)
    action = models.CharField(max_length=20)
    actor = models.BigIntegerField()

    def __str__(self) -> str:
        return self.action
