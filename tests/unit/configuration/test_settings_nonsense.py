"""Any nonsense in the configuration gives one readable line for each problem, and no line contains a secret."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configuration.models import model_of
from configuration.settings import SettingsError, load
from configuration.stack import StackSettings
from spot_planning.schedules import CRON
from tests.unit.configuration.test_settings_wrong import BASE, flat

MODEL = model_of(StackSettings)

LONG = "x" * 100_000
SECRET = "hunter2"
NUMBER = "is not a number from -9007199254740992 to 9007199254740992"
HALF = "has half a character (a surrogate without its other half)"
CUT = "x" * 80 + "…"


def lines(section: str, text: str) -> list[str]:
    try:
        load("local", {**flat(BASE), f"spot-platform:{section}": text})
    except SettingsError as error:
        return [problem.removeprefix("spot-platform:") for problem in error.problems]
    return []


def nested(depth: int) -> str:
    return '{"a": ' * depth + "1" + "}" * depth


@pytest.mark.parametrize(
    ("section", "text", "line"),
    [
        ("cache", "null", "cache: empty; expected a map of keys"),
        ("vpc", LONG, f'vpc: "{CUT[1:]} is text; expected a map of keys'),
        ("vpc", json.dumps({"zones": LONG}), f'vpc.zones: "{CUT[1:]} is text; expected a whole number'),
        ("vpc", json.dumps({"cidr_block": LONG}), f"vpc.cidr_block: {CUT} is not an IPv4 range in CIDR notation"),
        ("vpc", json.dumps({LONG: 1}), f"vpc.{CUT}: unknown key; allowed: cidr_block, "),
        (LONG, "{}", f"{CUT}: unknown key; allowed: profile, "),
        ("vpc", json.dumps({"a\nb\u2028\x1b": 1}), 'vpc["a\\nb\\u2028\\u001b"]: unknown key; allowed: cidr_block, '),
        ("vpc", json.dumps({"nat": "a\n\x85\x1b[31m"}), 'vpc.nat: "a\\n\\u0085\\u001b[31m" is not allowed; '),
        ("vpc", '{"nat": "\\ud800"}', f"vpc.nat: {HALF}"),
        ("service", '{"environment": {"A": "\\ud800"}}', f"service.environment.A: {HALF}"),
        ("service", '{"environment": {"A": "\\u0000"}}', "service.environment.A: text is not allowed; "),
        ("service", f'{{"min_tasks": 1{"0" * 5000}}}', f"service.min_tasks: {NUMBER}"),
        ("service", '{"max_tasks": 9007199254740993}', f"service.max_tasks: {NUMBER}"),
        ("budget", '{"monthly_limit_usd": 1e400}', f"budget.monthly_limit_usd: {NUMBER}"),
        ("budget", '{"monthly_limit_usd": Infinity}', f"budget.monthly_limit_usd: {NUMBER}"),
        ("budget", '{"monthly_limit_usd": NaN}', f"budget.monthly_limit_usd: {NUMBER}"),
        ("vpc", "[" * 100_000 + "]" * 100_000, "vpc: is nested too deeply; expected a map of keys"),
        ("tags", nested(300), "tags.a: is nested too deeply"),
        ("service", '{"cpu": 256, "memory": 512, "cpu": 512}', "service.cpu: is there twice; keep one of them"),
        ("service", '{"environment": {"A": "1", "A": "2"}}', "service.environment.A: is there twice; keep one of them"),
        ("VPC", "{}", "VPC: unknown key; did you mean spot-platform:vpc?"),
        ("service", '{"env": {"A": "1"}}', "service.env: unknown key; did you mean environment?"),
        (
            "backups",
            '{"schedule": "cron(0 8 * * MON-FRI *)"}',
            f'backups.schedule: "cron(0 8 * * MON-FRI *)" is not allowed; allowed: {CRON}',
        ),
        ("name", "a\nb", 'name: "a\\nb" is not allowed; '),
        ("vpc", '{"nat": ""}', 'vpc.nat: "" is not allowed; allowed: per-az, '),
        ("cache", '{"engine_version": ""}', 'cache.engine_version: "" is not allowed; '),
        ("backups", json.dumps({"schedule": f"cron({'9' * 5000} 5 * * ? *)"}), "backups.schedule: "),
        ("backups", json.dumps({"schedule": f"cron(0/{'9' * 5000} 5 * * ? *)"}), "backups.schedule: "),
        ("api", json.dumps({"document": "a\nb.yaml"}), 'api.document: "a\\nb.yaml" is not allowed; '),
        ("service", json.dumps({"build": "a\nb"}), 'service.build: "a\\nb" is not allowed; '),
        ("service", '{"health_check_command": ["curl"]}', 'service.health_check_command: ["curl"] is not allowed; '),
        ("service", '{"image": "a:1', "service: text; expected a map of keys"),
    ],
)
def test_nonsense_is_one_line(section: str, text: str, line: str) -> None:
    (said,) = lines(section, text)
    assert said.startswith(line)
    assert said.isprintable()
    assert len(said) < 700


@pytest.mark.parametrize(
    ("section", "text"),
    [
        ("service", f'{{"environment": {{"DB_PASSWORD": "{SECRET}"}}'),
        ("service", f'["DB_PASSWORD={SECRET}"]'),
        ("service", f'{{"secrets": {{"MAIL": "{SECRET} {SECRET}"}}}}'),
        ("service", f'{{"secrets": {{"MAIL": {{"value": "{SECRET}"}}}}}}'),
        ("service", f'{{"secrets": ["MAIL={SECRET}"]}}'),
        ("service", f'{{"environment": ["MAIL={SECRET}"]}}'),
        ("database", f'{{"password": "{SECRET}"}}'),
        ("database", f'{{"password_generation": "{SECRET}"}}'),
        ("database", f'{{"password": "{SECRET}"'),
        ("cache", f'{{"token_generation": ["{SECRET}"]}}'),
        ("tags", f'{{"ApiKey_Secret": "{SECRET}*"}}'),
    ],
)
def test_what_may_be_a_secret_is_not_shown(section: str, text: str) -> None:
    (said,) = lines(section, text)
    assert SECRET not in said


def test_keys_of_the_provider_stay_on_their_line() -> None:
    with pytest.raises(SettingsError) as caught:
        load("local", {**flat(BASE), "aws:re\ngion": "x"})
    assert caught.value.problems[0].startswith('"aws:re\\ngion": has no effect')


anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(), max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(data=st.data(), whole=st.booleans())
def test_anything_is_refused_in_words_or_right(data: st.DataObject, *, whole: bool) -> None:
    section = data.draw(st.sampled_from(list(MODEL.model_fields)))
    keys = list(getattr(MODEL.model_fields[section].annotation, "model_fields", ())) or ["a"]
    value = data.draw(anything) if whole else {data.draw(st.sampled_from(keys)): data.draw(anything)}
    assert all(said.isprintable() for said in lines(section, json.dumps(value)))
