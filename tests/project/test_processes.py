"""Knowing that a process has ended."""

import subprocess
import sys

import psutil

from project.processes import has_ended, wait_until_ended


def test_a_process_that_nobody_asked_after_has_ended() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    process = psutil.Process(child.pid)
    assert wait_until_ended([process], 10)
    assert process.status() == psutil.STATUS_ZOMBIE
    child.wait()
    assert has_ended(process)


def test_waiting_for_a_process_that_goes_on_is_bounded() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert not wait_until_ended([psutil.Process(child.pid)], 0.1)
    child.communicate(b"\n")
    assert wait_until_ended([], 0)
