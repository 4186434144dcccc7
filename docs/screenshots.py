"""Make the documents' pictures anew: ``python -m docs.screenshots``; only of the sample album."""

import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, sync_playwright

from tests.e2e.conftest import CHROMIUM, CHROMIUM_OPTIONS, PASSWORD
from tests.e2e.house import Keeper
from tests.services import temporary_home
from tests.supervisor import Kith
from tests.videos import make_video

FOLDER = Path(__file__).parent
PAGES = {
    "photos": "/photos/",
    "search": "/search/?faces_min=1",
    "dashboard": "/?tab=inferred",
    "labelled": "/?tab=labelled",
    "people": "/people/",
    "questions": "/questions/",
    "dismissed": "/?tab=dismissed",
    "history": "/history/",
    "evaluation": "/evaluation/",
    "engines": "/engines/",
    "settings": "/settings/",
    "jobs": "/jobs/",
    "admin-jobs": "/admin/jobs/job/",
    "api": "/api/docs/",
}
SIZES = {"": (1280, 800), "-phone": (390, 780)}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
QUALITY = 80  # of WebP: letters are as sharp as in the page, in a fifth of the bytes
# Somebody to share with.
FRIEND = """
from django.contrib.auth.models import User
User.objects.create_user("ben")
"""


def main() -> None:
    """Start Kith on the sample album, name faces, train, and take the pictures."""
    with temporary_home() as home, sync_playwright() as playwright:
        kith = Kith(home)
        base = f"http://127.0.0.1:{kith.port}"
        welcome = kith.wait_for(r"Choose your password, once, at (http\S+)")[1]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        at_the_door(browser, base, welcome)
        kith.wait_for("Scan finished", 900)
        page = signed_in(browser, base, "light", "")
        fill(browser, page, base, kith)
        for theme in THEMES:
            for size in SIZES:
                take(signed_in(browser, base, theme, size), base, f"{size}-{theme}")
        browser.close()
        kith.end()


def at_the_door(browser: Browser, base: str, welcome: str) -> None:
    """Take the pages that are seen before signing in, and choose a password."""
    for theme in THEMES:
        for size in SIZES:
            page = window(browser, theme, size).new_page()
            for name, address in (("welcome", welcome), ("login", f"{base}/login/")):
                page.goto(address)
                keep(page, f"{name}{size}-{theme}")
    page.goto(welcome)
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "welcome" not in address)


def fill(browser: Browser, page: Page, base: str, kith: Kith) -> None:
    """Train, name, train, evaluate, send a video, and let there be somebody to share with."""
    post(page, base, "trainings/", {})
    kith.wait_for("Train finished")
    for theme in THEMES:
        for size in SIZES:
            shown = signed_in(browser, base, theme, size)
            visit(shown, f"{base}/?tab=unknown")
            keep(shown, f"unknown{size}-{theme}")
    name_and_train(page, base)
    kith.wait_for("(?s)Train finished.*Train finished")
    send_video(page, base)
    kith.wait_for("Place new faces finished", 600)
    post(page, base, "evaluations/", {})
    keeper = Keeper(kith)
    keeper.run(FRIEND)
    keeper.end()
    kith.wait_for("Evaluation finished")


def take(page: Page, base: str, end: str) -> None:
    """Take every page, and the dialogs that have a chapter of their own."""
    person = page.request.get(f"{base}/api/people/?kind=named").json()["results"][0]["id"]
    face = page.request.get(f"{base}/api/faces/?tab=labelled").json()["results"][-1]["id"]
    photos = page.request.get(f"{base}/api/photos/?limit=500").json()["results"]
    video = next(photo["id"] for photo in photos if photo["duration"])
    still = {photo["id"] for photo in photos if not photo["duration"]}
    rows = {
        "person": f"/people/{person}/",
        "photo": f"/photos/{most_faces(page, base, still)}/",
        "video": f"/photos/{video}/",
        "similar": f"/faces/{face}/similar/",
    }
    for name, address in (PAGES | rows).items():
        visit(page, base + address)
        keep(page, name + end)
    dialogs: dict[str, tuple[str, Callable[[], None]]] = {
        "sharing": ("/settings/", page.get_by_role("button", name="Share ").first.click),
        "recognition": ("/settings/", page.get_by_role("button", name="Faces in ").first.click),
        "devices": ("/settings/", page.locator("device-list button").first.click),
        "forgetting": (f"/people/{person}/", page.get_by_role("button", name="Forget").click),
    }
    for name, (address, open_dialog) in dialogs.items():
        visit(page, base + address)
        open_dialog()
        page.wait_for_selector("dialog[open]:not(:has-text('Loading'))")
        keep(page, name + end)


