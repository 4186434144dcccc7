"""Names of people who were forgotten: told by a keyed hash, which says of no name which it is."""

import unicodedata
from collections.abc import Collection

from django.utils.crypto import salted_hmac

from faces.models import ForgottenName, Person


def digest_of(owner: int, name: str) -> str:
    """Return the hash by which a user's forgotten name is known, however it is written."""
    plain = " ".join(unicodedata.normalize("NFC", name).casefold().split())
    return salted_hmac(__name__, f"{owner}/{plain}", algorithm="sha256").hexdigest()


def forgotten_among(owner: int, names: Collection[str]) -> set[str]:
    """Return those names that were forgotten, and that nobody has been given since."""
    if not names:
        return set()
    by_digest: dict[str, set[str]] = {}
    for name in names:
        by_digest.setdefault(digest_of(owner, name), set()).add(name)
    known = ForgottenName.objects.filter(owner=owner, digest__in=by_digest)
    found = set(known.values_list("digest", flat=True))
    if not found:
        return set()
    found -= {digest_of(owner, name) for name in names_in_use(owner)}
    return {name for digest in found for name in by_digest[digest]}


def names_in_use(owner: int, *, but: Person | None = None) -> set[str]:
    """Return all names, also the other ones, of an owner's people."""
    people = Person.objects.filter(owner=owner).exclude(name="", aliases=[])
    if but is not None:
        people = people.exclude(pk=but.pk)
    rows = people.values_list("name", "aliases")
    return {each for name, aliases in rows for each in (name, *aliases) if each}
