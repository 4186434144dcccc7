"""Names in files: into which photos they are written, and which labels were read from one."""

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from faces.models import Face, Mention
from photos.models import Library, Photo


def photos_to_write(library: Library) -> QuerySet[Photo]:
    """Return the photos whose faces have names, and those into which Kith wrote some before.

    No videos: nobody looks for regions there.
    """
    named = Face.objects.filter(photo=OuterRef("original"), person__isnull=False)
    written = Mention.objects.filter(photo=OuterRef("pk"), source=Mention.Source.WRITTEN)
    photos = Photo.objects.filter(library=library, missing_since=None, duration=None)
    return (
        photos.alias(original=Coalesce("copy_of", "pk"))
        .filter(Exists(named.exclude(person__name="")) | Exists(written))
        .select_related("library")
        .order_by("pk")
    )


def label_is_imported() -> Exists:
    """Return the condition on a face that its label is as a file or another program says it.

    It is one as long as it is of that person and that moment: who labels anew says it in person.
    """
    taken = Mention.objects.filter(
        face=OuterRef("pk"), person=OuterRef("person"), taken_at=OuterRef("labelled_at")
    ).exclude(source=Mention.Source.WRITTEN)
    return Exists(taken)