def visit(page: Page, address: str) -> None:
    """Open an address, and wait until its pictures are there."""
    page.goto(address)
    page.wait_for_load_state("networkidle")


def keep(page: Page, name: str) -> None:
    """Keep what is seen of a page."""
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        picture.save(FOLDER / f"{name}.webp", quality=QUALITY, method=6)


def window(browser: Browser, theme: Literal["light", "dark"], size: str) -> BrowserContext:
    """Return a new window."""
    width, height = SIZES[size]
    return browser.new_context(color_scheme=theme, viewport={"width": width, "height": height})


def signed_in(browser: Browser, base: str, theme: Literal["light", "dark"], size: str) -> Page:
    """Return a page of a new window, signed in."""
    page = window(browser, theme, size).new_page()
    page.goto(base)
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{base}/")
    return page


def most_faces(page: Page, base: str, photos: set[int]) -> int:
    """Return that of the photos with most faces."""
    faces = page.request.get(f"{base}/api/faces/?limit=500").json()["results"]
    shown = Counter(int(face["photo"]) for face in faces if face["photo"] in photos)
    return shown.most_common(1)[0][0]


def name_and_train(page: Page, base: str) -> None:
    """Name two faces of one and one of another; delete the most doubtful; press Train."""
    photos = page.request.get(f"{base}/api/photos/").json()["results"]
    faces = page.request.get(f"{base}/api/faces/").json()["results"]
    path_of = {photo["id"]: photo["path"] for photo in photos}
    named = set()
    for name, stems in (("Barack Obama", ("obama", "obama2")), ("Joe Biden", ("biden",))):
        shown = [face["id"] for face in faces if Path(path_of[face["photo"]]).stem in stems]
        post(page, base, "faces/label/", {"faces": shown, "name": name})
        named |= set(shown)
    rest = [face for face in faces if face["id"] not in named]
    doubtful = min(rest, key=lambda face: face["likelihood"])
    post(page, base, "faces/dismiss/", {"faces": [doubtful["id"]]})
    post(page, base, "trainings/", {})


def send_video(page: Page, base: str) -> None:
    """Send a video in which two photos of the album are shown, two seconds each."""
    photos = page.request.get(f"{base}/api/photos/").json()["results"]
    by_name = {Path(photo["path"]).stem: photo["id"] for photo in photos}
    pictures = []
    for name in ("obama", "biden"):
        original = page.request.get(f"{base}/api/photos/{by_name[name]}/original/").body()
        with Image.open(io.BytesIO(original)) as picture:
            shown = picture.convert("RGB")
            shown.thumbnail((640, 480))
            frame = Image.new("RGB", (640, 480))
            frame.paste(shown, ((640 - shown.width) // 2, (480 - shown.height) // 2))
        pictures += [frame, frame]
    with TemporaryDirectory() as folder:
        film = make_video(Path(folder) / "speeches.webm", pictures, codec="libvpx").read_bytes()
    file: FilePayload = {"name": "speeches.webm", "mimeType": "video/webm", "buffer": film}
    answer = page.request.post(
        f"{base}/api/photos/", multipart={"files": file}, headers=headers(page, base)
    )
    assert answer.ok, answer.text()


def post(page: Page, base: str, address: str, data: dict[str, Any]) -> None:
    """Do something by the API."""
    answer = page.request.post(f"{base}/api/{address}", data=data, headers=headers(page, base))
    assert answer.ok, answer.text()


def headers(page: Page, base: str) -> dict[str, str]:
    """Return what a write of a session brings along."""
    token = next(each["value"] for each in page.context.cookies() if each["name"] == "csrftoken")
    return {"X-CSRFToken": token, "Referer": base}


if __name__ == "__main__":
    main()
