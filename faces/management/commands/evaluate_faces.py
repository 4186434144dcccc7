"""Say how well the labels and settings of today do on each user's own faces."""

import json
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from faces.actions.evaluating import evaluate
from faces.actions.training import TrainingParameters
from faces.jobs.choices import chosen_parameters
from faces.models import Evaluation
from faces.queries.conflicts import Conflict, Contradiction, label_conflicts
from faces.queries.standing import SuspiciousLabel, suspicious_labels


class Command(BaseCommand):
    """``manage.py evaluate_faces``."""

    help = "Hide labels and guess them: how good are the guesses, and which labels look wrong?"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whose faces, and how to answer."""
        parser.add_argument("--user", metavar="NAME", help="only this user's faces")
        parser.add_argument("--json", action="store_true", help="answer in JSON, a list of users")

    def handle(self, *args: Any, **options: Any) -> None:
        """Evaluate and print; what was found is kept for the Evaluation page."""
        found = [_Evaluated(owner) for owner in _owners(options["user"])]
        if options["json"]:
            self.stdout.write(json.dumps([each.as_json() for each in found], indent=2))
        elif not found:
            self.stdout.write("Nobody has a library yet.")
        else:
            self.stdout.write("\n\n".join("\n".join(each.lines()) for each in found))


def _owners(name: str | None) -> list[User]:
    if name is None:
        return list(User.objects.filter(libraries__isnull=False).distinct().order_by("username"))
    owner = User.objects.filter(username=name).first()
    if owner is None:
        raise CommandError(f"There is no user {name!r}.")
    return [owner]


class _Evaluated:
    """One user's evaluation, in words and in JSON."""

    def __init__(self, owner: User) -> None:
        self.owner = owner
        self.evaluation: Evaluation = evaluate(
            owner=owner,
            parameters=TrainingParameters(**chosen_parameters()),
            report=lambda stage, done, total: None,
        )
        self.suspicious = suspicious_labels(owner, self.evaluation)
        self.conflicts = label_conflicts(owner)

    def as_json(self) -> dict[str, Any]:
        return {
            "user": self.owner.username,
            "parameters": self.evaluation.parameters,
            **self.evaluation.report,
            "suspicious": [_suspicious_json(each) for each in self.suspicious],
            "conflicts": [_conflict_json(each) for each in self.conflicts],
        }

    def lines(self) -> Iterator[str]:
        report = self.evaluation.report
        labels, people = _count(report["labels"], "label"), _count(report["people"], "person")
        yield f"{self.owner.username}: {labels} of {people}"
        if report["labels_needed"]:
            missing = _count(report["labels_needed"], "more label")
            yield f"  Too few to hide one and guess it: {missing} of one person would do."
        else:
            yield from _hold_out_lines(report["hold_out"], self.evaluation.parameters)
            yield from _calibration_lines(report["calibration"])
            yield f"  {_count(len(self.suspicious), 'label')} may be wrong"
            yield from map(_suspicious_line, self.suspicious)
        yield f"  {_count(len(self.conflicts), 'contradiction')}"
        yield from map(_conflict_line, self.conflicts)


def _hold_out_lines(hold_out: dict[str, int], parameters: dict[str, Any]) -> Iterator[str]:
    labels = hold_out["labels"]
    shares = ", ".join(
        f"{hold_out[name] / labels:.1%} {words} ({hold_out[name]})"
        for name, words in (
            ("right", "rightly named"),
            ("wrong", "wrongly named"),
            ("open", "left open"),
        )
    )
    at_least = parameters["min_probability"]
    yield f"  {_count(labels, 'label')} hidden and guessed, named from probability {at_least}:"
    yield f"    {shares}"
    if hold_out["only_labels"]:
        only = _count(hold_out["only_labels"], "person")
        yield (
            f"    {only} with a single label, whom nobody can know while it is hidden:"
            f" {hold_out['only_named']} named all the same"
        )


def _calibration_lines(calibration: dict[str, Any]) -> Iterator[str]:
    yield f"  Expected calibration error {calibration['error']:.1%}"
    yield "    shown  right  guesses"
    for each in calibration["bins"]:
        yield f"    {each['probability']:5.0%}  {each['right']:5.0%}  {each['guesses']:7}"


def _suspicious_line(label: SuspiciousLabel) -> str:
    other = f"looks like {label.looks_like}" if label.looks_like else "looks like nobody labelled"
    return (
        f"    face {label.face.pk} in {label.face.photo.path}: {label.face.person}"
        f" is wrong with {label.probability:.0%}, {other}"
    )


def _conflict_line(conflict: Conflict) -> str:
    path = conflict.faces[0].photo.path
    if conflict.kind is Contradiction.REJECTED:
        face = conflict.faces[0].pk
        return f"    {path}: face {face} is labelled {conflict.person}, and was said not to be"
    faces = ", ".join(str(face.pk) for face in conflict.faces)
    return f"    {path}: {conflict.person} is labelled more than once, faces {faces}"


def _suspicious_json(label: SuspiciousLabel) -> dict[str, Any]:
    return {
        "face": label.face.pk,
        "photo": label.face.photo.path,
        "person": str(label.face.person),
        "probability": label.probability,
        "looks_like": str(label.looks_like) if label.looks_like else None,
    }


def _conflict_json(conflict: Conflict) -> dict[str, Any]:
    return {
        "kind": conflict.kind.value,
        "photo": conflict.faces[0].photo.path,
        "person": str(conflict.person),
        "faces": [face.pk for face in conflict.faces],
    }


def _count(number: int, one: str) -> str:
    many = {"person": "people"}.get(one, f"{one}s")
    return f"{number} {one if number == 1 else many}"
