"""The dashboard's document."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.monitoring.dashboard import Sections, fill_templates, plan_dashboard

ALL = Sections(service=True, uses_spot=True, container_insights=True, api=True, database=True, cache_nodes=2, site=True)


def widgets(sections: Sections = ALL) -> dict[str, dict[str, Any]]:
    return {
        widget["properties"]["title"]: widget["properties"]
        for widget in plan_dashboard(sections, "sa-east-1")["widgets"]
    }


@pytest.mark.parametrize(
    ("title", "metrics"),
    [
        ("ECS CPU & Memory", {"CPUUtilization", "MemoryUtilization"}),
        ("API Gateway Metrics", {"Count", "4XXError", "5XXError"}),
        ("CloudFront Metrics", {"Requests", "BytesDownloaded", "4xxErrorRate", "5xxErrorRate"}),
        ("RDS Performance", {"CPUUtilization", "DatabaseConnections"}),
        ("RDS memory and storage, bytes", {"FreeableMemory", "FreeStorageSpace"}),
        ("ECS events", {"SpotInterruptions", "CapacityFailures", "FailedDeployments"}),
    ],
)
def test_the_widgets_of_the_plan(title: str, metrics: set[str]) -> None:
    assert {line[1] for line in widgets()[title]["metrics"]} == metrics


def test_every_metric_names_what_it_measures() -> None:
    """A metric without dimensions is a different metric. Nobody publishes it, so its graph stays empty."""
    for title, properties in widgets().items():
        for line in properties["metrics"]:
            if isinstance(line[0], dict) or title == "ECS events":
                continue
            dimensions = line[2:-1]
            assert dimensions, title
            assert len(dimensions) % 2 == 0


def test_cloudfront_is_in_us_east_1_and_the_rest_at_home() -> None:
    regions = {title: properties["region"] for title, properties in widgets().items()}
    assert {title for title, region in regions.items() if region == "us-east-1"} == {"CloudFront Metrics"}
    assert set(regions.values()) == {"us-east-1", "sa-east-1"}


def test_the_spot_share_is_a_percentage_of_all_fargate() -> None:
    lines = widgets()["Fargate Spot share (account and Region)"]["metrics"]
    assert lines[0][0]["expression"] == "100*FILL(spot,0)/(FILL(spot,0)+FILL(demand,0))"
    assert {line[-1]["id"] for line in lines[1:]} == {"spot", "demand"}


@given(
    st.builds(
        Sections,
        service=st.booleans(),
        uses_spot=st.booleans(),
        container_insights=st.booleans(),
        load_balancer_kind=st.sampled_from(["network", "application"]),
        api=st.booleans(),
        database=st.booleans(),
        cache_nodes=st.integers(0, 3),
        site=st.booleans(),
    )
)
def test_widgets_stay_on_the_grid_and_off_each_other(sections: Sections) -> None:
    placed = plan_dashboard(sections, "eu-west-1")["widgets"]
    corners = [(widget["x"], widget["y"]) for widget in placed]
    assert len(set(corners)) == len(corners)
    assert all(widget["x"] + widget["width"] <= 24 for widget in placed)


def test_templates_are_filled_everywhere() -> None:
    document = {"a": ["{one}", {"b": "x-{two}", "c": 3, "d": True, "e": None}]}
    assert fill_templates(document, {"one": "1", "two": "2"}) == {
        "a": ["1", {"b": "x-2", "c": 3, "d": True, "e": None}]
    }
    with pytest.raises(KeyError):
        fill_templates("{three}", {"one": "1"})
