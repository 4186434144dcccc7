"""How quick the face dashboard is with 100,000 faces, in a real browser.

``python -m benchmarks.dashboard [PHOTOS] [--faces 100000]``: an installation of its own with
made-up faces, each with a guess; their crops are cut from a folder of photos, or made up too. The
web server is started as ``make run`` starts it, and headless Chromium (CHROMIUM names another)
looks, scrolls and labels. Each number but the most elements is a median.
"""

import argparse
import gzip
import os
import socket
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import numpy as np
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks.crops import link_crops
from benchmarks.installation import ROOT, Installation, installation
from benchmarks.libraries import made_up_library
from benchmarks.results import print_results
from benchmarks.stored import store_guesses, store_library
from faces.recognition.evaluation.measuring import FACES_OF_KNOWN, NOBODY, draw_labels
from tests.e2e.conftest import CHROMIUM, CHROMIUM_OPTIONS

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PASSWORD = "correct-horse-battery"
LABELS_EACH = 3  # of every person who is seen often enough
FAR = 90_000  # the place of a face that nobody has scrolled to
TIMES = 7
LABELLED = 200  # faces at once
LABELLINGS = 5
FRAMES = 150  # of one look at how smoothly the page scrolls
SCREEN = {"width": 1280, "height": 900}
GOALS = {
    "first faces visible, ms": ("<=", 1000.0),
    "next page at the first face, ms": ("<=", 200.0),
    f"next page at the {FAR:,}th face, ms": ("<=", 200.0),
    "frames a second at the first face": (">=", 50.0),
    f"frames a second at the {FAR:,}th face": (">=", 50.0),
    "most elements in the grid": ("<=", 1499.0),
    "script, compressed, kB": ("<=", 120.0),
    f"labelling {LABELLED} faces, visible, ms": ("<=", 100.0),
    f"labelling {LABELLED} faces, settled, ms": ("<=", 500.0),
}

# Notes when the first face's picture is there, from the moment of navigation.
WHEN_VISIBLE = """
(function look() {
  const picture = document.querySelector(".face-card img");
  if (picture?.complete && picture.naturalWidth) window.firstVisible = performance.now();
  else requestAnimationFrame(look);
})();
"""
# Scrolls, and returns how long until every place in sight has its face and its picture.
SCROLL_TO = """async ([top]) => {
  const inSight = () => [...document.querySelectorAll(".face-card")].filter((card) => {
    const { top, bottom } = card.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  });
  const shown = (card) => card.dataset.face && card.querySelector("img").complete;
  const frame = () => new Promise(requestAnimationFrame);
  const began = performance.now();
  scrollTo({ top, behavior: "instant" });
  await frame();
  await frame();
  while (!inSight().length || !inSight().every(shown)) await frame();
  return performance.now() - began;
}"""
# Scrolls evenly for so many frames; returns frames a second and the most elements there were.
SCROLL_ON = """async ([frames]) => {
  const began = performance.now();
  let most = 0;
  for (let frame = 0; frame < frames; frame++) {
    scrollBy({ top: 24, behavior: "instant" });
    await new Promise(requestAnimationFrame);
    if (frame % 10 === 0) {
      most = Math.max(most, document.querySelectorAll("face-grid *").length);
    }
  }
  return [frames / (performance.now() - began) * 1000, most];
}"""
# From the press of Enter: when the selection has left the board, and when the server has answered.
WATCH_LABELLING = """() => {
  window.labelling = new Promise((resolve) => {
    addEventListener("keydown", () => {
      const began = performance.now();
      const answered = new Promise((answer) => {
        new PerformanceObserver((list, observer) => {
          const entry = list.getEntries().find(({ name }) => name.endsWith("/faces/label/"));
          if (!entry) return;
          observer.disconnect();
          answer(entry.responseEnd - began);
        }).observe({ type: "resource" });
      });
      (function look() {
        if (document.querySelector(".toolbar.active")) requestAnimationFrame(look);
        else {
          const visible = performance.now() - began;
          void answered.then((settled) => resolve([visible, settled]));
        }
      })();
    }, { once: true, capture: true });
  });
}"""


