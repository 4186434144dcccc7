"""How benchmarks print what they measured."""

import json
import sys
from collections.abc import Mapping


def print_results(
    name: str, measured: Mapping[str, float], goals: Mapping[str, tuple[str, float]]
) -> None:
    """Print a table and, as the last line, one JSON object; ``goals`` are (>= or <=, bound)."""
    missed = []
    for key, value in measured.items():
        line = f"{key:44} {value:10.4g}"
        if key in goals:
            relation, bound = goals[key]
            met = value >= bound if relation == ">=" else value <= bound
            line += f"   goal {relation} {bound:g}: {'met' if met else 'MISSED'}"
            if not met:
                missed.append(key)
        print(line)
    readable = {key: f"{relation} {bound:g}" for key, (relation, bound) in goals.items()}
    json.dump({"name": name, "measured": measured, "goals": readable, "missed": missed}, sys.stdout)
    print()
