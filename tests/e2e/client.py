"""What a test asks of the API and says to it in the name of the page's user."""

from typing import Any

from playwright.sync_api import Page


def read(page: Page, base: str, address: str) -> Any:
    # The server may just have ended a connection that lay idle.
    answer = page.request.get(f"{base}/api/{address}", max_retries=2)
    assert answer.ok, answer.text()
    return answer.json()


def write(page: Page, base: str, address: str, data: dict[str, Any]) -> Any:
    cookies = page.context.cookies()
    token = next(each["value"] for each in cookies if each["name"] == "csrftoken")
    headers = {"X-CSRFToken": token, "Referer": base}
    answer = page.request.post(f"{base}/api/{address}", data=data, headers=headers)
    assert answer.ok, answer.text()
    return answer.json()


def train(page: Page, base: str) -> None:
    """Train, and wait for its end."""
    wait_for_job(page, base, write(page, base, "trainings/", {})["id"])


def wait_until_idle(page: Page, base: str) -> None:
    """Wait until no job is under way, as one that a test before has left."""
    for _ in range(300):
        if not read(page, base, "jobs/?active=true")["results"]:
            return
        page.wait_for_timeout(200)
    raise AssertionError("the jobs do not end")


def wait_for_job(page: Page, base: str, job: int) -> None:
    """Wait until a job is done."""
    for _ in range(300):
        if read(page, base, f"jobs/{job}/")["state"] == "done":
            return
        page.wait_for_timeout(200)
    raise AssertionError("the job does not end")
