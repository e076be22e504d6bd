"""Public constants of AWS Regions: Availability Zones, and the hosted zones of AWS's own host names.

Sources: AWS General Reference, "Service endpoints and quotas" (Elastic Load Balancing, Amazon API Gateway,
Amazon S3); Elastic Load Balancing User Guide, "Enable access logs for your Classic Load Balancer" (accounts).
"""

from dataclasses import dataclass
from functools import cache

CLOUDFRONT_HOSTED_ZONE = "Z2FDTNDATAQYW2"

_DIRECTIONS = {
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    "central": "c",
    "northeast": "ne",
    "southeast": "se",
    "northwest": "nw",
    "southwest": "sw",
}


@dataclass(frozen=True, slots=True)
class Region:
    """The public constants of a Region.

    Attributes:
        zones: The last letters of its Availability Zones.
        s3: Hosted zone of its S3 endpoints.
        alb: Hosted zone of its Application Load Balancers.
        nlb: Hosted zone of its Network Load Balancers.
        api: Hosted zone of its regional API Gateway domain names.
        load_balancing_account: The AWS account that writes access logs of load balancers.
    """

    zones: str
    s3: str
    alb: str
    nlb: str
    api: str
    load_balancing_account: str


_OTHER = Region("abc", "Z0000000000S3", "Z0000000000ALB", "Z0000000000NLB", "Z0000000000API", "000000000000")

REGIONS = {
    "ap-northeast-1": Region(
        "acd", "Z2M4EHUR26P7ZW", "Z14GRHDCWA56QT", "Z31USIVHYNEOWT", "Z1YSHQZHG15GKL", "582318560864"
    ),
    "ap-south-1": Region("abc", "Z11RGJOFQNVJUP", "ZP97RAFLXTNZK", "ZVDDRBQ08TROA", "Z3VO1THU9YC4UR", "718504428378"),
    "ap-southeast-1": Region(
        "abc", "Z3O0J2DXBE1FTB", "Z1LMS91P8CMLE5", "ZKVM4W9LS7TM", "ZL327KTPIQFUL", "114774131450"
    ),
    "ap-southeast-2": Region(
        "abc", "Z1WCIGYICN2BYD", "Z1GM3OXH4ZPM65", "ZCT6FZBF4DROD", "Z2RPCDW04V8134", "783225319266"
    ),
    "ca-central-1": Region(
        "abd", "Z1QDHH18159H29", "ZQSVJUPU6J1EY", "Z2EPGBW3API2WT", "Z19DQILCV0OWEC", "985666609251"
    ),
    "eu-central-1": Region(
        "abc", "Z21DNDUVLTQW6Q", "Z215JYRZR1TBD5", "Z3F0SRJ5LGBH90", "Z1U9ULNL0V5AJ3", "054676820928"
    ),
    "eu-north-1": Region("abc", "Z3BAZG2TWCNX0D", "Z23TAZ6LKFMNIO", "Z1UDT6IFJ4EJM", "Z3UWIKFBOOGXPP", "897822967062"),
    "eu-west-1": Region("abc", "Z1BKCTXD74EZPE", "Z32O12XQLNTSW2", "Z2IFOLAFXWLO4F", "ZLY8HYME6SFDD", "156460612806"),
    "eu-west-2": Region("abc", "Z3GKZC51ZF0DB4", "ZHURV8PSTC4K8", "ZD4D7Y8KGAS4G", "ZJ5UAJN8Y3Z2Q", "652711504416"),
    "eu-west-3": Region("abc", "Z3R1K369G5AVDG", "Z3Q77PNBQS71R4", "Z1CMS0P5QUZ6D5", "Z3KY65QIEKYHQQ", "009996457667"),
    "sa-east-1": Region("abc", "Z7KQH4QJS55SO", "Z2P70J7HTTTPLU", "ZTK26PT1VY4CU", "ZCMLWB8V5SYIT", "507241528517"),
    "us-east-1": Region(
        "abcdef", "Z3AQBSTGFYJSTF", "Z35SXDOTRQ7X7K", "Z26RNL4JYFTOTI", "Z1UJRXOUMOOFQ8", "127311923021"
    ),
    "us-east-2": Region("abc", "Z2O1EMRO9K5GLX", "Z3AADJGX6KTTL2", "ZLMOA37VPKANP", "ZOJJZC49E0EPZ", "033677994240"),
    "us-west-1": Region("ac", "Z2F56UZL2M1ACD", "Z368ELLRRE2KJ0", "Z24FKFUX50B4VW", "Z2MUQ32089INYE", "027434742980"),
    "us-west-2": Region("abcd", "Z3BJ6K6RIION7M", "Z1H1FL5HABSF5", "Z18D5FSROUN65G", "Z2OJLYMUO9EFXC", "797873946194"),
}


def region(name: str) -> Region:
    """Return the constants of a Region; made-up ones, with three zones, for a Region that is not listed here."""
    return REGIONS.get(name, _OTHER)


def partition(region_name: str) -> str:
    """Return the partition of a Region: ``aws``, ``aws-cn`` or ``aws-us-gov``."""
    if region_name.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region_name.startswith("us-gov-") else "aws"


def domain(region_name: str) -> str:
    """Return the domain of AWS's host names in the Region's partition."""
    return "amazonaws.com.cn" if partition(region_name) == "aws-cn" else "amazonaws.com"


def zone_names(region_name: str) -> list[str]:
    """Return the names of a Region's Availability Zones, such as ``eu-west-1a``."""
    return [f"{region_name}{letter}" for letter in region(region_name).zones]


@cache
def zone_id(zone_name: str) -> str:
    """Return the id of a zone, such as ``euw1-az1`` for ``eu-west-1a``. In AWS, each account has its own mapping."""
    region_name = zone_name[:-1]
    continent, *directions, number = region_name.split("-")
    short = "".join(_DIRECTIONS.get(word, word[:1]) for word in directions)
    position = region(region_name).zones.find(zone_name[-1]) + 1
    return f"{continent}{short}{number}-az{position or 1}"
