"""The engines that there are, and the one in force."""

from dataclasses import dataclass
from pathlib import Path

from faces.models import EngineChoice
from faces.vision.catalogue import DEFAULT_ENGINE, ENGINES, recommended_engine


@dataclass(frozen=True)
class EngineShown:
    """An engine as a page shows it."""

    name: str
    what: str
    state: str  # of its EngineChoice, or "available"
    licences: list[str]
    commercial: bool  # may be used for everything
    download_bytes: int  # that are still to be fetched
    downloadable: bool  # what is missing is published somewhere
    recommended: bool
    take_when_ready: bool
    report: dict[str, int]  # of the dry run; empty before it


def engines_shown(weights: Path) -> list[EngineShown]:
    """Return the engines that there are; ``weights`` is the folder where theirs are installed."""
    choices = {choice.name: choice for choice in EngineChoice.objects.all()}
    in_force = engine_in_force()
    shown = []
    for kind in ENGINES.values():
        choice = choices.get(kind.name)
        state = choice.state if choice else "available"
        shown.append(
            EngineShown(
                name=kind.name,
                what=kind.what,
                state=EngineChoice.State.IN_FORCE if kind.name == in_force else state,
                licences=sorted({each.licence for each in kind.weights}),
                commercial=kind.commercial,
                download_bytes=sum(each.size for each in kind.missing(weights)),
                downloadable=all(each.sources for each in kind.missing(weights)),
                recommended=kind == recommended_engine(),
                take_when_ready=bool(choice and choice.take_when_ready),
                report=choice.report if choice else {},
            )
        )
    return shown


def engine_in_force() -> str:
    """Return the name of the engine that finds the faces which are shown."""
    chosen = EngineChoice.objects.filter(state=EngineChoice.State.IN_FORCE).first()
    return chosen.name if chosen else DEFAULT_ENGINE
