"""Looking into a video: how long it is, when it was taken, and frames over the whole of it.

Frames are looked at and let go; nothing of them is written.
"""

import re
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image, ImageChops, ImageStat

from photos.imaging.decoding import (
    CUT_OFF,
    ENOUGH_PIXELS,
    FIRST_YEAR,
    LAST_YEAR,
    MAX_MEGAPIXELS,
    UnreadableImageError,
    is_cut_off,
    why_unreadable,
)
from photos.imaging.inside import File

# Containers that are opened for a file, whatever its name says. Playlists are none of them: they
# name other files, and addresses.
FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,asf,flv,ogg"
# Frames looked at: so many a second and in all, of which so many where a shot begins.
SECONDS_APART, MOST_FRAMES, MOST_CUTS = 1.0, 300, 100
# A longer video is looked at by its key frames alone; the others cost a hundred times as much.
LONG = 600.0  # seconds
LONGEST = 24 * 3600.0
# Seconds of decoding after which the rest of a video is left.
PATIENCE = 180.0
# Two frames of one shot, a tenth of a second apart, differ by less, of 255, on average.
CUT, COMPARED_APART, COMPARED_SIZE = 24.0, 0.1, (32, 18)
AFTER_CUT = 0.25  # seconds: what fades in has come by then
# A poster whose brightness varies less is black, or a title.
PLAIN, POSTER_FRAMES = 16.0, 10
MOST_DAMAGED = 200  # packets


@dataclass(frozen=True)
class SampledFrame:
    """A frame of a video: a picture as those of photos are."""

    whole: Image.Image  # RGB, upright
    time: float  # seconds from the start, to the millisecond
    shot: int  # counted from 0

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.whole.size

    @property
    def image(self) -> Image.Image:
        """The frame, shrunk where it has more pixels than are needed to find ordinary faces."""
        share = (ENOUGH_PIXELS / (self.whole.width * self.whole.height)) ** 0.5
        if share >= 1:
            return self.whole
        width, height = (max(1, round(side * share)) for side in self.whole.size)
        return self.whole.resize((width, height), Image.Resampling.HAMMING, reducing_gap=2.0)


@dataclass(frozen=True)
class DecodedVideo:
    """A video: what it says of itself, and a frame to show it by."""

    path: File
    image: Image.Image  # RGB, upright
    size: tuple[int, int]  # width and height, upright
    taken_at: datetime | None
    duration: float  # seconds

    def frames(self) -> Iterator[SampledFrame]:
        """Yield frames over the whole video, the same ones each time; see ``sample_frames``."""
        return sample_frames(self.path)


def decode_video(path: File) -> DecodedVideo:
    """Look into a video file.

    Raises UnreadableImageError with a reason for people, and OSError only for what is no fault of
    the file, as ``decode_image`` does.
    """
    with _opened(path) as (container, stream):
        taken_at, duration = _time_taken(container, stream), _duration(container, stream)
    first = list(islice(sample_frames(path), POSTER_FRAMES))
    poster = next((frame for frame in first if _is_lively(frame.whole)), first[0])
    return DecodedVideo(path, poster.image, poster.size, taken_at, duration or first[-1].time)


def _is_lively(image: Image.Image) -> bool:
    return ImageStat.Stat(image.convert("L")).stddev[0] > PLAIN


def frame_at(path: File, moment: float) -> SampledFrame:
    """Return the sampled frame that is nearest to a moment; raises as ``decode_video``."""
    return next(frame for _, frame in frames_at(path, [moment]))


def frames_at(path: File, moments: Iterable[float]) -> Iterator[tuple[float, SampledFrame]]:
    """Yield each moment once, in their order, with the sampled frame that is nearest to it.

    The video is read once for all of them. Raises as ``decode_video`` does.
    """
    waiting = deque(sorted(set(moments)))
    before: SampledFrame | None = None
    for frame in sample_frames(path):
        while waiting and frame.time >= waiting[0]:
            moment = waiting.popleft()
            if before is None or frame.time - moment < moment - before.time:
                yield moment, frame
            else:
                yield moment, before
        if not waiting:
            return
        before = frame
    assert before is not None  # of no frame at all sample_frames has complained
    for moment in waiting:
        yield moment, before


