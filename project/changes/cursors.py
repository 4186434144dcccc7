"""How far a client has read, in a word that it hands back as it is."""

import time
from dataclasses import asdict, dataclass, replace
from typing import Self

from django.core import signing

from project.changes.kinds import Sight
from project.changes.log import DAYS, Horizon, Place

DAY = 24 * 3600  # seconds


class UnreadableCursorError(ValueError):
    """Nobody here has given out such a cursor."""


class OutdatedCursorError(LookupError):
    """What has changed since cannot be told any more; the message says why."""


@dataclass(frozen=True)
class Cursor:
    """How far a copy is: what it is of, how far in the log, and which rows it is just given."""

    copy: str  # of what
    log: str
    at: int  # when it last had everything; seconds since 1970
    xid: int
    id: int
    kinds: str  # whose rows are listed, the first of them now; in the log empty
    after: int = 0  # the last one of them
    people_moved: bool = False  # who is in sight may have changed

    @classmethod
    def at_start(cls, sight: Sight, horizon: Horizon, kinds: str) -> Self:
        """Return the cursor of a copy that has nothing; what changes meanwhile comes later."""
        return cls(_copy(sight), horizon.log, int(time.time()), horizon.xid, 0, kinds)

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the cursor that a text is; raises UnreadableCursorError."""
        try:
            return cls(**signing.loads(text, salt=__name__))
        except (signing.BadSignature, TypeError, ValueError):
            raise UnreadableCursorError from None

    def __str__(self) -> str:
        return signing.dumps(asdict(self), salt=__name__)

    @property
    def place(self) -> Place:
        """Where the log is read on."""
        return Place(self.xid, self.id)

    def listing(self, kinds: str, after: int = 0) -> Self:
        """Return the cursor in lists of rows; without kinds, back in the log."""
        return replace(self, kinds=kinds, after=after)

    def moved(self, place: Place, *, people_moved: bool) -> Self:
        """Return the cursor further on in the log."""
        moved = self.people_moved or people_moved
        return replace(self, xid=place.xid, id=place.id, people_moved=moved)

    def caught_up(self, horizon: Horizon) -> Self:
        """Return the cursor of a copy that now has everything."""
        there = horizon.place
        return replace(self, xid=there.xid, id=there.id, people_moved=False, at=int(time.time()))

    def check(self, sight: Sight, horizon: Horizon) -> None:
        """Raise OutdatedCursorError where another copy is meant, or too much has happened."""
        if self.copy != _copy(sight):
            raise OutdatedCursorError("It is of something else than is shared now.")
        if self.log != horizon.log or self.xid > horizon.last:
            raise OutdatedCursorError("A backup has been put in place since.")
        if time.time() - self.at > DAYS * DAY:
            raise OutdatedCursorError(f"It is older than {DAYS} days.")


def _copy(sight: Sight) -> str:
    """Return what a copy is of, so that what begins or ceases to be shared is noticed."""
    libraries = ",".join(map(str, sorted(sight.libraries)))
    return f"{sight.user.pk} {sight.owner_id} {libraries}"
