"""Choosing the engine, and listing what it has to look into before it can be in force."""

from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, QuerySet

from faces.models import Draft, EngineChoice, Face
from faces.queries.engines import engine_in_force
from photos.models import Photo
from project.jobs.presence import live_tokens
from project.storage.base import pictures

BATCH = 500  # rows written at a time
LEFT_OUT = 1_000  # attempts of a draft that is not tried again
# A change is refused while more than this share of the photos could not be looked into.
MOST_LEFT_OUT = 0.1


def choose_engine(name: str, *, take_when_ready: bool) -> EngineChoice:
    """Have an engine prepared; with ``take_when_ready``, put in force as soon as it is.

    ValidationError for the engine in force.
    """
    with transaction.atomic():
        standing_engine()
        choice, made = EngineChoice.objects.select_for_update().get_or_create(
            name=name, defaults={"state": EngineChoice.State.PREPARING}
        )
        if choice.state == EngineChoice.State.IN_FORCE:
            raise ValidationError(f"{name} is in force already.")
        choice.take_when_ready = take_when_ready
        if choice.state != EngineChoice.State.FORMER:
            choice.state, choice.report = EngineChoice.State.PREPARING, {}
        choice.save()
    return choice


def begin_with_engine(name: str) -> bool:
    """Put an engine in force at once, if nothing has been looked into yet; else return False."""
    with transaction.atomic():
        former = standing_engine()
        looked = Photo.objects.filter(state=Photo.State.SCANNED).exists()
        if former.name == name or looked or Face.objects.exists():
            return False
        EngineChoice.objects.all().delete()
        EngineChoice.objects.create(name=name, state=EngineChoice.State.IN_FORCE)
    return True


def drop_engine(choice: EngineChoice) -> None:
    """Forget what an engine that is not in force has found; the faces that are shown stay."""
    with transaction.atomic():
        choice = EngineChoice.objects.select_for_update().get(pk=choice.pk)
        if choice.state == EngineChoice.State.IN_FORCE:
            raise ValidationError(f"{choice.name} is in force: change to another engine first.")
        drop_drafts(choice)
        choice.delete()


def standing_engine() -> EngineChoice:
    """Return the row of the engine in force, made where nobody has ever chosen one."""
    choice, _ = EngineChoice.objects.get_or_create(
        name=engine_in_force(), defaults={"state": EngineChoice.State.IN_FORCE}
    )
    return choice


def drop_drafts(choice: EngineChoice) -> None:
    """Delete an engine's drafts, and when that is certain, the crops that nobody needs any more."""
    crops = [
        face["crop"]
        for faces in choice.drafts.values_list("faces", flat=True).iterator()
        for face in faces
    ]
    choice.drafts.all().delete()
    transaction.on_commit(partial(pictures().delete_all, crops), robust=True)


def drop_drafts_of(photos: QuerySet[Photo]) -> None:
    """Delete all drafts of photos, of whatever engine, with their crops."""
    drafts = Draft.objects.filter(photo__in=photos)
    crops = [face["crop"] for faces in drafts.values_list("faces", flat=True) for face in faces]
    drafts.delete()
    transaction.on_commit(partial(pictures().delete_all, crops), robust=True)


def plan_drafts(choice: EngineChoice) -> int:
    """List the photos that this engine has still to look into; return how many there are."""
    with transaction.atomic():
        stale = choice.drafts.filter(made_at__lt=F("photo__scanned_at"))
        stale.update(made_at=None, attempts=0, claimed_by=None)
        # Tried in vain before: perhaps the file or the memory is back.
        choice.drafts.filter(made_at=None).update(attempts=0)
        missing = Photo.objects.filter(
            state=Photo.State.SCANNED,
            missing_since=None,
            copy_of=None,
            library__finds_faces=True,
        ).exclude(drafts__engine=choice)
        Draft.objects.bulk_create(
            (
                Draft(engine=choice, photo_id=photo)
                for photo in missing.values_list("pk", flat=True)
            ),
            batch_size=BATCH,
            ignore_conflicts=True,
        )
        return open_drafts(choice).count()


def left_out(choice: EngineChoice) -> tuple[int, int]:
    """Return how many photos could not be looked into, and of how many."""
    return choice.drafts.filter(made_at=None).count(), choice.drafts.count()


def open_drafts(choice: EngineChoice) -> QuerySet[Draft]:
    """Return the drafts that are still to be made."""
    return choice.drafts.filter(made_at=None, attempts__lt=LEFT_OUT)


def claim_drafts(choice: EngineChoice, *, token: int, limit: int) -> list[Draft]:
    """Take up to ``limit`` photos for the worker with this token; no two workers get the same.

    Those of a worker that died come last and alone, since one of them may have killed it.
    """
    free = (
        open_drafts(choice)
        .exclude(claimed_by__in=live_tokens())
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("photo__library")
        .order_by("id")
    )
    with transaction.atomic():
        drafts = list(free.filter(attempts=0)[:limit]) or list(free[:1])
        Draft.objects.filter(pk__in=[draft.pk for draft in drafts]).update(
            claimed_by=token, attempts=F("attempts") + 1
        )
    return drafts


def release_drafts(*, token: int) -> None:
    """Give back the photos that this worker has taken and not looked into."""
    Draft.objects.filter(claimed_by=token, made_at=None).update(
        claimed_by=None, attempts=F("attempts") - 1
    )


def leave_draft_open(draft: Draft) -> None:
    """Leave out a photo that cannot be looked into; after the change it is scanned anew."""
    Draft.objects.filter(pk=draft.pk).update(claimed_by=None, attempts=LEFT_OUT)
