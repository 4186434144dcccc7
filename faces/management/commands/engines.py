"""List, download, verify and take in the weights that engines are made of; use an engine."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from faces.jobs.engines import start_preparation
from faces.queries.engines import engine_in_force
from faces.vision.catalogue import UnknownEngineError, engine_kind
from faces.vision.downloading import fetch
from faces.vision.weights import (
    WEIGHTS,
    Weights,
    WeightsError,
    is_installed,
    take_from,
    verify,
    weights_named,
)
from project.home import make_home
from project.jobs.access import installation_owner


class Command(BaseCommand):
    """``manage.py engines [download | verify | take | use]``."""

    help = "Which weights of detectors and embedders are installed? Nothing is fetched unasked."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what is to be done; without it, the weights are listed."""
        actions = parser.add_subparsers(title="what to do", metavar="ACTION")
        download = actions.add_parser("download", help="download weights by their names")
        download.add_argument("names", nargs="+", metavar="NAME")
        download.set_defaults(action=self._download)
        actions.add_parser(
            "verify", help="read all installed weights and compare their hashes"
        ).set_defaults(action=self._verify)
        take = actions.add_parser("take", help="copy weights out of a folder, found by their hash")
        take.add_argument("folder", type=Path, metavar="FOLDER")
        take.set_defaults(action=self._take)

        use = actions.add_parser("use", help="look into all photos with an engine, and take it")
        use.add_argument("name", metavar="NAME")
        use.set_defaults(action=self._use)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what was asked for."""
        act: Callable[[dict[str, Any]], None] = options.get("action", self._list)
        try:
            act(options)
        except (WeightsError, UnknownEngineError) as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error

    def _list(self, options: dict[str, Any]) -> None:
        for each in WEIGHTS.values():
            self.stdout.write(_line(each))
        self.stdout.write(f"They lie in {_folder()}.")

    def _download(self, options: dict[str, Any]) -> None:
        wanted = [weights_named(name) for name in options["names"]]
        make_home(settings.KITH_HOME)
        for weights in wanted:
            fetch(weights, _folder(), self._progress_of(weights))
            self.stdout.write(f"{weights.name} is installed. Its licence: {weights.licence}.")

    def _verify(self, options: dict[str, Any]) -> None:
        present = [each for each in WEIGHTS.values() if (_folder() / each.file).exists()]
        for weights in present:
            verify(_folder() / weights.file, weights)
            self.stdout.write(f"{weights.name} is whole.")
        if not present:
            self.stdout.write("No weights are installed.")

    def _take(self, options: dict[str, Any]) -> None:
        make_home(settings.KITH_HOME)
        taken = take_from(options["folder"], _folder())
        for weights in taken:
            self.stdout.write(f"{weights.name} is installed. Its licence: {weights.licence}.")
        if not taken:
            self.stdout.write(f"{options['folder']} has no weights that are missing.")

    def _use(self, options: dict[str, Any]) -> None:
        name = options["name"]
        if engine_in_force() == name:
            self.stdout.write(f"{name} is in force already.")
            return
        owner = installation_owner()
        if owner is None:
            raise CommandError("There are no users yet: start Kith once with make run.")
        for weights in engine_kind(name).missing(_folder()):
            fetch(weights, _folder(), self._progress_of(weights))
        job = start_preparation(requested_by=owner, name=name, take_when_ready=True)
        self.stdout.write(
            f"{name} looks into all photos, and takes over then: see the page Engines."
            if job
            else f"{name} is in force."
        )

    def _progress_of(self, weights: Weights) -> Callable[[int, int], None]:
        """Return what says each tenth of a download once."""
        said = 0

        def say(done: int, total: int) -> None:
            nonlocal said
            tenths = 10 * done // total
            if tenths > said:
                said = tenths
                self.stdout.write(f"{weights.name}: {10 * tenths}% of {_megabytes(total)}")

        return say


def _folder() -> Path:
    return settings.WEIGHTS_ROOT


def _line(weights: Weights) -> str:
    installed = "installed" if is_installed(weights, _folder()) else "-"
    business = "commercial use" if weights.commercial else "no commercial use"
    return (
        f"{weights.name:15} {weights.kind:9} {_megabytes(weights.size):>8}  {installed:9}"
        f"  {weights.licence}; {business}\n{'':15} {weights.what}"
    )


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
