"""A single-page app's site: a private bucket behind CloudFront, with CloudFront's own name."""

import pulumi
import pulumi_aws as aws

from spot_platform import PriceClass, SpaFrontend, SpaFrontendArgs

config = pulumi.Config()
account_id, region = config.require("account_id"), config.require("region")
# Limited to one account: credentials of another account are refused before any resource is created.
opts = pulumi.ResourceOptions(provider=aws.Provider("aws", region=region, allowed_account_ids=[account_id]))

site = SpaFrontend(
    "shop",
    SpaFrontendArgs(price_class=PriceClass.PRICE_CLASS_100, api_origin="https://api.example.com"),
    opts,
)
pulumi.export("url", site.url)
pulumi.export("bucket_name", site.bucket_name)
