"""Where Kith keeps its data, and who may look into it."""

import os
from pathlib import Path

import pytest

from project.home import LONGEST_SOCKET_FOLDER, kith_home, make_home, secret_key, socket_folder


def test_the_chosen_home_is_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KITH_HOME", "here")
    assert kith_home() == tmp_path / "here"


def test_the_chosen_home_may_start_with_a_tilde(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KITH_HOME", "~/faces")
    assert kith_home() == tmp_path / "faces"


def test_without_a_choice_home_is_a_fixed_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KITH_HOME")
    assert kith_home().is_absolute()
    if os.geteuid() == 0:
        assert kith_home() == Path("/var/lib/kith")


def test_a_home_shows_others_nothing(tmp_path: Path) -> None:
    home = tmp_path / "nested" / "home"
    make_home(home)
    # Root's may be passed through, by the account that runs the database.
    assert home.stat().st_mode & 0o777 == (0o711 if os.geteuid() == 0 else 0o700)


def test_a_home_that_is_there_keeps_its_permissions(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make_home(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_the_secret_key_is_made_once_and_readable_by_us_only(tmp_path: Path) -> None:
    key = secret_key(tmp_path)
    assert len(key) >= 50
    assert secret_key(tmp_path) == key
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_two_installations_have_two_secret_keys(tmp_path: Path) -> None:
    assert secret_key(tmp_path / "one") != secret_key(tmp_path / "two")


@pytest.mark.parametrize("length", [10, 70, 100, 1000])
def test_the_socket_folder_is_short_enough_for_the_kernel(length: int) -> None:
    home = Path("/", *["é" * 20] * (length // 20 + 1))
    assert len(os.fsencode(socket_folder(home))) <= LONGEST_SOCKET_FOLDER
    assert socket_folder(home) != socket_folder(home / "other")
