"""No page has a finding of axe that is serious or critical: light and dark, wide and phone."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.album import PEOPLE, copy_album, faces_by_identity
from tests.e2e.client import read, train, wait_for_job, write
from tests.e2e.house import Guest, House

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
# What Django and others draw, and what is no page.
NOT_OURS = ("/admin/", "/api/", "/logout/")
LOOKS: list[tuple[Literal["light", "dark"], int, int]] = [
    ("light", 1280, 900),
    ("dark", 1280, 900),
    ("light", 390, 780),
    ("dark", 390, 780),
]


@pytest.fixture(scope="module")
def guest(
    house: House, browser: Browser, shared: Path, tmp_path_factory: pytest.TempPathFactory
) -> Guest:
    """Somebody with faces on each tab, an evaluation, and a job that failed."""
    album = copy_album(shared, tmp_path_factory.mktemp("album"), 8)
    (album / "broken.jpg").write_bytes(b"no photo")
    guest = house.guest("accessibility", album)
    page, base = browser.new_page(), guest.base
    guest.enter(page)
    faces_of = faces_by_identity(page, base, shared)
    for person in PEOPLE:
        write(page, base, "faces/label/", {"faces": faces_of[person][:3], "name": person})
    train(page, base)
    wait_for_job(page, base, write(page, base, "evaluations/", {})["id"])
    page.close()
    return guest


# Colours differ by theme and the layout by width: two looks show nearly all that four do.
QUICK = (LOOKS[0], LOOKS[3])


@pytest.fixture(
    params=[
        pytest.param(look, marks=[] if look in QUICK else [pytest.mark.slow]) for look in LOOKS
    ],
    ids=lambda look: f"{look[0]}-{look[1]}",
)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    theme, width, height = request.param
    # Colours that are still on their way are no finding.
    context = browser.new_context(
        color_scheme=theme, viewport={"width": width, "height": height}, reduced_motion="reduce"
    )
    yield context.new_page()
    context.close()


def test_every_page_can_be_read_by_everybody(page: Page, guest: Guest) -> None:
    base = guest.base
    page.goto(f"{base}/login/")
    found = {"/login/": findings(page)}
    guest.enter(page)
    # To the latter leads what opens over a page, and a key.
    waiting = ["/", f"/faces/{read(page, base, 'faces/?limit=1')['results'][0]['id']}/similar/"]
    seen = set(waiting)
    while waiting:
        address = waiting.pop()
        page.goto(base + address)
        page.wait_for_load_state("networkidle")
        found[address] = findings(page)
        fresh = set(links(page)) - seen
        seen |= fresh
        waiting += sorted(fresh)
    assert {"/?tab=unknown", "/questions/"} <= seen
    assert {"/?tab=labelled", "/history/", "/evaluation/", "/jobs/", "/engines/"} <= seen
    assert {address: each for address, each in found.items() if each} == {}


def test_what_opens_on_the_board_can_be_read_by_everybody(page: Page, guest: Guest) -> None:
    base = guest.base
    guest.visit(page, "/?tab=inferred")
    face = page.locator(".face-card .crop").first
    states: dict[str, Callable[[], None]] = {
        "focus": face.focus,
        "selected": lambda: page.keyboard.press("x"),
        "pop-up": lambda: page.keyboard.press("n"),
        "typed": lambda: page.keyboard.type("Jo"),
        "closed": lambda: page.keyboard.press("Escape"),
        "message": lambda: page.keyboard.press("Enter"),
        "outage": lambda: outage(page),
    }
    found = {}
    for name, reach in states.items():
        reach()
        page.wait_for_timeout(400)
        found[name] = findings(page)
    assert {name: each for name, each in found.items() if each} == {}
    page.unroute("**/api/**")
    event = read(page, base, "events/?limit=1")["results"][0]
    write(page, base, f"events/{event['id']}/undo/", {})


def outage(page: Page) -> None:
    page.route("**/api/**", lambda route: route.abort())
    page.locator(".face-card .crop").first.focus()
    page.keyboard.press("Delete")
    expect(page.get_by_text("trying again")).to_be_visible()
    expect(page.get_by_text("Not saved")).to_be_visible()


def links(page: Page) -> Iterator[str]:
    """Give the addresses of our pages that a page leads to, each tab once."""
    for link in page.locator("a[href]").all():
        parts = urlsplit(str(link.evaluate("link => link.href")))
        tab = next((each for each in parts.query.split("&") if each.startswith("tab=")), "")
        if urlsplit(page.url).netloc == parts.netloc and not parts.path.startswith(NOT_OURS):
            yield parts.path + (f"?{tab}" if tab else "")


def findings(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))  # as a script tag, no page would take it
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {node['target']} {node['failureSummary'][:300]}"
        for each in result["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"][:3]
    ]
