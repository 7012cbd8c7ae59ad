"""Why a feed is not taken as a whole. The text is a sentence for people and carries nothing out of the file's lines."""


class FeedRefused(Exception):
    """Nothing was changed. ``str()`` is the sentence that says why."""


class Unlikely(FeedRefused):
    """More likely a mistake than meant: taken only where a person says that it is. ``may_be_forced`` on a command."""

    def __init__(self, sentence: str, *, may_be_forced: bool = True) -> None:
        super().__init__(sentence)
        self.may_be_forced = may_be_forced


class Busy(FeedRefused):
    """Another feed of the carrier is being imported."""


class Interrupted(FeedRefused):
    """The import ended for a reason that is not the feed's: a worker was killed, the database went away."""


class TooLong(FeedRefused):
    """The file is larger than the portal takes."""


class NoRoom(FeedRefused):
    """The portal's disk did not take the file."""


class CutShort(FeedRefused):
    """The connection ended before the whole file had come, or what came is not what was sent."""
