"""docs/cost.md has the current costs of every resource of the stacks."""

import pytest

from tests.prices import BY_USE, FREE, PAGE, PRICED, ROWS, STACKS, monthly, recorded, table, table_of, unpriced
from tests.program import record_changed

pytestmark = pytest.mark.xdist_group("whole program")


@pytest.mark.parametrize("stack", STACKS)
def test_every_type_of_resource_has_a_price_or_is_known_to_be_free(stack: str) -> None:
    assert unpriced(recorded(stack)) == set()


def test_no_type_is_both() -> None:
    assert PRICED.keys().isdisjoint(BY_USE)
    assert {type_ for type_ in PRICED if type_.startswith(FREE)} == {"aws:apigateway/stage:Stage"}


def test_the_page_has_the_sums_of_the_stacks() -> None:
    """`python -m tests.prices` rewrites the table; explain the change in the page's text."""
    assert table_of(PAGE.read_text(encoding="utf-8")) == table()


def test_the_readme_has_the_same_sums() -> None:
    readme = (PAGE.parents[1] / "README.md").read_text(encoding="utf-8")
    for stack in STACKS:
        (line,) = [line for line in readme.splitlines() if line.startswith(f"| `{stack}` |")]
        assert line.endswith(f"about {sum(monthly(recorded(stack)).values()):.0f} USD |")


def test_the_page_names_what_costs_by_use() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [price for price in BY_USE.values() if price not in page] == []


def test_what_a_stack_can_switch_on_has_a_row() -> None:
    found = monthly(
        record_changed(
            "dev",
            dns={"zone_name": "example.com", "manage_zone": True},
            vpc={"interface_endpoints": ["ecr.api", "logs"], "nat": "single"},
            api={"cache_size_gb": 0.5},
        )
    )
    assert found["zone"] == pytest.approx(0.50)
    assert found["endpoint"] == pytest.approx(2 * 2 * 7.30)
    assert found["api-cache"] == pytest.approx(14.60)
    assert set(found) <= set(ROWS)
