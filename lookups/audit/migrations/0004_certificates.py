from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_codes_at_the_counter"),
    ]

    operations = [
        migrations.AlterField(
            model_name="accessrecord",
            name="action",
            field=models.CharField(
                choices=[
                    ("looked_up", "Looked up the numbers under your ID"),
                    ("revealed", "Saw a number in full"),
                    ("confirmed", "Confirmed a number"),
                    ("unconfirmed", "Took back a confirmation"),
                    ("filed", "Filed a dispute"),
                    ("viewed_dispute", "Opened a dispute"),
                    ("listed_disputes", "Saw it in a list of disputes"),
                    ("answered", "Answered a dispute"),
                    ("handed_over", "Was sent a dispute"),
                    ("issued_code", "Handed over an activation code at a counter"),
                    ("certified", "Made a certificate of a dispute"),
                    ("compared", "Compared it with an ID or a number that they typed"),
                ],
                max_length=32,
            ),
        ),
        migrations.AlterField(
            model_name="accessrecord",
            name="actor_kind",
            field=models.CharField(
                choices=[
                    ("citizen", "You"),
                    ("carrier", "Carrier staff"),
                    ("officer", "Regulator's officer"),
                    ("operator", "Portal operator"),
                    ("authority", "Clerk of the authority"),
                    ("system", "The portal itself"),
                    ("holder", "Somebody who has your certificate"),
                ],
                max_length=16,
            ),
        ),
    ]
