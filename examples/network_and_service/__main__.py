"""A network, a cluster, and two services on the cluster: a web service behind a load balancer, and a worker."""

import pulumi
import pulumi_aws as aws

from spot_platform import (
    Cluster,
    ClusterArgs,
    EncryptionKey,
    EncryptionKeyArgs,
    FargateSpotService,
    FargateSpotServiceArgs,
    InternalLoadBalancer,
    InternalLoadBalancerArgs,
    Nat,
    Vpc,
    VpcArgs,
)

config = pulumi.Config()
account_id, region = config.require("account_id"), config.require("region")
# Limited to one account: credentials of another account are refused before any resource is created.
opts = pulumi.ResourceOptions(provider=aws.Provider("aws", region=region, allowed_account_ids=[account_id]))

# One key for all logs. No component makes a key by itself: each key costs 1 USD a month, and one is enough for a stack.
key = EncryptionKey("shop", EncryptionKeyArgs(account_id=account_id, region=region), opts)
vpc = Vpc(
    "shop",
    VpcArgs(region=region, availability_zones=[f"{region}a", f"{region}b"], nat=Nat.SINGLE, kms_key_arn=key.arn),
    opts,
)
load_balancer = InternalLoadBalancer(
    "shop", InternalLoadBalancerArgs(vpc_id=vpc.vpc_id, subnet_ids=vpc.private_subnet_ids), opts
)
cluster = Cluster("shop", ClusterArgs(account_id=account_id, region=region, kms_key_arn=key.arn), opts)

# The image has a digest, so that every task runs the same image.
image = f"public.ecr.aws/nginx/nginx-unprivileged@sha256:{'0' * 64}"
web = FargateSpotService(
    "web",
    FargateSpotServiceArgs(
        account_id=account_id,
        region=region,
        cluster=cluster.reference,
        vpc_id=vpc.vpc_id,
        subnet_ids=vpc.private_subnet_ids,
        load_balancer=load_balancer.reference,
        image=image,
        container_port=8080,
        cpu=256,
        memory=512,
        kms_key_arn=key.arn,
    ),
    opts,
)
worker = FargateSpotService(
    "worker",
    FargateSpotServiceArgs(
        account_id=account_id,
        region=region,
        cluster=cluster.reference,
        vpc_id=vpc.vpc_id,
        subnet_ids=vpc.private_subnet_ids,
        image=image,
        kms_key_arn=key.arn,
        # All tasks run on Spot: if a worker is interrupted, its message is received again.
        on_demand_base=0,
        on_demand_weight=0,
        task_policy_statements=[
            {
                "Effect": "Allow",
                "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage"],
                "Resource": f"arn:aws:sqs:{region}:{account_id}:orders",
            }
        ],
    ),
    opts,
)
pulumi.export("cluster_name", cluster.cluster_name)
pulumi.export("web_log_group_name", web.log_group_name)
pulumi.export("worker_service_name", worker.service_name)
