"""A network, one cluster, and two services on it: one behind a load balancer, and a worker that nobody calls."""

import pulumi
import pulumi_aws as aws

from spot_platform import (
    Cluster,
    ClusterArgs,
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
# Bound to one account: credentials of another one are refused before anything is made.
opts = pulumi.ResourceOptions(provider=aws.Provider("aws", region=region, allowed_account_ids=[account_id]))

vpc = Vpc(
    "shop",
    VpcArgs(region=region, availability_zones=[f"{region}a", f"{region}b"], nat=Nat.SINGLE),
    opts,
)
load_balancer = InternalLoadBalancer(
    "shop", InternalLoadBalancerArgs(vpc_id=vpc.vpc_id, subnet_ids=vpc.private_subnet_ids), opts
)
cluster = Cluster("shop", ClusterArgs(account_id=account_id, region=region), opts)

# An image by digest, so that every task runs the same.
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
        # All on Spot: a worker that is interrupted takes its message again.
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
