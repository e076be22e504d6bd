"""The stack file's lists of allowed parties refuse an entry that would allow everybody."""

import json

import pytest

from policy.iam.wide_lists import too_wide
from tests.policy.engine_calls import Pack

EVERY_PATH = ("*", "/*", "**", "//*", "/?*", "/*/*", "/[!x]*", "[/]*", "*e*", "/*a", "/{proxy+}", "/{all+}", "/*/")
SOME_PATHS = ("/health", "/health/*", "/certificates/verify/*", "/", "/v1/{proxy+}", "/users/{id}", "/*/health", "/h*")
EVERY_NETWORK = ("0.0.0.0/0", "::/0", "8.0.0.0/9", "0.0.0.0/1", "2000::/3", " 52.0.0.0/8 ", "0.0.0.0/7")
SOME_NETWORKS = ("203.0.113.0/24", "198.51.0.0/16", "2001:db8::/32", "10.0.0.0/8", "vpc-0a1b2c3d", "vpce-0a1b2c3d")


@pytest.mark.parametrize(
    ("key", "item", "refused"),
    [
        *(("open_paths", each, True) for each in EVERY_PATH),
        *(("open_paths", each, False) for each in SOME_PATHS),
        *(("allowed_networks", each, True) for each in EVERY_NETWORK),
        *(("allowed_networks", each, False) for each in SOME_NETWORKS),
        ("allowed_accounts", "123456789012", False),
        ("allowed_organizations", "o-a1b2c3d4e5", False),
    ],
)
def test_what_lets_in_everybody_is_too_wide(key: str, item: str, refused: bool) -> None:
    assert bool(too_wide(key, item)) is refused


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ({"open_paths": ["/health", "/*"]}, "shop:policy.open_paths: '/*' opens every path, or nearly; name the paths"),
        ({"allowed_networks": ["0.0.0.0/0"]}, "shop:policy.allowed_networks: '0.0.0.0/0' lets in strangers"),
    ],
)
@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_stack_file_with_such_a_list_is_refused(stack: str, section: object, told: str) -> None:
    with pytest.raises(ValueError, match="shop:policy") as refused:
        Pack(stack=stack, project="shop", config={"shop:policy": json.dumps(section)})
    assert str(refused.value).startswith(told)
