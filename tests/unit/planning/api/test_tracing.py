"""The name of the rule that says which requests of an API are traced."""

from spot_planning.api.tracing import sampling_rule_name


def test_a_rules_name_fits_and_is_the_only_one_of_the_account() -> None:
    name = sampling_rule_name("halalsphere-with-a-long-name-prod", "shop-prod-api")
    assert name.startswith("halalsphere-with-a-long")
    assert len(name) == 32
    assert sampling_rule_name("api", "shop-prod-api") != sampling_rule_name("api", "other-prod-api")
