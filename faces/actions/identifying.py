"""Which photo of an owner's libraries a photo of another program is."""

import hashlib
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.models import User

from photos.imaging.inside import InsideFile
from photos.models import Library, Photo


@dataclass(frozen=True)
class PhotoElsewhere:
    """What another program says of a photo, as far as it does."""

    paths: tuple[str, ...]  # of its files, in whatever folder they lie there
    size: int | None = None  # bytes
    hashes: tuple[tuple[str, str], ...] = ()  # (algorithm, hexadecimal digits)
    digest: str = ""  # Kith's own


@dataclass(frozen=True)
class _Candidate:
    pk: int
    root: str
    path: str
    size: int


class PhotoIndex:
    """An owner's photos by content, name and size."""

    def __init__(self, owner: User, library: Library | None = None) -> None:
        photos = Photo.objects.filter(library__owner=owner)
        if library is not None:
            photos = photos.filter(library=library)
        self.by_digest: dict[str, list[_Candidate]] = defaultdict(list)
        self.by_name: dict[str, list[_Candidate]] = defaultdict(list)
        self.by_size: dict[int, list[_Candidate]] = defaultdict(list)
        columns = photos.values_list("pk", "library__path", "path", "size", "digest")
        for pk, root, path, size, digest in columns.order_by("pk").iterator():
            candidate = _Candidate(pk, root, path, size)
            self.by_name[_name(path)].append(candidate)
            self.by_size[size].append(candidate)
            if digest:
                self.by_digest[digest].append(candidate)

    def find(self, photo: PhotoElsewhere) -> int | None:
        """Return the id of the same photo here; None if there is none, or no telling which."""
        known = self.by_digest.get(photo.digest) if photo.digest else None
        named = [each for path in photo.paths for each in self._named(path)]
        if known:
            return _nearest(known, photo.paths) or known[0].pk
        if photo.size is not None:
            named = [each for each in named if each.size == photo.size]
        by_path = _nearest(named, photo.paths)
        if by_path is not None and (photo.size is not None or len(named) == 1 or not photo.hashes):
            return by_path
        others = named or self.by_size.get(photo.size or -1, [])
        same = [each for each in others if _has_hash(each, photo.hashes)]
        return same[0].pk if same else None

    def _named(self, path: str) -> list[_Candidate]:
        name = _name(path)
        return self.by_name.get(name, [])


def _name(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1].casefold()


def _parts(path: str) -> list[str]:
    return [part.casefold() for part in path.replace("\\", "/").split("/") if part][::-1]


def _nearest(candidates: list[_Candidate], paths: Collection[str]) -> int | None:
    """Return the candidate with the longest end of its path in common; None if two have it."""
    scored = sorted(
        (
            (-max((_common(each.path, path) for path in paths), default=0), each.pk)
            for each in {each.pk: each for each in candidates}.values()
        ),
    )
    if not scored or (len(scored) > 1 and scored[0][0] == scored[1][0]):
        return None
    return scored[0][1]


def _common(one: str, other: str) -> int:
    count = 0
    for a, b in zip(_parts(one), _parts(other), strict=False):
        if a != b:
            break
        count += 1
    return count


def _has_hash(candidate: _Candidate, hashes: tuple[tuple[str, str], ...]) -> bool:
    for algorithm, digits in hashes:
        try:
            with InsideFile(Path(candidate.root), candidate.path).open() as file:
                found = hashlib.file_digest(file, algorithm).hexdigest()
        except OSError:
            return False
        if found == digits.lower():
            return True
    return False