def sample_frames(path: File) -> Iterator[SampledFrame]:
    """Yield frames over the whole of a video, in order and at most ``MOST_FRAMES``.

    One a second or, of a video of more than a few minutes, one in each of 200 parts of it; and one
    where a shot begins, up to 100. Raises as ``decode_video`` does.
    """
    with _opened(path) as (container, stream):
        duration = _duration(container, stream)
        apart = max(SECONDS_APART, (duration or 0) / (MOST_FRAMES - MOST_CUTS))
        if duration is not None and duration > LONG:
            frames = _key_frames(container, stream, duration)
        else:
            frames = _all_frames(container, stream)
        sampled = 0
        sampler = _Sampler((container.start_time or 0) / av.time_base, apart)
        for sample in islice(_chosen(frames, sampler), MOST_FRAMES):
            yield sample
            sampled += 1
    if not sampled:
        raise UnreadableImageError("No frame of this video can be read: the file is damaged.")


def read_tags(path: File) -> tuple[datetime | None, dict[str, str]]:
    """Return when a video was taken, and all that it says of itself; raises as ``decode_video``."""
    with _opened(path) as (container, stream):
        return _time_taken(container, stream), dict(container.metadata)


@contextmanager
def _opened(path: File) -> Iterator[tuple[InputContainer, VideoStream]]:
    try:
        if path.stat().st_size == 0:
            raise UnreadableImageError("The file is empty (0 bytes).")
        file = path.open("rb")
    except OSError as error:
        raise why_unreadable(error) from error
    try:
        with (
            file,
            av.open(
                file,
                mode="r",
                metadata_errors="replace",
                # Nothing else is opened, whatever file or address a container names.
                container_options={"format_whitelist": FORMATS, "protocol_whitelist": "none"},
            ) as container,
        ):
            yield container, _checked_stream(container, path)
    except av.error.FFmpegError as error:
        raise _explained(error, path) from error


def _checked_stream(container: InputContainer, path: File) -> VideoStream:
    if _is_cut_off(path):
        raise UnreadableImageError(CUT_OFF)
    pictures = av.stream.Disposition.attached_pic
    streams = [each for each in container.streams.video if not each.disposition & pictures]
    if not streams:
        raise UnreadableImageError("There is no picture in this video, but sound at most.")
    stream = streams[0]
    if stream.codec_context.width * stream.codec_context.height > MAX_MEGAPIXELS * 1_000_000:
        raise UnreadableImageError(f"Its frames are larger than {MAX_MEGAPIXELS} megapixels.")
    if (_duration(container, stream) or 0) > LONGEST:
        raise UnreadableImageError("This video says that it is longer than a day.")
    stream.thread_type = "AUTO"
    stream.codec_context.thread_count = 2  # as many workers as cores are at it
    return stream


ISO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".3gp"})


def _is_cut_off(path: File) -> bool:
    return path.suffix.lower() in ISO_SUFFIXES and is_cut_off(path)


def _explained(error: Exception, path: File) -> Exception:
    if _is_cut_off(path):
        return UnreadableImageError(CUT_OFF)
    if isinstance(error, MemoryError):
        return why_unreadable(error)
    return UnreadableImageError("This is no video that Kith knows, or it is damaged.")


