"""What photos announce to apps that look into pictures; photos know none of them."""

from dataclasses import dataclass

from django.dispatch import Signal


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with what is kept of a photo, and what became of it."""

    wrong: str
    became: str = ""  # empty where it stays so
    look_again: bool = False  # the photo is to be scanned again

    def __str__(self) -> str:
        return f"{self.wrong} {self.became}".strip()


# Sent when a photo has been decoded. Arguments: ``photo`` (Photo) and ``decoded``
# (photos.imaging.decoding.DecodedImage or photos.imaging.video.DecodedVideo, whose frames the
# receiver reads). A receiver computes and returns a function of no arguments that stores the
# results; it is called in the transaction that marks the photo as scanned.
photo_decoded = Signal()

# Sent when a rescan begins, once or, after a crash or a retry, again. Arguments: ``library``
# (Library), ``photos`` (QuerySet of those of its photos that are rescanned), ``options`` (dict, as
# the user gave them) and ``asked_at`` (datetime).
rescan_planned = Signal()

# Sent when nothing is left to scan in a library; by more than one worker if they end together.
# Argument: ``library`` (Library).
library_scanned = Signal()

# Sent when photos of a library have been marked to be scanned anew. Argument: ``library``
# (Library).
photos_outdated = Signal()

# Sent in a transaction when a photo that was looked into before turns out to be a copy. Arguments:
# ``photo`` and ``original`` (Photo). A receiver gives up what it holds of the photo and returns
# None, or returns True, and the two stay two, as there is something that the original has not.
copy_found = Signal()

# Sent in a transaction when a photo has turned out to be a copy, or is one still. Arguments:
# ``photo`` and ``original`` (Photo). The files are the same; what lies beside the copy may not be.
copy_settled = Signal()

# Sent in a transaction when a copy becomes a photo of its own, since one of the two files was
# changed or the original's row is deleted. Arguments: ``photo`` and ``original`` (Photo). A
# receiver gives the photo what it holds of the original.
copy_parted = Signal()

# Sent when a photo that was scanned is checked. Arguments: ``photo`` (Photo), ``decoded`` (function
# of no arguments that returns what ``photo_decoded`` is sent with, and may raise
# UnreadableImageError), ``anew`` (bool: make pictures again that are there) and ``light`` (bool: do
# not look into pictures). A receiver repairs what it can and returns a list of Finding.
photo_checked = Signal()

# Sent when files are sought that no row knows. A receiver removes its own, and returns the names of
# those it has removed.
strays_sought = Signal()

# Sent in the nightly round when all libraries have been scanned: train whom it helps.
night_scanned = Signal()
