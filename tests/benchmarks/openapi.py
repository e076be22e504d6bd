"""Times the import planner: ``python -m tests.benchmarks.openapi [--plot FILE]``.

Each figure is the best of five runs in one process, so that other work on the machine changes it little.
"""

import argparse
import copy
import gc
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from spot_planning.api.openapi_import import ImportQuotas, build_import_document, read_document
from tests.openapi_options import open_options

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "halalsphere-openapi.yaml"
SIZES = (111, 1000, 2000, 3000, 4000, 5000)
QUOTAS = ImportQuotas(resources=10**6, import_bytes=10**9, documentation_parts=10**6)
OPTIONS = open_options(api_key_required=True, cors_allowed_origins=["https://app.example.com"], quotas=QUOTAS)


def grown(example: dict[str, Any], operations: int) -> dict[str, Any]:
    """Return a document with copies of the example under other paths and names, up to this number of operations."""
    methods = {"get", "put", "post", "delete", "options", "head", "patch"}
    document = {
        **example,
        "paths": {},
        "components": {**example["components"], "schemas": dict(example["components"]["schemas"])},
    }
    count, copies = 0, 0
    while count < operations:
        copies += 1
        text = copy.deepcopy(example)
        _rename(text, f"#/components/schemas/V{copies}")
        schemas = text["components"]["schemas"]
        document["components"]["schemas"].update({f"V{copies}{name}": schema for name, schema in schemas.items()})
        for path, item in text["paths"].items():
            kept = {}
            for key, value in item.items():
                if key in methods:
                    if count == operations:
                        continue
                    count += 1
                    value["operationId"] += str(copies)
                kept[key] = value
            document["paths"][f"/v{copies}{path}"] = kept
    return document


def _rename(value: Any, prefix: str) -> None:
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str):
            value["$ref"] = reference.replace("#/components/schemas/", prefix)
        for inner in value.values():
            _rename(inner, prefix)
    elif isinstance(value, list):
        for inner in value:
            _rename(inner, prefix)


def best(work: Callable[[], Any], runs: int = 5) -> float:
    """Return the seconds of the fastest run."""
    times = []
    for _ in range(runs):
        gc.collect()
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def plot(figures: list[tuple[int, float]]) -> str:
    """Return a plot of the times, with a straight line through the last point."""
    width, height, left, bottom = 640, 320, 60, 40
    most, longest = figures[-1][0], max(seconds for _, seconds in figures) * 1.1

    def at(operations: float, seconds: float) -> tuple[float, float]:
        return left + operations / most * (width - left - 20), height - bottom - seconds / longest * (
            height - bottom - 20
        )

    points = [at(*figure) for figure in figures]
    (x0, y0), (x1, y1) = at(0, 0), points[-1]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    font = 'font-family="sans-serif" font-size="12"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {font}>',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<path d="M{left} 20V{height - bottom}H{width - 20}" fill="none" stroke="#444"/>',
        f'<path d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}" stroke="#bbb" stroke-dasharray="4"/>',
        f'<polyline points="{line}" fill="none" stroke="#0b62a4" stroke-width="2"/>',
    ]
    for (operations, seconds), (x, y) in zip(figures, points, strict=True):
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#0b62a4"/>')
        parts.append(f'<text x="{x:.1f}" y="{height - 22}" text-anchor="middle">{operations}</text>')
        parts.append(f'<text x="{x - 6:.1f}" y="{y - 8:.1f}" text-anchor="end">{seconds:.2f} s</text>')
    parts.append(f'<text x="{(width + left) / 2}" y="{height - 6}" text-anchor="middle">operations</text></svg>')
    return "\n".join(parts) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plot", type=Path, help="SVG file to write")
    arguments = parser.parse_args()
    text = EXAMPLE.read_bytes()
    example = read_document(text)
    reading = best(lambda: read_document(text))
    building = best(lambda: build_import_document(example, OPTIONS))
    print(f"example, 111 operations: read {reading * 1000:.0f} ms, build {building * 1000:.0f} ms")
    figures = []
    for size in SIZES:
        document = grown(example, size)
        seconds = best(lambda document=document: build_import_document(document, OPTIONS), runs=3)
        plan = build_import_document(document, OPTIONS)
        figures.append((size, seconds))
        print(f"{size} operations: {seconds:.3f} s, {seconds / size * 1e6:.0f} us each, {len(plan.body)} bytes")
    if arguments.plot:
        arguments.plot.write_text(plot(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
