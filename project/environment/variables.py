"""The one table of all variables that only the environment has: read, checked, and documented."""

import os
from dataclasses import dataclass
from typing import Any

from project.environment.kinds import (
    DatabaseAddress,
    EngineName,
    Folder,
    Network,
    PicturesAddress,
    QueueAddress,
    Several,
    TimeZone,
    Words,
)
from project.preferences.kinds import Choice, Kind, Number, Switch
from project.storage.address import storage_of

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
WEB = r"https?://[^\s/?#]+"


@dataclass(frozen=True)
class Variable:
    """A variable of the environment."""

    name: str
    kind: Kind
    default: Any
    meaning: str
    usual: str = ""  # the default in words, where the value itself does not say it


VARIABLES = {
    each.name: each
    for each in (
        Variable(
            "KITH_HOME", Folder(), None,
            "Where Kith keeps its data.",
            "the user's data folder; `/var/lib/kith` for root",
        ),
        Variable(
            "KITH_HOST", Words("a name or address of this machine", r"[\w.:-]+"), "127.0.0.1",
            "Where the pages are; `0.0.0.0` opens them to the network.",
        ),
        Variable("KITH_PORT", Number(1, 65535), 8000, "The port of the pages."),
        Variable(
            "DATABASE_URL", DatabaseAddress(), None,
            "A PostgreSQL of yours, which needs pgvector.",
            "the embedded PostgreSQL",
        ),
        Variable(
            "REDIS_URL", QueueAddress(), None,
            "A Redis or Valkey of yours.",
            "the embedded Valkey",
        ),
        Variable(
            "KITH_STORAGE", PicturesAddress(), storage_of(""),
            "Where thumbnails, previews and crops are kept; the keys go into `AWS_ACCESS_KEY_ID`"
            " and `AWS_SECRET_ACCESS_KEY`; see"
            " [Operations](operations.md#pictures-in-object-storage).",
            "the folder `media` of `KITH_HOME`",
        ),
        Variable(
            "KITH_ENGINE", EngineName(), "",
            "The engine that finds and compares faces. Changing it looks into all photos first, and"
            " then changes at once.",
            "the one that is chosen on the page Engines",
        ),
        Variable(
            "KITH_LIBRARY_ROOTS", Several(Folder()), [],
            "The folders in which staff may add libraries.",
            "wherever Kith can read",
        ),
        Variable(
            "KITH_ACCEL", Words("the beginning of an address such as /protected", r"/\S+"), "",
            "The internal location of nginx that sends files once Kith has checked who asks; see"
            " [Operations](operations.md#behind-nginx).",
        ),
        Variable(
            "KITH_ALLOWED_HOSTS",
            Several(Words("a name such as photos.example.org", r"[\w.*-]+|\[[\da-fA-F:.]+\]")), [],
            "Further names under which browsers may reach Kith; this machine's own name, and with"
            " `KITH_HOST=0.0.0.0` its addresses and `name.local`, always do.",
        ),
        Variable(
            "KITH_TRUSTED_ORIGINS",
            Several(Words("an origin such as https://photos.example.org", WEB)), [],
            "Origins behind a proxy with TLS.",
        ),
        Variable(
            "KITH_HTTPS", Switch(), False,
            "Browsers reach Kith by TLS alone: cookies stay there, everybody is sent there, and"
            " browsers remember it for a year.",
        ),
        Variable(
            "KITH_TRUSTED_PROXIES", Several(Network()), [],
            "Proxies that are believed who asks (`X-Forwarded-For`) and by which scheme"
            " (`X-Forwarded-Proto`).",
        ),
        Variable(
            "KITH_SIGN_IN_TRIES", Number(1, 1000), 5,
            "After so many wrong passwords a name is locked for the address they came from.",
        ),
        Variable("KITH_SIGN_IN_LOCK_MINUTES", Number(1, 100_000), 15, "For so long."),
        Variable(
            "KITH_API_RATE", Number(0, 1_000_000_000), 6000,
            "Requests a minute that a user may send to the API, pictures not counted; 0 for any"
            " number.",
        ),
        Variable(
            "KITH_OIDC_ISSUER",
            Words("an address such as https://id.example.org", rf"{WEB}\S*"), "",
            "An OpenID provider to sign in at; the two below belong to it.",
        ),
        Variable("KITH_OIDC_CLIENT_ID", Words(), "", "What it knows Kith by."),
        Variable("KITH_OIDC_CLIENT_SECRET", Words(), "", "And the secret that goes with it."),
        Variable("KITH_OIDC_NAME", Words(), "OpenID", "What the button of the sign-in page says."),
        Variable(
            "KITH_OIDC_CREATES_USERS", Switch(), False,
            "Those whom Kith does not know become users.",
        ),
        Variable(
            "KITH_ADMIN_PASSWORD", Words(), "",
            "The first user's password, for unattended starts.",
        ),
        Variable(
            "KITH_URL",
            Words("an address such as https://photos.example.org/", rf"{WEB}\S*"),
            "http://localhost:8000/",
            "Where browsers find Kith, for the link that `python -m project.run.prepare` prints.",
        ),
        Variable("KITH_TIME_ZONE", TimeZone(), "UTC", "Zone of capture times that name none."),
        Variable("KITH_LOG_LEVEL", Choice(LEVELS), "INFO", "Of the logs in `KITH_HOME/logs`."),
        Variable(
            "KITH_LOG_FORMAT", Choice(("plain", "json")), "plain",
            "`json` for a line of JSON each, with the id of the request or job that it is of.",
        ),
        Variable(
            "KITH_SECRET_KEY", Words(), "",
            "Signs sessions and links.",
            "made once, kept in `KITH_HOME`",
        ),
        Variable("KITH_DEBUG", Switch(), False, "For developers only."),
    )
}  # fmt: skip


def env(name: str) -> Any:
    """Return what a variable says, else its default; ValidationError if it makes no sense."""
    variable = VARIABLES[name]
    said = os.environ.get(name)
    return variable.kind.read(said) if said else variable.default
