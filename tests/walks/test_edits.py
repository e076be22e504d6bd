"""A walk edits every setting, and draws values that the configuration allows."""

import random

from tests.walks import edits as edits_of_walks
from tests.walks.edits import Edit, draw, parsed, settings_of, with_edits
from tests.walks.settings import LEFT_OUT, WORDS, declared, edited
from tests.walks.start import START

DECLARED = {key for key, _, _ in declared()}


def test_every_setting_is_edited_or_left_out_for_a_reason():
    settings = {each.key: each for each in edited()}
    assert settings.keys() | LEFT_OUT.keys() == DECLARED
    assert not settings.keys() & LEFT_OUT.keys()
    assert WORDS.keys() <= settings.keys()
    assert [key for key, each in settings.items() if len(each.values) < 2] == []


def test_edits_are_drawn_from_their_seed_and_reach_most_sections():
    config, again, keys = START, START, set()
    chance, other = random.Random(7), random.Random(7)
    for _ in range(60):
        edits, config = draw(config, chance)
        same, again = draw(again, other)
        assert edits == same
        assert 1 <= len(edits) <= 3
        assert settings_of(config) == settings_of(again)
        keys |= {edit.key for edit in edits}
    assert len({key.split(".")[0] for key in keys}) > 10
    assert len(keys) > 50


def test_what_was_refused_is_not_drawn_again():
    chance = random.Random(1)
    refused = frozenset(
        str(Edit(each.key, value)) for each in edited() if each.key != "waf.enabled" for value in each.values
    )
    edits, _ = draw(START, chance, refused)
    assert [(edit.key, edit.value) for edit in edits] == [("waf.enabled", True)]


def test_no_zone_is_taken_away(monkeypatch):
    monkeypatch.setattr(edits_of_walks, "ATTEMPTS", 100_000)
    chance = random.Random(1)
    start = with_edits(START, [Edit("vpc.zones", 5)])
    refused = frozenset(
        str(Edit(each.key, value)) for each in edited() if each.key != "vpc.zones" for value in each.values
    )
    edits, _ = draw(start, chance, refused)
    assert edits == [Edit("vpc.zones", 6)]


def test_a_step_is_read_as_it_is_printed():
    edits = [
        Edit("vpc.nat", "single"),
        Edit("vpc.zones", 3),
        Edit("tags", {"team": "a=b"}),
        Edit("dns.api_domain", None),
    ]
    assert parsed("; ".join(map(str, edits))) == edits
