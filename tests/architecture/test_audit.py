"""make audit: a hole fails, and an index that lists none is not taken for clean."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / ".ci" / "audit.py"


@pytest.fixture(scope="module")
def audit() -> Any:
    spec = importlib.util.spec_from_file_location("audit", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PIP = {
    "dependencies": [
        {"name": "sound", "version": "1.0", "vulns": []},
        {
            "name": "holey",
            "version": "2.0",
            "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}, {"id": "PYSEC-2"}],
        },
        {"name": "private", "skip_reason": "Dependency not found on PyPI"},
    ]
}
NPM = {
    "metadata": {"dependencies": {"total": 9}},
    "vulnerabilities": {"holey": {"range": "<3", "severity": "high"}},
}


def test_holes_are_named_and_fail(
    audit: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reports = iter([PIP, NPM])
    monkeypatch.setattr(audit, "report_of", lambda *_: next(reports))
    assert audit.main() == 1
    said = capsys.readouterr().out.splitlines()
    assert said == [
        "requirements.lock: 2 packages looked up, 2 known holes",
        "  holey 2.0: PYSEC-1, mended in 2.1",
        "  holey 2.0: PYSEC-2, mended in no version yet",
        "package-lock.json: 9 packages looked up, 1 known holes",
        "  holey <3: high",
    ]


@pytest.mark.parametrize("report", [{}, {"dependencies": [PIP["dependencies"][2]]}, {"error": {}}])
def test_what_no_index_knows_is_not_clean(audit: Any, report: Any) -> None:
    assert audit.python_holes(report) == (0, [])
    assert audit.npm_holes(report) == (0, [])


def test_without_any_index_one_line_each_says_so(tmp_path: Path) -> None:
    away = "http://127.0.0.1:9"
    environment = os.environ | {
        "PATH": str(tmp_path),  # no npm
        **{name: away for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "https_proxy")},
    }
    done = subprocess.run(
        [sys.executable, SCRIPT], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert [line[:11] for line in done.stdout.splitlines()] == ["NOT AUDITED"] * 2
