"""Pictures in other sizes and formats: few of them, made once, gone with the picture."""

import os
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http.response import HttpResponseBase
from django.test import Client
from PIL import Image
from pytest_django import Settings

from project import variants
from project.images import image_address
from project.pictures import drop_damaged_variants, remove_strays
from project.storage.folder import WholeFiles
from project.storage.names import SIZES, variant_names
from project.variants import best_kind, make_variant

NAME = "crops/000012/12345.webp"


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Settings) -> Path:
    settings.MEDIA_ROOT = tmp_path
    save("red")
    return tmp_path


def save(colour: str, name: str = NAME) -> None:
    buffer = BytesIO()
    Image.new("RGB", (240, 120), colour).save(buffer, "WEBP")
    default_storage.save(name, ContentFile(buffer.getvalue()))


def shown(answer: HttpResponseBase) -> Image.Image:
    assert answer.status_code == 200
    return Image.open(BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]


def small_avif(client: Client) -> Any:
    return client.get(f"{image_address(NAME, 1)}?size=64&type=avif")


def files(media: Path) -> list[str]:
    return sorted(each.name for each in media.rglob("*.*"))


@pytest.mark.parametrize(
    ("query", "kind", "size"),
    [
        ({}, "WEBP", (240, 120)),
        ({"size": 64}, "WEBP", (64, 32)),
        ({"size": 120, "type": "avif"}, "AVIF", (120, 60)),
        ({"type": "jpeg"}, "JPEG", (240, 120)),
        ({"size": 720, "type": "avif"}, "AVIF", (240, 120)),  # never larger than it is
    ],
)
def test_a_signed_address_gives_the_size_and_format_that_is_asked_for(
    client: Client, query: dict[str, Any], kind: str, size: tuple[int, int]
) -> None:
    answer = client.get(image_address(NAME, 1), query)
    picture = shown(answer)
    assert (picture.format, picture.size) == (kind, size)
    assert answer["Content-Type"] == f"image/{kind.lower()}"
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "query",
    [{"size": 65}, {"size": "064"}, {"size": -64}, {"size": 10**9}, {"size": ""}, {"type": "svg"},
     {"type": "../avif"}, {"size": "64", "type": "gif"}],
)  # fmt: skip
def test_no_other_size_or_format_is_made(
    client: Client, media: Path, query: dict[str, Any]
) -> None:
    assert client.get(image_address(NAME, 1), query).status_code == 404
    assert files(media) == ["12345.webp"]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("image/avif,image/webp,*/*;q=0.8", "AVIF"),
        ("image/webp,*/*", "WEBP"),
        ("image/avif;q=0, image/webp;q=0.9", "WEBP"),
        ("image/png,image/jpeg", "JPEG"),
        ("", "JPEG"),
    ],
)
def test_the_client_may_say_what_it_takes(client: Client, accept: str, kind: str) -> None:
    address = image_address(NAME, 1)
    answer = client.get(f"{address}?size=64&type=auto", headers={"Accept": accept})
    assert shown(answer).format == kind
    assert "Accept" in answer["Vary"]


def test_what_a_client_takes_is_read_with_patience() -> None:
    assert best_kind(",;,q=,IMAGE/AVIF;q=0.5") == "avif"
    assert best_kind("image/avif;q=0.0") == "jpeg"


def test_a_variant_is_made_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    before = shown(small_avif(client))
    monkeypatch.setattr(variants, "_make", None)
    assert shown(small_avif(client)) == before


def test_all_variants_go_with_their_picture_and_no_others(media: Path) -> None:
    save("blue", "crops/000012/1234.webp")
    for size in SIZES:
        for kind in ("webp", "avif", "jpeg"):
            make_variant(NAME, size, kind)
    make_variant("crops/000012/1234.webp", 64, "webp")
    assert len(files(media)) == 2 + len(variant_names(NAME)) + 1
    default_storage.delete(NAME)
    assert files(media) == ["1234-64.webp", "1234.webp"]


def test_a_new_picture_has_no_variants_of_the_one_before(client: Client) -> None:
    address = image_address(NAME, 1)
    before = shown(client.get(address, {"size": 64})).convert("RGB").getpixel((5, 5))
    save("blue")
    after = shown(client.get(address, {"size": 64})).convert("RGB").getpixel((5, 5))
    assert before != after


def test_a_variant_of_a_picture_that_goes_meanwhile_does_not_stay(
    media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_whole = WholeFiles.save

    def deleted_meanwhile(storage: WholeFiles, name: str, content: Any) -> str:
        storage.delete(NAME)
        return save_whole(storage, name, content)

    monkeypatch.setattr(WholeFiles, "save", deleted_meanwhile)
    with pytest.raises(FileNotFoundError):
        make_variant(NAME, 64, "avif")
    assert files(media) == []


def test_previews_and_what_has_no_number_have_no_variants() -> None:
    for name in ("previews/000012/12345.webp", "crops/000012/12345-64.webp", "crops/x/../1.webp"):
        assert variant_names(name) == []
        with pytest.raises(FileNotFoundError):
            make_variant(name, 64, "webp")


def test_variants_of_nobody_are_strays_and_those_of_somebody_are_not(media: Path) -> None:
    save("blue", "crops/000012/12346.webp")
    for name in (NAME, "crops/000012/12346.webp"):
        make_variant(name, 64, "avif")
    for file in media.rglob("*.*"):
        os.utime(file, (0, 0))
    assert remove_strays("crops", lambda ids: ids & {12345}) == [
        "crops/000012/12346-64.avif",
        "crops/000012/12346.webp",
    ]
    assert files(media) == ["12345-64.avif", "12345.webp"]


def test_a_damaged_variant_is_made_anew_when_it_is_asked_for(client: Client, media: Path) -> None:
    make_variant(NAME, 64, "avif")
    (media / "crops/000012/12345-64.avif").write_bytes(b"half")
    assert not drop_damaged_variants(NAME, light=True)
    assert drop_damaged_variants(NAME, light=False)
    assert shown(small_avif(client)).size == (64, 32)


def test_nginx_sends_the_variant_where_it_is_there_to(client: Client, settings: Settings) -> None:
    settings.KITH_ACCEL = "/protected"
    answer = small_avif(client)
    path = Path(settings.MEDIA_ROOT) / "crops/000012/12345-64.avif"
    assert answer["X-Accel-Redirect"] == f"/protected{path}"
    assert (answer.content, answer["Content-Type"]) == (b"", "image/avif")
    assert client.get(image_address("crops/000000/1.webp", 1)).status_code == 404
