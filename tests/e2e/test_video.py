"""A video in the browser: played, its faces over it at their moments, and named from there."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.client import read
from tests.e2e.house import Guest, House
from tests.e2e.waiting import wait_until
from tests.videos import make_video, plain, turn_clockwise

CLIP, TURNED, UNPLAYABLE = "talk.mp4", "turned.mp4", "unplayable.mp4"
NEAR = 0.6  # seconds


@pytest.fixture(scope="module")
def guest(house: House, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Guest:
    """Somebody with videos: of one who talks, a turned one, one of an old kind."""
    album = tmp_path_factory.mktemp("album")
    shutil.copy(shared / "photos" / "clips" / CLIP, album)
    shutil.copyfile(shared / "photos" / "clips" / "stage.mp4", album / TURNED)
    turn_clockwise(album / TURNED)
    make_video(album / UNPLAYABLE, [plain("navy"), plain("olive")])
    return house.guest("video", album)


@pytest.fixture
def clip(guest: Guest, page: Page) -> Page:
    """The page of the video."""
    return open_video(page, guest, CLIP)


def open_video(page: Page, guest: Guest, name: str) -> Page:
    guest.enter(page)
    photo = next(
        each for each in read(page, guest.base, "photos/")["results"] if each["path"] == name
    )
    page.goto(f"{guest.base}/photos/{photo['id']}/")
    return page


def faces_of(page: Page) -> list[dict[str, Any]]:
    base, photo = re.match(r"(https?://[^/]+)/photos/(\d+)/", page.url).groups()  # type: ignore[union-attr]
    faces: list[dict[str, Any]] = read(page, base, f"faces/?photo={photo}")["results"]
    return sorted(faces, key=lambda face: face["time_offset"])


def moments(page: Page) -> Locator:
    return page.get_by_role("list", name="Faces of this video").get_by_role("button")


def time_of(page: Page) -> float:
    return float(page.locator("video").evaluate("video => video.currentTime"))


def test_a_press_on_a_face_leads_to_its_moment_and_shows_its_box(clip: Page) -> None:
    faces = faces_of(clip)
    assert faces
    expect(moments(clip)).to_have_count(len(faces))
    for index, face in enumerate(faces):
        moments(clip).nth(index).focus()
        clip.keyboard.press("Enter")
        box = clip.locator(f".face-box[data-face='{face['id']}']")
        expect(box).to_be_visible()
        at = f"document.querySelector('video').currentTime - {face['time_offset']}"
        wait_until(clip, f"Math.abs({at}) < 0.1")
        assert clip.locator("video").evaluate("video => video.paused")
        picture, shown = clip.locator("video").bounding_box(), box.bounding_box()
        assert picture and shown
        for side, start, size in (("left", "x", "width"), ("top", "y", "height")):
            share = (shown[start] - picture[start]) / picture[size]  # type: ignore[literal-required]
            assert share == pytest.approx(face["box"][side], abs=0.01)


def test_boxes_come_and_go_with_the_moments_of_their_faces(clip: Page) -> None:
    faces = faces_of(clip)
    wait_until(clip, "document.querySelector('video')?.readyState >= 1")
    far = faces[-1]["time_offset"] + 2 * NEAR
    for moment in (faces[0]["time_offset"], min(far, time_at_end(clip))):
        clip.locator("video").evaluate("(video, time) => { video.currentTime = time }", moment)
        near = [each for each in faces if abs(each["time_offset"] - moment) < NEAR - 0.1]
        expect(clip.locator(".face-box")).to_have_count(len(near))


def time_at_end(page: Page) -> float:
    return float(page.locator("video").evaluate("video => video.duration"))


def test_a_face_of_a_video_is_named_by_the_keyboard_alone(clip: Page) -> None:
    first = moments(clip).first
    first.focus()
    clip.keyboard.press("Enter")
    clip.keyboard.press("n")
    expect(clip.get_by_role("combobox", name="Name of the person")).to_be_focused()
    clip.keyboard.type("Ada")
    clip.keyboard.press("Enter")
    expect(clip.get_by_text("1 face is Ada.")).to_be_visible()
    expect(moments(clip).first).to_contain_text("Ada")
    expect(clip.locator(".face-box.current")).to_have_accessible_name("Ada")
    expect(clip.locator(".face-box.current")).to_be_focused()


def test_it_plays_and_the_keys_of_the_player_are_its_own(clip: Page) -> None:
    clip.locator("video").focus()
    clip.keyboard.press(" ")
    wait_until(clip, "document.querySelector('video').currentTime > 0.2")
    clip.keyboard.press(" ")
    wait_until(clip, "document.querySelector('video').paused")


def test_a_face_is_drawn_on_the_frame_that_is_shown(clip: Page) -> None:
    count = len(faces_of(clip))
    wait_until(clip, "document.querySelector('video')?.readyState >= 1")
    clip.locator("video").evaluate("video => { video.currentTime = 1.5 }")
    clip.get_by_role("button", name="Draw a face").focus()
    clip.keyboard.press("Enter")
    expect(clip.locator(".drawn")).to_be_focused()
    clip.get_by_role("button", name="Keep without a name").click()
    expect(moments(clip)).to_have_count(count + 1)
    drawn = next(face for face in faces_of(clip) if face["detector"] == "by-hand")
    assert drawn["time_offset"] == pytest.approx(1.5, abs=NEAR)
    clip.keyboard.press("u")
    expect(moments(clip)).to_have_count(count)


def test_a_video_that_a_phone_has_turned_is_shown_upright(guest: Guest, page: Page) -> None:
    open_video(page, guest, TURNED)
    wait_until(page, "document.querySelector('video')?.readyState >= 1")
    width, height = page.locator("video").evaluate("v => [v.videoWidth, v.videoHeight]")
    assert (width, height) == (360, 640)
    shown = page.locator(".picture").bounding_box()
    assert shown
    assert shown["width"] / shown["height"] == pytest.approx(360 / 640, rel=0.02)


def test_what_the_browser_cannot_play_is_shown_as_a_picture_to_be_downloaded(
    guest: Guest, page: Page
) -> None:
    open_video(page, guest, UNPLAYABLE)
    expect(page.get_by_text("Your browser cannot play this kind of video.")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download it").click()
    assert saved.value.suggested_filename == UNPLAYABLE


def test_videos_say_in_the_timeline_how_long_they_are(guest: Guest, page: Page) -> None:
    guest.visit(page, "/photos/")
    video = page.get_by_role("link", name=f"{CLIP}, video of 0:04")
    expect(video.locator(".length")).to_have_text("0:04")
    video.click()
    expect(page.get_by_role("dialog", name=CLIP).locator("video")).to_be_visible()
    page.keyboard.press("Escape")
    expect(video).to_be_focused()
