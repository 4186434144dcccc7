"""Two transactions at a time, for what must not overtake what."""

import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection, transaction

Meanwhile = Callable[[Callable[[], object], Callable[[], object]], None]


@pytest.fixture
def meanwhile(transactional_db: None) -> Meanwhile:
    """Return a function of (first, second): ``second`` starts when ``first`` has been done but
    not committed; the commit comes once ``second`` waits for it, or has ended."""

    def run(first: Callable[[], object], second: Callable[[], object]) -> None:
        errors: list[BaseException] = []

        def work() -> None:
            try:
                second()
            except BaseException as error:
                errors.append(error)
            finally:
                connection.close()

        thread = threading.Thread(target=work)
        with transaction.atomic():
            first()
            thread.start()
            for _ in range(200):
                if not thread.is_alive() or _somebody_waits():
                    break
                time.sleep(0.05)
        thread.join(20)
        assert not thread.is_alive()
        if errors:
            raise errors[0]

    return run


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted LIMIT 1")
        return cursor.fetchone() is not None
