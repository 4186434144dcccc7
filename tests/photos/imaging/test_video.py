"""Frames over a whole video, upright, in bounded number and time; reasons for what is no video."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from PIL import Image

from photos.imaging import video
from photos.imaging.decoding import CUT_OFF, UnreadableImageError
from photos.imaging.opening import open_file
from photos.imaging.video import DecodedVideo, decode_video, frame_at, frames_at, sample_frames
from tests.videos import make_sound, make_video, plain, turn_clockwise


def half(colour: str, other: str) -> Image.Image:
    """A picture whose left half is of one colour and whose right half of another."""
    picture = plain(colour)
    picture.paste(plain(other, (32, 48)), (32, 0))
    return picture


def colour_at(image: Image.Image, x: float, y: float) -> str:
    pixel = image.getpixel((int(x * image.width), int(y * image.height)))
    assert isinstance(pixel, tuple)
    return ("red", "green", "blue")[max(range(3), key=lambda channel: pixel[channel])]


def test_a_frame_a_second_is_looked_at_over_the_whole_video(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", [plain("red")] * 6)
    times = [frame.time for frame in sample_frames(path)]
    assert times == [0.6, 1.6, 2.6, 3.6, 4.6, 5.6]
    assert {frame.shot for frame in sample_frames(path)} == {0}


def test_where_a_shot_begins_there_is_a_frame_more_and_the_shots_are_told_apart(
    tmp_path: Path,
) -> None:
    path = make_video(tmp_path / "a.mp4", [plain("red"), plain("red"), plain("blue")])
    seen = [(frame.shot, colour_at(frame.whole, 0.5, 0.5)) for frame in sample_frames(path)]
    assert sorted(set(seen)) == [(0, "red"), (1, "blue")]
    path = make_video(tmp_path / "b.mp4", [plain("red"), plain("blue"), plain("green")], rate=10)
    assert [frame.shot for frame in sample_frames(path)] == [0, 1, 2]


def test_the_same_frames_come_each_time(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", [plain("red"), plain("blue")])
    first, second = list(sample_frames(path)), list(sample_frames(path))
    assert [frame.time for frame in first] == [frame.time for frame in second]
    assert frame_at(path, 1.5).whole.tobytes() == first[1].whole.tobytes()
    assert frame_at(path, 99).time == first[-1].time
    asked = [99, 1.5, 0, 1.5]
    assert [(moment, frame.time) for moment, frame in frames_at(path, asked)] == [
        (moment, frame_at(path, moment).time) for moment in (0, 1.5, 99)
    ]


def test_a_video_says_how_long_and_large_it_is_and_when_it_was_taken(tmp_path: Path) -> None:
    path = make_video(
        tmp_path / "a.mp4", [plain("red")] * 3, creation_time="2019-05-04T10:20:30.000000Z"
    )
    decoded = decode_video(path)
    assert decoded.size == decoded.image.size == (64, 48)
    assert decoded.duration == pytest.approx(3)
    assert decoded.taken_at == datetime(2019, 5, 4, 10, 20, 30, tzinfo=UTC)
    assert isinstance(open_file(path), DecodedVideo)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (
            {
                "com.apple.quicktime.creationdate": "2019-05-04T12:20:30+0200",
                "creation_time": "2020-01-01T00:00:00Z",
            },
            datetime(2019, 5, 4, 12, 20, 30, tzinfo=timezone(timedelta(hours=2))),
        ),
        ({"creation_time": "1904-01-01T00:00:00Z"}, None),
        ({"creation_time": "yesterday"}, None),
        ({}, None),
    ],
)
def test_the_time_taken_is_what_phones_write(
    tags: dict[str, str], expected: datetime | None
) -> None:
    class Tagged:
        metadata = tags

    assert video._time_taken(Tagged(), Tagged()) == expected  # type: ignore[arg-type]


def test_a_poster_is_not_black_where_there_is_something_to_see(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", [plain("black"), plain("black"), half("red", "blue")])
    assert colour_at(decode_video(path).image, 0.1, 0.5) == "red"
    make_video(tmp_path / "black.mp4", [plain("black")])
    assert decode_video(tmp_path / "black.mp4").size == (64, 48)


def test_a_video_shorter_than_half_a_second_has_one_frame(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", [plain("red")], rate=1)
    assert [frame.time for frame in sample_frames(path)] == [0.0]


def test_a_phone_held_upright_is_shown_upright(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", [half("red", "blue")])
    turn_clockwise(path)
    decoded = decode_video(path)
    assert decoded.size == (48, 64)
    # What was left is above, once it is turned clockwise.
    assert colour_at(decoded.image, 0.5, 0.1) == "red"
    assert colour_at(decoded.image, 0.5, 0.9) == "blue"


def test_a_long_video_is_looked_at_by_its_key_frames_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_video(tmp_path / "a.mp4", [plain("red"), plain("blue")] * 4, key_frames=10)
    monkeypatch.setattr(video, "LONG", 5.0)
    # There is one at each change of the picture.
    assert [frame.time for frame in sample_frames(path)] == [1, 2, 3, 4, 5, 6, 7]


def test_there_are_only_so_many_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_video(tmp_path / "a.mp4", [plain("red")] * 8)
    monkeypatch.setattr(video, "MOST_FRAMES", 6)
    monkeypatch.setattr(video, "MOST_CUTS", 2)
    times = [frame.time for frame in sample_frames(path)]
    assert len(times) <= 6
    assert times[-1] > 6  # the end is not left out


def test_decoding_that_takes_too_long_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_video(tmp_path / "a.mp4", [plain("red")] * 8)
    monkeypatch.setattr(video, "PATIENCE", 0.0)
    with suppress(UnreadableImageError):
        assert len(list(sample_frames(path))) <= 1


class TestWhatIsNoVideo:
    def reason(self, path: Path) -> str:
        with pytest.raises(UnreadableImageError) as error:
            decode_video(path)
        return str(error.value)

    def test_an_empty_file(self, tmp_path: Path) -> None:
        (tmp_path / "a.mp4").touch()
        assert self.reason(tmp_path / "a.mp4") == "The file is empty (0 bytes)."

    @pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
    def test_a_file_that_was_cut_off(self, tmp_path: Path, share: float) -> None:
        path = make_video(tmp_path / "a.mp4", [plain("red"), plain("blue")] * 3)
        content = path.read_bytes()
        path.write_bytes(content[: int(share * len(content))])
        assert self.reason(path) == CUT_OFF

    def test_sound_alone(self, tmp_path: Path) -> None:
        assert "sound" in self.reason(make_sound(tmp_path / "a.mp4"))

    def test_a_picture_and_plain_text(self, tmp_path: Path) -> None:
        plain("red").save(tmp_path / "a.mov", "JPEG")
        (tmp_path / "b.avi").write_text("It was a dark and stormy night. " * 100)
        for name in ("a.mov", "b.avi"):
            assert "no video" in self.reason(tmp_path / name) or self.reason(tmp_path / name)

    def test_a_playlist_opens_no_other_file(self, tmp_path: Path) -> None:
        make_video(tmp_path / "other.ts", [plain("red")])
        (tmp_path / "a.mp4").write_text(
            f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:1,\n{tmp_path / 'other.ts'}\n"
        )
        (tmp_path / "b.mkv").write_text(f"ffconcat version 1.0\nfile {tmp_path / 'other.ts'}\n")
        for name in ("a.mp4", "b.mkv"):
            assert self.reason(tmp_path / name)

    def test_one_that_says_it_never_ends(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(video, "LONGEST", 2.0)
        path = make_video(tmp_path / "a.mp4", [plain("red")] * 3)
        assert "longer than a day" in self.reason(path)

    def test_a_file_that_is_gone(self, tmp_path: Path) -> None:
        assert "gone" in self.reason(tmp_path / "a.mp4")

    @pytest.mark.parametrize("seed", range(4))
    def test_damaged_bytes_end_in_frames_or_a_reason(self, tmp_path: Path, seed: int) -> None:
        path = make_video(tmp_path / "a.mkv", [half("red", "blue")] * 4)
        content = bytearray(path.read_bytes())
        for place in range(200 + seed, len(content), 97):
            content[place] ^= 0xFF
        path.write_bytes(content)
        try:
            decode_video(path)
        except UnreadableImageError as error:
            assert str(error)


class TestRealClips:
    def test_cuts_are_found_and_a_walk_is_none(self, shared: Path) -> None:
        clips = shared / "photos" / "clips"
        stage = list(sample_frames(clips / "stage.mp4"))
        assert {frame.shot for frame in stage} == {0, 1, 2, 3}
        assert {frame.shot for frame in sample_frames(clips / "talk.mp4")} == {0}
        assert decode_video(clips / "talk.mp4").size == (1920, 1080)
