"""Make the documents' pictures anew: ``python -m docs.screenshots``; only of the sample album."""

from collections import Counter
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.conftest import CHROMIUM, CHROMIUM_OPTIONS, PASSWORD
from tests.services import temporary_home
from tests.supervisor import Kith

FOLDER = Path(__file__).parent
PAGES = {
    "photos": "/photos/",
    "search": "/search/?faces_min=1",
    "dashboard": "/?tab=inferred",
    "unknown": "/?tab=unknown",
    "labelled": "/?tab=labelled",
    "people": "/people/",
    "questions": "/questions/",
    "dismissed": "/?tab=dismissed",
    "history": "/history/",
    "evaluation": "/evaluation/",
    "engines": "/engines/",
    "settings": "/settings/",
}
SIZES = {"": (1280, 800), "-phone": (390, 780)}


def main() -> None:
    """Start Kith on the sample album, name faces, train, and take the pictures."""
    with temporary_home() as home, sync_playwright() as playwright:
        kith = Kith(home, KITH_ADMIN_PASSWORD=PASSWORD)
        base = f"http://127.0.0.1:{kith.port}"
        kith.wait_for("Kith is at")
        kith.wait_for("Scan finished", 240)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        name_and_train(signed_in(browser, base, "light", ""), base)
        kith.wait_for("Train finished")
        themes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
        for theme in themes:
            for size in SIZES:
                page = signed_in(browser, base, theme, size)
                person = page.request.get(f"{base}/api/people/?kind=named").json()["results"][0]
                rows = {
                    "person": f"/people/{person['id']}/",
                    "photo": f"/photos/{most_faces(page, base)}/",
                }
                for name, address in (PAGES | rows | {"jobs": "/jobs/"}).items():
                    page.goto(base + address)
                    page.wait_for_load_state("networkidle")
                    page.screenshot(path=FOLDER / f"{name}{size}-{theme}.png")
        browser.close()
        kith.end()


def signed_in(browser: Browser, base: str, theme: Literal["light", "dark"], size: str) -> Page:
    """Return a page of a new window, signed in."""
    width, height = SIZES[size]
    context = browser.new_context(color_scheme=theme, viewport={"width": width, "height": height})
    page = context.new_page()
    page.goto(base)
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{base}/")
    return page


def most_faces(page: Page, base: str) -> int:
    """Return the photo with most faces."""
    faces = page.request.get(f"{base}/api/faces/?limit=500").json()["results"]
    return Counter(int(face["photo"]) for face in faces).most_common(1)[0][0]


def name_and_train(page: Page, base: str) -> None:
    """Name the first face of each of the album's photos that show one; delete two; press Train."""
    photos = page.request.get(f"{base}/api/photos/").json()["results"]
    faces = page.request.get(f"{base}/api/faces/").json()["results"]
    token = next(each["value"] for each in page.context.cookies() if each["name"] == "csrftoken")
    headers = {"X-CSRFToken": token, "Referer": base}
    path_of = {photo["id"]: photo["path"] for photo in photos}
    for name, start in (("Barack Obama", "obama"), ("Joe Biden", "biden")):
        shown = [face["id"] for face in faces if Path(path_of[face["photo"]]).stem == start]
        data = {"faces": shown[:1], "name": name}
        assert page.request.post(f"{base}/api/faces/label/", data=data, headers=headers).ok
    doubtful = sorted(faces, key=lambda face: face["likelihood"])[:2]
    data = {"faces": [face["id"] for face in doubtful]}
    assert page.request.post(f"{base}/api/faces/dismiss/", data=data, headers=headers).ok
    assert page.request.post(f"{base}/api/trainings/", data={}, headers=headers).ok


if __name__ == "__main__":
    main()
