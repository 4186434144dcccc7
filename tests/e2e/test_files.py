"""Files that go in and out on the settings page: uploads, names into sidecars, and the export."""

import json
import os
import shutil
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, Route, expect

from tests.e2e.album import all_faces
from tests.e2e.client import read, wait_until_idle, write
from tests.e2e.house import Guest, House

PIECE = 8_000_000  # bytes that the page sends at a time
# The page waits some seconds until it sends again what did not arrive.
AGAIN_MS = 15_000


@pytest.fixture(scope="module")
def album(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("Holidays")
    shutil.copy(shared / "photos" / "album" / "friends" / "friends_012.jpg", folder)
    return folder


@pytest.fixture(scope="module")
def guest(house: House, album: Path) -> Guest:
    return house.guest("files", album)


@pytest.fixture
def settings(guest: Guest, page: Page) -> Page:
    guest.visit(page, "/settings/")
    expect(page.get_by_text("or drop photos and videos here")).to_be_visible()
    return page


def test_what_is_dropped_is_taken_or_refused_each_with_its_reason(
    settings: Page, guest: Guest
) -> None:
    drop(settings, picture("red.jpg", "red"), picture("blue.jpg", "blue"), text("notes.txt"))
    drop(settings, picture("again.jpg", "red"), text("no-picture.jpg"), text("empty.jpg", b""))
    expect(sent(settings, "red.jpg")).to_contain_text("Added")
    expect(sent(settings, "blue.jpg")).to_contain_text("Added")
    expect(sent(settings, "notes.txt")).to_contain_text("no photo or video by its name")
    expect(sent(settings, "again.jpg")).to_contain_text("Kith has this one already")
    expect(sent(settings, "no-picture.jpg")).to_contain_text("no photo or video, whatever its name")
    expect(sent(settings, "empty.jpg")).to_contain_text("The file is empty")
    wait_until_idle(settings, guest.base)
    assert {"red.jpg", "blue.jpg"} <= {each["path"] for each in photos(settings, guest)}
    assert not {"notes.txt", "no-picture.jpg", "again.jpg"} & {
        each["path"] for each in photos(settings, guest)
    }


def test_a_large_file_tells_how_far_it_is_and_goes_on_where_it_was_broken_off(
    settings: Page, guest: Guest, tmp_path: Path
) -> None:
    large = tmp_path / "large.png"
    Image.frombytes("RGB", (2600, 2600), os.urandom(2600 * 2600 * 3)).save(large, compress_level=0)
    offsets: list[int] = []
    share: list[float] = []

    def pass_on(route: Route) -> None:
        offsets.append(int(route.request.headers["upload-offset"]))
        if len(offsets) == 2:
            share.append(progress(settings, large.name))
            route.abort()
        else:
            route.continue_()

    settings.route("**/api/uploads/*/", on_pieces(pass_on))
    settings.get_by_label("Choose files").set_input_files(large)
    expect(settings.get_by_role("progressbar", name=large.name)).to_be_visible()
    expect(sent(settings, large.name)).to_contain_text("Added", timeout=AGAIN_MS)
    assert offsets == [0, PIECE, PIECE, 2 * PIECE]
    assert share == [pytest.approx(PIECE / large.stat().st_size, abs=0.01)]
    (photo,) = (each for each in photos(settings, guest) if each["path"] == large.name)
    answer = settings.request.get(f"{guest.base}/api/photos/{photo['id']}/original/")
    assert answer.body() == large.read_bytes()


def test_whoever_is_signed_out_meanwhile_is_told_and_nothing_is_kept(
    settings: Page, guest: Guest
) -> None:
    settings.context.clear_cookies(name="sessionid")
    drop(settings, picture("late.jpg", "green"))
    expect(sent(settings, "late.jpg")).to_contain_text("You are signed out, or may not do this.")
    expect(sent(settings, "late.jpg").get_by_role("link", name="Sign in")).to_be_visible()
    guest.enter(settings)
    assert "late.jpg" not in {each["path"] for each in photos(settings, guest)}


def test_what_the_server_has_no_room_for_is_said_and_the_next_file_is_sent(settings: Page) -> None:
    full = {"status": 400, "json": {"detail": "The server's disk is full."}}
    settings.route("**/api/uploads/", lambda route: route.fulfill(**full), times=1)
    drop(settings, picture("first.jpg", "pink"), picture("second.jpg", "cyan"))
    expect(sent(settings, "first.jpg")).to_contain_text("The server's disk is full.")
    expect(sent(settings, "second.jpg")).to_contain_text("Added")


def test_names_are_written_beside_the_photos_on_request(
    settings: Page, guest: Guest, album: Path
) -> None:
    face = next(each for each in all_faces(settings, guest.base) if not each["person"])
    write(settings, guest.base, "faces/label/", {"faces": [face["id"]], "name": "Ada Lovelace"})
    before = {file.name: file.read_bytes() for file in album.glob("*.jpg")}
    settings.get_by_role("button", name=f"Names in the files of {album.name}").focus()
    settings.keyboard.press("Enter")
    dialog = settings.get_by_role("dialog", name=f"Names in the files of {album.name}")
    expect(dialog.get_by_role("radio", name="Into XMP files beside the photos")).to_be_checked()
    assert not list(album.glob("*.xmp"))
    dialog.get_by_role("button", name="Write names").click()
    expect(dialog).to_be_hidden()
    sidecar = until_there(album / "friends_012.jpg.xmp", album / "friends_012.xmp")
    assert "Ada Lovelace" in sidecar.read_text(encoding="utf-8")
    assert {file.name: file.read_bytes() for file in album.glob("*.jpg")} == before


def test_the_export_is_saved_and_has_what_was_said(settings: Page, guest: Guest) -> None:
    face = all_faces(settings, guest.base)[-1]
    write(settings, guest.base, "faces/label/", {"faces": [face["id"]], "name": "Grace Hopper"})
    with settings.expect_download() as saved:
        settings.get_by_role("link", name="Export").click()
    assert saved.value.suggested_filename.endswith(".json")
    content = json.loads(Path(saved.value.path()).read_text(encoding="utf-8"))
    assert "Grace Hopper" in {person["name"] for person in content["people"]}


def picture(name: str, colour: str) -> FilePayload:
    content = BytesIO()
    Image.new("RGB", (120, 90), colour).save(content, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": content.getvalue()}


def text(name: str, content: bytes = b"Bread, milk") -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": content}


def drop(page: Page, *files: FilePayload) -> None:
    """Drop files onto the page, as if from a folder of the desktop."""
    given = [[each["name"], each["mimeType"], list(each["buffer"])] for each in files]
    transfer = page.evaluate_handle(
        """files => {
          const transfer = new DataTransfer();
          for (const [name, type, bytes] of files) {
            transfer.items.add(new File([new Uint8Array(bytes)], name, { type }));
          }
          return transfer;
        }""",
        given,
    )
    place = page.locator(".drop-place")
    place.dispatch_event("dragover", {"dataTransfer": transfer})
    expect(place).to_have_class("drop-place over")
    place.dispatch_event("drop", {"dataTransfer": transfer})
    expect(place).not_to_have_class("drop-place over")


def sent(page: Page, name: str) -> Locator:
    return page.locator(".sent-files li").filter(has_text=name)


def progress(page: Page, name: str) -> float:
    bar = page.get_by_role("progressbar", name=name)
    return float(bar.evaluate("bar => bar.value"))


def on_pieces(answer: Callable[[Route], None]) -> Callable[[Route], None]:
    """Let only what sends a piece be answered otherwise."""
    return lambda route: answer(route) if route.request.method == "PATCH" else route.continue_()


def photos(page: Page, guest: Guest) -> list[dict[str, object]]:
    found: list[dict[str, object]] = read(page, guest.base, "photos/?limit=500")["results"]
    return found


def until_there(*files: Path) -> Path:
    """Return the first of these files that is there, once one is."""
    for _ in range(200):
        for file in files:
            if file.exists():
                return file
        time.sleep(0.1)
    raise AssertionError(f"none of {files}")
