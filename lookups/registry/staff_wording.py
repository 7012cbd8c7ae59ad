"""What the console says about a feed, in words."""

import datetime
import uuid

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lookups.identity.models import Account
from lookups.registry.models import Feed, FeedState

Pairs = list[tuple[str, str]]

# In a list, where there is no room for what a state means.
_SHORT = {
    FeedState.RECEIVED: gettext_lazy("waits"),
    FeedState.READING: gettext_lazy("being read"),
    FeedState.HELD: gettext_lazy("held"),
    FeedState.APPLIED: gettext_lazy("applied"),
    FeedState.FAILED: gettext_lazy("failed"),
    FeedState.DISCARDED: gettext_lazy("discarded"),
}


def short_state(feed: Feed) -> str:
    """A feed's state in a word or two."""
    return str(_SHORT[FeedState(feed.state)])


def title(feed: Feed) -> str:
    """What a feed is called on its page."""
    kind = str(feed.get_kind_display()).capitalize()
    return _("%(kind)s as of %(as_of)s") % {"kind": kind, "as_of": moment(feed.as_of)}


def delivery(feed: Feed) -> Pairs:
    """What came, when, how, and who decided about it."""
    pairs = [
        (_("Carrier"), str(feed.carrier)),
        (_("Received"), moment(feed.received_at)),
        (_("By"), _came_by(feed)),
        (_("SHA-256 of the file"), bytes(feed.digest).hex() or "–"),
    ]
    if feed.applied_at:
        pairs.append((_("Applied"), moment(feed.applied_at)))
    if feed.released_at:
        pairs.append((_("Released"), _decided(feed.released_at, feed.released_by)))
    if feed.discarded_at:
        pairs.append((_("Discarded"), _decided(feed.discarded_at, feed.discarded_by)))
    return pairs


def counts(feed: Feed) -> Pairs:
    """What the file held, and what it changed where it was applied."""
    pairs = [(_("Lines"), feed.lines), (_("Rejected"), feed.rejected)]
    if feed.state == FeedState.APPLIED:
        pairs += [
            (_("Started"), feed.started),
            (_("Changed"), feed.changed),
            (_("Ended"), feed.ended),
            (_("Unchanged"), feed.unchanged),
        ]
    return [(label, f"{count:,}") for label, count in pairs]


def _came_by(feed: Feed) -> str:
    how = str(feed.get_came_by_display())
    return f"{how} ({_who(feed.uploaded_by)})" if feed.uploaded_by else how


def _decided(at: datetime.datetime, by: uuid.UUID | None) -> str:
    return f"{moment(at)}, {_who(by) if by else _('by itself, since nobody released it')}"


def _who(account: uuid.UUID) -> str:
    found = Account.objects.filter(pk=account).first()
    return str(found) if found else _("somebody who has no account any more")


def moment(at: datetime.datetime) -> str:
    """A point in time as the console writes it."""
    return date_format(localtime(at), "j M Y, H:i")
