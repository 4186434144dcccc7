"""Decoding in a process of its own: of little memory and time, that writes and knows nothing.

What the web server decodes was sent by somebody, and a decoder that hangs, takes all memory or is
taken over by a file must harm nobody else. Workers decode thousands of photos a minute; they
bear the same limits themselves, and are ended as a whole.
"""

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from threading import BoundedSemaphore, Timer
from typing import Any

from photos.imaging.decoding import UnreadableImageError
from photos.imaging.inside import InsideFile

SECONDS = 60  # a browser waits no longer
MEGABYTES = 3000  # beyond what the decoders themselves take: 200 megapixels need so much
MOST_ANSWER = 100_000_000  # bytes
GRACE = 5  # seconds to start, beside those of the decoding
CODE = Path(__file__).resolve().parents[2]
# What the process is told of ours: no address of a database, no key.
PASSED_ON = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "COVERAGE_PROCESS_START")
# One thread: each more takes memory for itself.
ENVIRONMENT = {"PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
DONE, REFUSED = b"+", b"-"
_at_once = BoundedSemaphore(os.cpu_count() or 1)


def run_limited(
    function: Callable[..., bytes],
    file: InsideFile,
    *,
    seconds: float = SECONDS,
    megabytes: int = MEGABYTES,
    **arguments: Any,
) -> bytes:
    """Return what a function of a module without Django makes of a file, in a process of its own.

    The arguments must be such as JSON has. Raises UnreadableImageError, with a reason for people,
    for a file that gives no picture and for one that takes too long or too much memory.
    """
    asked = {
        "function": [function.__module__, function.__qualname__],
        "file": [os.fspath(file.root), file.path],
        "arguments": arguments,
        "seconds": seconds,
        "megabytes": megabytes,
    }
    with _at_once:
        answer, status = _answer_of(json.dumps(asked).encode(), seconds + GRACE)
    if answer[:1] == DONE and status == 0:
        return answer[1:]
    if answer[:1] == REFUSED and status == 0:
        raise UnreadableImageError(answer[1:].decode(errors="replace"))
    if status in (-signal.SIGALRM, -signal.SIGXCPU, -signal.SIGKILL):
        raise UnreadableImageError(
            f"It takes longer than {seconds:g} seconds to look into this file, or more memory than"
            " there is."
        )
    raise UnreadableImageError("The decoder came to no end with this file: it is damaged.")


def _answer_of(asked: bytes, seconds: float) -> tuple[bytes, int]:
    known = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    with subprocess.Popen(
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=CODE,
        env={**known, **ENVIRONMENT},
        start_new_session=True,  # Ctrl-C is for us
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        timer = Timer(seconds, process.kill)
        timer.start()
        try:
            with suppress(BrokenPipeError):
                process.stdin.write(asked)
                process.stdin.close()
            answer = process.stdout.read(MOST_ANSWER + 1)
            if len(answer) > MOST_ANSWER:
                process.kill()
        finally:
            status = process.wait()
            timer.cancel()
    return answer[: MOST_ANSWER + 1], status


def _limit(seconds: float, megabytes: int) -> None:
    """Take from this process what no decoder needs."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    memory = _size_now() + megabytes * 1_000_000
    with suppress(ValueError, OSError):  # macOS
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # to write is an error, and no end
    signal.setitimer(signal.ITIMER_REAL, seconds)  # what hangs in C is ended by the kernel
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _size_now() -> int:
    """Return the bytes of memory that this process has mapped; 0 where nobody tells."""
    with suppress(OSError):
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    return 0


def _leave_network() -> None:
    """Go where there is no network, and where no more rights are to be had, if Linux lets us."""
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        # linux/prctl.h: PR_SET_NO_NEW_PRIVS; linux/sched.h: CLONE_NEWNET and CLONE_NEWUSER.
        libc.prctl(38, 1, 0, 0, 0)
        # Root needs no namespace of users, and could no longer read others' files in one.
        libc.unshare(0x40000000 if os.geteuid() == 0 else 0x50000000)


def _main() -> None:
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # decoders talk
    asked = json.loads(sys.stdin.buffer.read())
    _leave_network()
    module, name = asked["function"]
    function = getattr(import_module(module), name)
    root, path = asked["file"]
    _limit(asked["seconds"], asked["megabytes"])
    try:
        answer = DONE + function(InsideFile(Path(root), path), **asked["arguments"])
    except UnreadableImageError as error:
        answer = REFUSED + str(error).encode(errors="replace")
    except MemoryError:
        answer = REFUSED + b"There was not enough memory for this picture."
    with out:
        out.write(answer)
    os._exit(0)  # nothing of a decoder is to be tidied up


if __name__ == "__main__":
    # The errors that decoders raise are those of the module of that name.
    import_module(__spec__.name)._main()
