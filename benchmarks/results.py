"""How benchmarks print what they measured."""

import json
import sys
from collections.abc import Mapping


def print_results(
    name: str, measured: Mapping[str, float], goals: Mapping[str, tuple[str, float]]
) -> None:
    """Print a table and, as the last line, one JSON object; ``goals`` are (>= or <=, bound)."""
    for key, value in measured.items():
        line = f"{key:44} {value:10.4g}"
        if key in goals:
            relation, bound = goals[key]
            line += (
                f"   goal {relation} {bound:g}: {'met' if meets(value, goals[key]) else 'MISSED'}"
            )
        print(line)
    print_object(name, measured, goals)


def print_object(
    name: str, measured: Mapping[str, float], goals: Mapping[str, tuple[str, float]]
) -> None:
    """Print one JSON object: what was measured, the goals, and which of them were missed."""
    missed = [key for key, goal in goals.items() if not meets(measured[key], goal)]
    readable = {key: f"{relation} {bound:g}" for key, (relation, bound) in goals.items()}
    json.dump({"name": name, "measured": measured, "goals": readable, "missed": missed}, sys.stdout)
    print()


def meets(value: float, goal: tuple[str, float]) -> bool:
    """Return whether a value is on the right side of its goal."""
    relation, bound = goal
    return value >= bound if relation == ">=" else value <= bound
