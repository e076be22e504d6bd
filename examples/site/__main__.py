"""A single-page app's site: a private bucket behind CloudFront, under the name that CloudFront gives it."""

import pulumi
import pulumi_aws as aws

from spot_platform import PriceClass, SpaFrontend, SpaFrontendArgs

config = pulumi.Config()
account_id, region = config.require("account_id"), config.require("region")
# Bound to one account: credentials of another one are refused before anything is made.
opts = pulumi.ResourceOptions(provider=aws.Provider("aws", region=region, allowed_account_ids=[account_id]))

site = SpaFrontend(
    "shop",
    SpaFrontendArgs(price_class=PriceClass.PRICE_CLASS_100, api_origin="https://api.example.com"),
    opts,
)
pulumi.export("url", site.url)
pulumi.export("bucket_name", site.bucket_name)