def measure(context: BrowserContext, browser: Browser, address: str) -> dict[str, float]:
    """Look at the dashboard, scroll and label; return what was measured."""
    state = context.storage_state()
    first = [first_visible(browser, state, address) for _ in range(TIMES)]
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector(".face-card[data-face]")
    pitch = page.evaluate("document.querySelector('.face-card').offsetHeight + 12")
    columns = page.evaluate(
        "getComputedStyle(document.querySelector('.faces')).gridTemplateColumns.split(' ').length"
    )
    # Groups grow smaller downwards, so that there are at least so many faces above this height.
    shown, height = page.evaluate(
        "[document.querySelector('.toolbar .status').textContent,"
        " document.querySelector('.board').offsetHeight]"
    )
    far = height * FAR / int("".join(each for each in shown if each.isdigit()))
    elements: list[float] = []
    measured: dict[str, float] = {"first faces visible, ms": statistics.median(first)}
    for name, start in (("first", 0.0), (f"{FAR:,}th", far)):
        measured[f"jump to the {name} face, ms"] = statistics.median(
            [jump(page, start + 40 * index * pitch) for index in range(TIMES)]
        )
        jump(page, start)
        pages = [
            page.evaluate(SCROLL_TO, [start + (index + 1) * SCREEN["height"]])
            for index in range(TIMES)
            if settle(page)
        ]
        measured[f"next page at the {name} face, ms"] = statistics.median(pages)
        scrolled = [page.evaluate(SCROLL_ON, [FRAMES]) for _ in range(3)]
        measured[f"frames a second at the {name} face"] = statistics.median(
            [frames for frames, _ in scrolled]
        )
        elements += [most for _, most in scrolled]
    measured["most elements in the grid"] = max(elements)
    script = page.evaluate("document.querySelector('script[type=module]').src")
    with urlopen(script) as answer:  # ours, on this machine
        measured["script, compressed, kB"] = len(gzip.compress(answer.read())) / 1000
    labelled = [
        label(page, address, f"Somebody {index}", pitch=pitch, columns=columns)
        for index in range(LABELLINGS)
    ]
    for place, what in enumerate(("visible", "settled")):
        measured[f"labelling {LABELLED} faces, {what}, ms"] = statistics.median(
            [times[place] for times in labelled]
        )
    return measured


def first_visible(browser: Browser, state: Any, address: str) -> float:
    """Open the dashboard in a window that has nothing in its cache; return milliseconds."""
    context = browser.new_context(viewport=SCREEN, storage_state=state)  # type: ignore[arg-type]
    page = context.new_page()
    page.add_init_script(WHEN_VISIBLE)
    page.goto(address)
    page.wait_for_function("window.firstVisible")
    milliseconds: float = page.evaluate("window.firstVisible")
    context.close()
    return milliseconds


def jump(page: Page, top: float) -> float:
    """Scroll to where nothing is loaded; return milliseconds."""
    settle(page)
    milliseconds: float = page.evaluate(SCROLL_TO, [top])
    return milliseconds


def settle(page: Page) -> bool:
    """Let what is on its way arrive, as a user looks before scrolling on."""
    page.wait_for_load_state("networkidle")
    return True


def label(
    page: Page, address: str, name: str, *, pitch: float, columns: int
) -> tuple[float, float]:
    """Label many faces from the keyboard; return milliseconds until visible, and settled."""
    page.goto(address)
    page.locator(".face-card .crop").first.click()
    page.evaluate(SCROLL_TO, [(LABELLED / columns - 1) * pitch])
    last = page.locator(f".face-card[aria-posinset='{LABELLED}'] .crop").first
    last.click(modifiers=["Shift"])
    page.wait_for_function(
        f"document.querySelector('.toolbar .status').textContent.includes('{LABELLED}')"
    )
    last.focus()
    page.keyboard.press("n")
    page.keyboard.type(name)
    page.get_by_role("option", name=name).wait_for()
    settle(page)
    page.evaluate(WATCH_LABELLING)
    page.keyboard.press("Enter")
    visible, settled = page.evaluate("window.labelling")
    return visible, settled


def fill(owner: "User", faces: int, photos: Path | None) -> None:
    """Make up faces, crops and guesses; every face that has no label is thought to be somebody."""
    library = made_up_library(faces)
    known = np.bincount(library.identities)[library.identities] >= FACES_OF_KNOWN
    identities = np.where(known, library.identities, NOBODY)
    labels = draw_labels(identities, LABELS_EACH, seed=0)
    store_library(owner, library, labels)
    store_guesses(owner, np.where(known, library.identities, 0))
    link_crops(photos)


@contextmanager
def web_server(running: Installation) -> Iterator[str]:
    """Start the web server as ``make run`` does, and give its address."""
    from project.run.serving import WEB_COMMAND

    with socket.create_server(("127.0.0.1", 0)) as free:
        bind = f"127.0.0.1:{free.getsockname()[1]}"
    running.children.start("web", [sys.executable, "-m", *WEB_COMMAND, "--bind", bind])
    for _ in range(300):
        try:
            urlopen(f"http://{bind}/login/")
            break
        except OSError:
            time.sleep(0.1)
    yield f"http://{bind}"


def main() -> None:
    """Make the installation, measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", nargs="?", default="", help="a folder to cut crops from")
    parser.add_argument("--faces", type=int, default=100_000)
    asked = parser.parse_args()
    os.chdir(ROOT)
    with installation() as running:
        running.owner.set_password(PASSWORD)
        running.owner.save()
        fill(running.owner, asked.faces, Path(asked.photos) if asked.photos else None)
        with web_server(running) as base, sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
            context = chromium.new_context(viewport=SCREEN)  # type: ignore[arg-type]
            page = context.new_page()
            page.goto(base)
            page.get_by_label("Username").fill(running.owner.username)
            page.get_by_label("Password").fill(PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_selector("face-grid")
            page.close()
            measured = measure(context, chromium, f"{base}/?tab=inferred")
            chromium.close()
    print_results("dashboard", measured, GOALS)


if __name__ == "__main__":
    main()
