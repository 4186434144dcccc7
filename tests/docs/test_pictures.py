"""The documents' pictures: each in every look, each shown, and small."""

from pathlib import Path

from docs.screenshots import SIZES, THEMES

ROOT = Path(__file__).resolve().parents[2]
PICTURES = {path.stem: path.stat().st_size for path in (ROOT / "docs").glob("*.webp")}
LOOKS = [f"{size}-{theme}" for theme in THEMES for size in SIZES]


def test_every_picture_is_there_in_every_look_and_is_shown() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md"))
    wide = {name for name in PICTURES if name.endswith("-light") and "-phone" not in name}
    names = {name.removesuffix("-light") for name in wide}
    assert len(names) > 20
    assert {f"{name}{look}" for name in names for look in LOOKS} == set(PICTURES)
    assert {name for name in names if not any(f"({name}{x}.webp)" in text for x in LOOKS)} == set()


def test_pictures_are_small() -> None:
    assert max(PICTURES.values()) < 200_000
    assert sum(PICTURES.values()) < 4_000_000
