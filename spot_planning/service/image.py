"""Which container images a service runs."""

from spot_planning.declarations import matching

IMAGE = matching(
    r"(?:[A-Za-z0-9.-]+(?::[0-9]+)?/)?[a-z0-9]+(?:(?:[._/]|__|-+)[a-z0-9]+)*"
    r"(?=[:@])(?::(?!latest(?:@|$))[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?",
    "an image with a digest or a tag other than latest, such as repository@sha256:<64 hexadecimal digits>",
)
