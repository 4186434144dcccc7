"""Writing names into photos, or beside them: only what people have confirmed, only when asked."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from faces.actions.mentions import is_same_mention
from faces.interchange.boxes import overlap
from faces.interchange.files import (
    WriteError,
    exiftool,
    refuse_unwritable,
    write_into,
    write_sidecar,
)
from faces.interchange.regions import ONE_FACE, Pixels, Region, read_names
from faces.interchange.writing import EMPTY, write_names
from faces.interchange.xmp import XmpError
from faces.models import Face, Mention
from faces.queries.mentions import photos_to_write
from photos.imaging.hashing import file_digest
from photos.imaging.inside import InsideFile, LeadsOutsideError
from photos.imaging.metadata import read_embedded, sidecars_of
from photos.models import Library, Photo


@dataclass(frozen=True)
class Target:
    """The XMP that names go to."""

    file: InsideFile  # the sidecar, or the photo
    packet: bytes
    pixels: Pixels


def check_writing(*, library: Library, into_files: bool) -> None:
    """Raise ValidationError where names cannot be written at all; the message says why."""
    if into_files and exiftool() is None:
        raise ValidationError(
            "exiftool is not installed on the server: write into XMP files, or install it."
        )
    try:
        refuse_unwritable(Path(library.path))
    except WriteError as error:
        raise ValidationError(str(error)) from None


def write_library(
    *,
    library: Library,
    into_files: bool,
    dry_run: bool = False,
    keep_going: Callable[[], None],
    after_each: Callable[[Photo, bool, str], None],
) -> None:
    """Write the names of a library's photos; of each tell whether it changed and what went wrong.

    ``keep_going`` is called before each photo and may raise.
    """
    for photo in photos_to_write(library).iterator():
        keep_going()
        changed, problem = False, ""
        try:
            changed = write_photo(photo=photo, into_files=into_files, dry_run=dry_run)
        except (WriteError, XmpError) as error:
            problem = str(error)
        after_each(photo, changed, problem)


def write_photo(*, photo: Photo, into_files: bool, dry_run: bool = False) -> bool:
    """Write the names of a photo's labelled faces; return False where they are there already.

    WriteError or XmpError say why it cannot be done, and nothing was changed then.
    """
    labelled = Face.objects.filter(photo=photo.original_id, person__isnull=False)
    labelled = labelled.exclude(person__name="")
    wanted = {
        Region(str(face.person), face.box): face
        for face in labelled.select_related("person").order_by("pk")
    }
    before = Mention.objects.filter(photo=photo, source=Mention.Source.WRITTEN)
    gone = [each for each in before if not _is_wanted(each, wanted)]
    target = _target(photo, into_files)
    packet = write_names(
        target.packet,
        list(wanted),
        [Region(each.name, box) for each in gone if (box := each.box)],
        target.pixels,
    )
    if packet == target.packet:
        return False
    _check(packet, wanted, target.pixels)
    if not dry_run:
        _write(photo, target, packet, wanted, into_files)
        _remember(photo, wanted, gone, into_files=into_files)
    return True


def _is_wanted(mention: Mention, wanted: dict[Region, Face]) -> bool:
    box = mention.box
    return box is not None and any(
        mention.name.casefold() == each.name.casefold() and overlap(box, each.box) >= ONE_FACE
        for each in wanted
    )


def _target(photo: Photo, into_files: bool) -> Target:
    """Return what is there to be changed; raises WriteError for a file that cannot be read."""
    file = photo.file
    try:
        if not _is_as_scanned(photo):
            raise WriteError("It was changed since the last scan: scan the library first.")
        orientation, size, packets = read_embedded(file)
        pixels = Pixels(size, orientation)
        if into_files:
            if len(packets) > 1:
                raise WriteError("Its XMP takes several segments: write an XMP file instead.")
            return Target(file, packets[0] if packets else EMPTY, pixels)
        beside = sidecars_of(file)
        sidecar = file.with_name(beside[0].name if beside else f"{file.name}.xmp")
        _refuse_link(sidecar)
        return Target(sidecar, sidecar.read_bytes() if beside else EMPTY, pixels)
    except WriteError:
        raise
    except OSError as error:
        raise WriteError(f"It cannot be read: {error.strerror or error}.") from None
    except Exception as error:  # decoders raise whatever they like
        raise WriteError(f"It cannot be read: {error}.") from None


def _refuse_link(sidecar: InsideFile) -> None:
    try:
        sidecar.stat()
    except LeadsOutsideError:
        message = f"{sidecar.name} is a symbolic link: links are not followed."
        raise WriteError(message) from None
    except FileNotFoundError:
        return


def _is_as_scanned(photo: Photo) -> bool:
    """Whether the file is still the picture in which the faces were found.

    Another may lie at its path by now, or it was turned or cropped: boxes would mean nothing there.
    """
    status = photo.file.stat()
    untouched = (status.st_size, status.st_mtime_ns) == (photo.size, photo.modified_ns)
    if untouched and photo.state == Photo.State.SCANNED:
        return True
    return file_digest(photo.file) == photo.digest


def _check(packet: bytes, wanted: dict[Region, Face], pixels: Pixels) -> None:
    """Raise WriteError unless the packet names all the faces that it should, where they are."""
    found = read_names([packet], pixels).regions
    for region in wanted:
        if not any(
            each.name.casefold() == region.name.casefold()
            and overlap(each.box, region.box) >= ONE_FACE
            for each in found
        ):
            raise WriteError(f"«{region.name}» was not read again: nothing was changed.")


def _write(
    photo: Photo, target: Target, packet: bytes, wanted: dict[Region, Face], into_files: bool
) -> None:
    def check(new: Path) -> None:
        orientation, size, packets = read_embedded(new)
        _check(packets[0] if packets else b"", wanted, Pixels(size, orientation))

    if into_files:
        write_into(target.file, packet, check)
    else:
        before = target.packet if target.packet is not EMPTY else b""
        write_sidecar(target.file, packet, before=before, photo=photo.file)


def _remember(
    photo: Photo, wanted: dict[Region, Face], gone: list[Mention], *, into_files: bool
) -> None:
    """Note what was written, so that no scan takes it for another program's word."""
    known = list(Mention.objects.filter(photo=photo))
    fresh = [
        Mention(
            photo=photo,
            source=Mention.Source.WRITTEN,
            name=region.name,
            box_corners=list(region.box.corners),
            face=face,
            person_id=face.person_id,
            taken_at=timezone.now(),
        )
        for region, face in wanted.items()
    ]
    stamps = {"sidecars_ns": sum(each.stat().st_mtime_ns for each in sidecars_of(photo.file))}
    if into_files and photo.copy_of_id is None and not photo.copies.exists():
        status = photo.file.stat()
        stamps |= {"size": status.st_size, "modified_ns": status.st_mtime_ns}
        content = {"digest": file_digest(photo.file)}
    else:  # of copies, the next scan finds out that they are none any more
        content = {}
    with transaction.atomic():
        Mention.objects.filter(pk__in=[each.pk for each in gone]).delete()
        Mention.objects.bulk_create(
            each for each in fresh if not any(is_same_mention(each, other) for other in known)
        )
        Photo.objects.filter(pk=photo.pk).update(**stamps, **content)
