"""The log without what lets somebody in: it is copied, kept and shown to others."""

import logging
import re

SECRETS = [
    (re.compile(r"kith_[\w-]{16,}"), "kith_…"),
    (re.compile(r"(\bimages/)\d+\.\d+\.\w+"), r"\1…"),  # the signature of a picture's address
    (re.compile(r"(\bwelcome/)[^\s\"']+"), r"\1…"),
    (re.compile(r"\b(code|state|id_token|access_token|password)=[^&\s\"]+"), r"\1=…"),
    (re.compile(r"\b(Bearer|Basic) +[\w.~+/=-]{8,}", re.IGNORECASE), r"\1 …"),
    (re.compile(r"\beyJ[\w-]+\.[\w.-]+"), "…"),  # an ID token
]


def without_secrets(text: str) -> str:
    """Return a text with dots in place of tokens, codes, passwords and signatures."""
    for pattern, instead in SECRETS:
        text = pattern.sub(instead, text)
    return text


class DiscreetHandler(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes lines, tracebacks and all, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return without_secrets(super().format(record))
