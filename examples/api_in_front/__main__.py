"""An API in front of an existing service with an internal network load balancer."""

import pulumi
import pulumi_aws as aws

from spot_platform import ApiAccount, ApiAccountArgs, EncryptionKey, EncryptionKeyArgs, PrivateApi, PrivateApiArgs

config = pulumi.Config()
account_id, region = config.require("account_id"), config.require("region")
# Limited to one account: credentials of another account are refused before any resource is created.
opts = pulumi.ResourceOptions(provider=aws.Provider("aws", region=region, allowed_account_ids=[account_id]))

# Existing resources; `aws elbv2 describe-load-balancers` prints them.
LOAD_BALANCER_ARN = f"arn:aws:elasticloadbalancing:{region}:{account_id}:loadbalancer/net/orders/50dc6c495c0c9188"
LOAD_BALANCER_DNS_NAME = f"orders-50dc6c495c0c9188.elb.{region}.amazonaws.com"
SECURITY_GROUP_ID = "sg-0123456789abcdef0"
VPC_ID = "vpc-0123456789abcdef0"
PRIVATE_SUBNET_IDS = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]

# The key of the logs. No component makes a key by itself: each key costs 1 USD a month, and one is enough for a stack.
key = EncryptionKey("orders", EncryptionKeyArgs(account_id=account_id, region=region), opts)
# The account's role for the logs of all APIs: once per account and Region, in one stack only.
account = ApiAccount("orders", ApiAccountArgs(), opts)
api = PrivateApi(
    "orders",
    PrivateApiArgs(
        document={
            "openapi": "3.0.3",
            "info": {"title": "Orders", "version": "1"},
            "servers": [{"url": "https://orders.example.com/v1"}],
            "paths": {
                "/orders/{id}": {
                    "get": {
                        "parameters": [
                            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                        ],
                        "responses": {"200": {"description": "An order"}},
                    }
                }
            },
        },
        stage_name="live",
        load_balancer_arn=LOAD_BALANCER_ARN,
        load_balancer_dns_name=LOAD_BALANCER_DNS_NAME,
        load_balancer_security_group_id=SECURITY_GROUP_ID,
        vpc_id=VPC_ID,
        subnet_ids=PRIVATE_SUBNET_IDS,
        logging_role_arn=account.logging_role_arn,
        cors_allowed_origins=["https://shop.example.com"],
        kms_key_arn=key.arn,
    ),
    opts,
)
pulumi.export("url", api.url)
pulumi.export("api_key_id", api.api_key_id)
