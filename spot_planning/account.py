"""The AWS account and the Regions that a stack may name."""

from spot_planning.declarations import matching, one_of

REGION = matching(r"[a-z]{2,4}(?:-[a-z]+)+-[1-9]", "a Region such as us-east-1")
"""A Region of any partition."""

COMMERCIAL_REGION = matching(
    r"(?!cn-|us-gov-|us-iso|eu-isoe-)[a-z]{2}(?:-[a-z]+)+-[1-9]",
    "a Region such as us-east-1, outside China and GovCloud (CloudFront and its certificates live in us-east-1)",
)

ACCOUNT_ID = matching(r"[0-9]{12}", "12 digits in quotes")

PARTITION = one_of(("aws", "aws-cn", "aws-us-gov"))
