"""Who has read which feed, who was told of it, and the index by which ended registrations are found.

What was applied before counts as read: nobody is told of it after the fact.
"""

import uuid
from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

READ = """
INSERT INTO registry_feedreading (id, feed_id, reader, read_at)
SELECT gen_random_uuid(), feed.id, reader, now()
FROM registry_feed feed, unnest(ARRAY['notices', 'disputes']) reader WHERE feed.state = 'applied'
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("registry", "0004_deliveries_in_the_console")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="FeedReading",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "reader",
                    models.CharField(
                        choices=[
                            ("notices", "telling people"),
                            ("disputes", "checking that what was removed is gone"),
                        ],
                        max_length=16,
                    ),
                ),
                ("read_at", models.DateTimeField()),
                (
                    "feed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="readings", to="registry.feed"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Told",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account", models.UUIDField()),
                (
                    "feed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="registry.feed"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="feedreading",
            constraint=models.UniqueConstraint(fields=("feed", "reader"), name="feed_read_once"),
        ),
        migrations.AddConstraint(
            model_name="told",
            constraint=models.UniqueConstraint(fields=("feed", "account"), name="told_once_of_a_feed"),
        ),
        migrations.AddIndex(
            model_name="registration",
            index=models.Index(fields=["ended_on"], name="registration_ended", condition=models.Q(("status", "ended"))),
        ),
        migrations.RunSQL(READ, migrations.RunSQL.noop),
    ]