def _duration(container: InputContainer, stream: VideoStream) -> float | None:
    """Return the seconds that a video says it lasts, if it does."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else None


def _all_frames(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    damaged, patience = 0, _Patience()
    for packet in container.demux(stream):
        try:
            with patience:
                frames = packet.decode()
        except av.error.FFmpegError:
            damaged += 1
            frames = []
        yield from frames
        if patience.is_over or damaged > MOST_DAMAGED:
            return


def _key_frames(
    container: InputContainer, stream: VideoStream, duration: float
) -> Iterator[VideoFrame]:
    """Yield the key frames at or before each of the moments to be looked at."""
    stream.codec_context.skip_frame = "NONKEY"
    parts, start = MOST_FRAMES - MOST_CUTS, (container.start_time or 0) / av.time_base
    last, patience = -1.0, _Patience()
    for part in range(parts):
        moment = start + (part + 0.5) * duration / parts
        frame = None
        with patience, suppress(av.error.FFmpegError):
            container.seek(round(moment * av.time_base))
            frame = next(container.decode(stream), None)
        if frame is not None and frame.time is not None and frame.time > last:
            last = frame.time
            yield frame
        if patience.is_over:
            return


class _Patience:
    """Counts the seconds that decoding takes, and not those of whoever looks at the frames."""

    def __init__(self) -> None:
        self.spent = 0.0

    @property
    def is_over(self) -> bool:
        return self.spent > PATIENCE

    def __enter__(self) -> None:
        self.began = time.monotonic()

    def __exit__(self, *error: object) -> None:
        self.spent += time.monotonic() - self.began


class _Sampler:
    """Tells which frames to look at: some time apart, and where a shot begins."""

    def __init__(self, start: float, apart: float) -> None:
        self.start, self.apart = start, apart
        self.due, self.shot, self.cuts = apart / 2, 0, 0
        self.moment, self.compared_at = 0.0, -COMPARED_APART
        self.before: Image.Image | None = None

    def wants(self, frame: VideoFrame) -> bool:
        """Take the next frame; return whether it is to be looked at."""
        self.moment = max(0.0, (frame.time or 0.0) - self.start)
        if self.moment - self.compared_at >= COMPARED_APART:
            self._compare(_picture(frame.reformat(*COMPARED_SIZE, format="rgb24")))
        if self.moment < self.due:
            return False
        self.due = self.moment + self.apart
        return True

    def _compare(self, small: Image.Image) -> None:
        if self.before is not None and _difference(self.before, small) > CUT:
            self.shot += 1
            if self.cuts < MOST_CUTS and self.moment + AFTER_CUT < self.due:
                self.due, self.cuts = self.moment + AFTER_CUT, self.cuts + 1
        self.before, self.compared_at = small, self.moment

    def sample(self, frame: VideoFrame) -> SampledFrame:
        """Return the frame that was taken last as a picture."""
        return SampledFrame(_upright(frame), round(self.moment, 3), self.shot)


def _chosen(frames: Iterator[VideoFrame], sampler: _Sampler) -> Iterator[SampledFrame]:
    """Yield the frames that the sampler wants; the last one of a video that is too short for it."""
    frame, wanted = None, False
    for frame in frames:
        if sampler.wants(frame):
            wanted = True
            yield sampler.sample(frame)
    if frame is not None and not wanted:
        yield sampler.sample(frame)


def _difference(one: Image.Image, other: Image.Image) -> float:
    """Return by how much two small pictures differ on average, 0 to 255."""
    channels = ImageStat.Stat(ImageChops.difference(one, other)).mean
    return float(sum(channels) / len(channels))


def _picture(frame: VideoFrame) -> Image.Image:
    image: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
    return image


def _upright(frame: VideoFrame) -> Image.Image:
    """Return a frame as it is to be shown."""
    image = _picture(frame)
    return image.rotate(frame.rotation, expand=True) if frame.rotation else image


def _time_taken(container: InputContainer, stream: VideoStream) -> datetime | None:
    """Return when a video was taken, with a zone, as phones and cameras write it."""
    for tags in (container.metadata, stream.metadata):
        for name in ("com.apple.quicktime.creationdate", "creation_time", "date"):
            written = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", tags.get(name, ""))
            try:
                moment = datetime.fromisoformat(written)
            except ValueError:
                continue
            # Cameras whose clock was never set count from 1904, 1970 or 1980 on.
            if FIRST_YEAR + 180 < moment.year <= LAST_YEAR and moment.tzinfo is not None:
                return moment
    return None
