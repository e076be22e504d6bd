"""A single-page app's site: a private bucket behind CloudFront, with CloudFront's own name."""

import pulumi
import pulumi_aws as aws

from spot_platform import EncryptionKey, EncryptionKeyArgs, PriceClass, SpaFrontend, SpaFrontendArgs

config = pulumi.Config()
account_id, region = config.require("account_id"), config.require("region")
# Limited to one account: credentials of another account are refused before any resource is created.
opts = pulumi.ResourceOptions(provider=aws.Provider("aws", region=region, allowed_account_ids=[account_id]))

# The key of the site's files and of its access logs. No component makes a key by itself: each key costs 1 USD a month,
# and one is enough for a stack.
key = EncryptionKey("shop", EncryptionKeyArgs(account_id=account_id, region=region), opts)
site = SpaFrontend(
    "shop",
    SpaFrontendArgs(price_class=PriceClass.PRICE_CLASS_100, api_origin="https://api.example.com", kms_key_arn=key.arn),
    opts,
)
pulumi.export("url", site.url)
pulumi.export("bucket_name", site.bucket_name)
