"""The log: each line says of which request or job it is."""

import io
import json
import logging
import logging.config
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from project.logs import Origin, at_job, log_format


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What is logged in JSON meanwhile."""
    stream = io.StringIO()
    formatter = log_format("json")
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "incremental": False,
            "formatters": {"json": formatter},
            "filters": {"origin": {"()": Origin}},
            "handlers": {
                "stream": {
                    "class": "logging.StreamHandler",
                    "stream": stream,
                    "formatter": "json",
                    "filters": ["origin"],
                }
            },
            "loggers": {
                "kith.tests": {"handlers": ["stream"], "level": "INFO"},
                "django.request": {"handlers": ["stream"]},
            },
        }
    )
    yield stream
    for name in ("kith.tests", "django.request"):
        logging.getLogger(name).handlers.clear()


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_line_of_a_job_has_its_number(written: io.StringIO) -> None:
    logger = logging.getLogger("kith.tests")
    with at_job(12):
        logger.info("Looking at %s", "a photo\nof Ann")
    logger.info("Idle")
    first, second = lines(written)
    assert (first["job"], first["message"]) == (12, "Looking at a photo\nof Ann")
    assert first["level"] == "INFO"
    assert second["job"] is None


@pytest.mark.django_db
def test_a_line_of_a_request_has_the_id_that_is_in_the_answer(
    alice: APIClient, written: io.StringIO
) -> None:
    answer = alice.get("/api/people/1/")
    (line,) = lines(written)
    assert line["request"] == answer["X-Request-ID"]
    assert set(line) == {"at", "level", "logger", "message", "request", "job"}


@pytest.mark.parametrize("said", ["from-a-proxy_1", "forged\\nline", "x" * 65, "é", ""])
def test_an_id_of_a_proxy_is_taken_if_it_is_one(said: str) -> None:
    answer = Client().get("/healthz", headers={"X-Request-ID": said})
    assert (answer["X-Request-ID"] == said) is (said == "from-a-proxy_1")


def test_people_read_the_same_in_words() -> None:
    record = logging.makeLogRecord({"msg": "Idle", "name": "kith", "levelname": "INFO"})
    with at_job(12):
        Origin().filter(record)
    assert (
        logging.Formatter(log_format("plain")["format"])
        .format(record)
        .endswith("INFO kith [job 12]: Idle")
    )
