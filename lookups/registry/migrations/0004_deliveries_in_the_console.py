"""What staff may do to feeds, held by PostgreSQL too.

The console takes in an upload of the own carrier, and releases or discards what is held. It never applies a feed, nor
touches one that has been.
"""

from typing import ClassVar

from django.db import migrations

from lookups.carriers.row_security import by_column

_OWN = f"({by_column('carrier_id')})"

POLICIES = f"""
DROP POLICY console_sees_own ON registry_feed;
CREATE POLICY console_sees_own ON registry_feed FOR SELECT TO console USING {_OWN};
CREATE POLICY console_uploads ON registry_feed FOR INSERT TO console
    WITH CHECK ({_OWN} AND came_by = 'console' AND state IN ('received', 'failed') AND released_at IS NULL);
CREATE POLICY console_decides ON registry_feed FOR UPDATE TO console
    USING ({_OWN} AND state = 'held') WITH CHECK ({_OWN} AND state IN ('received', 'discarded'));
GRANT INSERT, UPDATE (state, released_by, released_at, discarded_by, discarded_at) ON registry_feed TO console;
"""
BEFORE = f"""
REVOKE INSERT, UPDATE ON registry_feed FROM console;
DROP POLICY console_decides ON registry_feed;
DROP POLICY console_uploads ON registry_feed;
DROP POLICY console_sees_own ON registry_feed;
CREATE POLICY console_sees_own ON registry_feed TO console USING {_OWN} WITH CHECK {_OWN};
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("registry", "0003_deliveries")]
    operations: ClassVar = [migrations.RunSQL(POLICIES, BEFORE)]
