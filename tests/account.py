"""Being an ordinary user for a moment: root may read everything, so it proves nothing."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from project.embedded.account import unprivileged_account


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Give up root's rights inside; where the tests don't run as root, change nothing."""
    account = unprivileged_account()
    if account is None:
        yield
        return
    os.seteuid(account.user)
    try:
        yield
    finally:
        os.seteuid(0)
