"""Outputs of ECS, scaling, IAM, container registry, Lambda and EC2 instances."""

from .templates import Made, Scope

_CREATED = "2026-01-01T00:00:00Z"
"""The creation time of every made-up resource. With the real time, every run would return different values."""

_IAM = "arn:{partition}:iam::{account}"


def _cluster_name(scope: Scope) -> str:
    return str(scope.get("cluster", "default")).rpartition("/")[2]


def _service_role(scope: Scope) -> str:
    services = {
        "ecs": "ecs.application-autoscaling/AWSServiceRoleForApplicationAutoScaling_ECSService",
        "rds": "rds.application-autoscaling/AWSServiceRoleForApplicationAutoScaling_RDSCluster",
        "elasticache": "elasticache.application-autoscaling/AWSServiceRoleForApplicationAutoScaling_ElastiCacheRG",
    }
    role = services.get(scope["serviceNamespace"])
    # AWS's names: https://docs.aws.amazon.com/autoscaling/application/userguide - service-linked roles
    if role is None:
        return scope.render(f"{_IAM}:role/application-autoscaling")
    service, _, name = role.partition("/")
    return scope.render(f"{_IAM}:role/aws-service-role/{service}.{{domain}}/{name}")


def _scaling(kind: str) -> str:
    return f"arn:{{partition}}:autoscaling:{{region}}:{{account}}:{kind}:{{uuid}}"


_SCALING_RESOURCE = "resource/{serviceNamespace}/{resourceId}"
_INSTANCE = "arn:{partition}:ec2:{region}:{account}:instance/{id}"
_ECS = "arn:{partition}:ecs:{region}:{account}"
_FUNCTION = "arn:{partition}:lambda:{region}:{account}:function:{name}"
_INVOCATION = "arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions"

TABLE: dict[str, Made] = {
    "aws:ecs/cluster:Cluster": Made("{arn}", {"arn": f"{_ECS}:cluster/{{name}}"}),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": Made("{clusterName}"),
    "aws:ecs/service:Service": Made(
        "{arn}",
        {
            "arn": lambda scope: scope.render(f"{_ECS}:service/{_cluster_name(scope)}/{{name}}"),
            "cluster": f"{_ECS}:cluster/default",
            "availabilityZoneRebalancing": "ENABLED",
            "iamRole": "/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
            "platformVersion": lambda scope: "LATEST" if scope.get("launchType") == "FARGATE" else "",
        },
    ),
    "aws:ecs/taskDefinition:TaskDefinition": Made(
        "{family}",
        {
            # AWS counts revisions; here the revision depends on the content, so that a new content has another ARN
            "revision": lambda scope: 1 + scope.pick(900),
            "arn": f"{_ECS}:task-definition/{{family}}:{{revision}}",
            "arnWithoutRevision": f"{_ECS}:task-definition/{{family}}",
            "networkMode": "bridge",
        },
    ),
    "aws:appautoscaling/target:Target": Made(
        "{resourceId}",
        {
            "arn": "arn:{partition}:application-autoscaling:{region}:{account}:scalable-target/{hex:36}",
            "roleArn": _service_role,
        },
    ),
    "aws:appautoscaling/policy:Policy": Made(
        "{name}", {"arn": _scaling("scalingPolicy") + f":{_SCALING_RESOURCE}:policyName/{{name}}"}
    ),
    "aws:appautoscaling/scheduledAction:ScheduledAction": Made(
        "{serviceNamespace}-{name}-{resourceId}",
        {"arn": _scaling("scheduledAction") + f":{_SCALING_RESOURCE}:scheduledActionName/{{name}}"},
    ),
    "aws:iam/role:Role": Made(
        "{name}",
        {"arn": f"{_IAM}:role{{path}}{{name}}", "uniqueId": "AROA{upper:17}", "createDate": _CREATED, "path": "/"},
    ),
    "aws:iam/policy:Policy": Made(
        "{arn}", {"arn": f"{_IAM}:policy{{path}}{{name}}", "policyId": "ANPA{upper:17}", "path": "/"}
    ),
    "aws:iam/rolePolicy:RolePolicy": Made("{role}:{name}"),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Made("{role}/{policyArn}"),
    "aws:iam/instanceProfile:InstanceProfile": Made(
        "{name}",
        {
            "arn": f"{_IAM}:instance-profile{{path}}{{name}}",
            "uniqueId": "AIPA{upper:17}",
            "createDate": _CREATED,
            "path": "/",
        },
    ),
    "aws:iam/user:User": Made(
        "{name}", {"arn": f"{_IAM}:user{{path}}{{name}}", "uniqueId": "AIDA{upper:17}", "path": "/"}
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Made(
        "{arn}",
        {
            "arn": lambda scope: scope.render(f"{_IAM}:oidc-provider/{str(scope['url']).removeprefix('https://')}"),
            "thumbprintLists": ["{hex:40}"],
        },
    ),
    "aws:ecr/repository:Repository": Made(
        "{name}",
        {
            "arn": "arn:{partition}:ecr:{region}:{account}:repository/{name}",
            "registryId": "{account}",
            "repositoryUrl": "{account}.dkr.ecr.{region}.{domain}/{name}",
        },
    ),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": Made("{repository}", {"registryId": "{account}"}),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": Made("{repository}", {"registryId": "{account}"}),
    "aws:lambda/function:Function": Made(
        "{name}",
        {
            "arn": _FUNCTION,
            "version": "$LATEST",
            "qualifiedArn": "{arn}:{version}",
            "invokeArn": f"{_INVOCATION}/{{arn}}/invocations",
            "qualifiedInvokeArn": f"{_INVOCATION}/{{qualifiedArn}}/invocations",
            "responseStreamingInvokeArn": (
                "arn:{partition}:apigateway:{region}:lambda:path/2021-11-15/functions/{arn}/response-streaming-invocations"
            ),
            "lastModified": "2026-01-01T00:00:00.000+0000",
            "architectures": ["x86_64"],
            "codeSha256": "{hex:64}",
            "sourceCodeHash": "{hex:64}",
            "sourceCodeSize": 1024,
            "ephemeralStorage": {"size": 512},
            "tracingConfig": {"mode": "PassThrough"},
            "loggingConfig": {"logFormat": "Text", "logGroup": "/aws/lambda/{name}"},
        },
    ),
    "aws:lambda/permission:Permission": Made("{statementId}"),
    "aws:ec2/instance:Instance": Made(
        "i-{hex:17}",
        {
            "arn": _INSTANCE,
            "availabilityZone": "{zone}",
            "ami": "ami-{hex:17}",
            "instanceState": "running",
            "instanceType": "m1.small",
            "primaryNetworkInterfaceId": "eni-{hex:17}",
            "privateIp": "{private_ip}",
            "privateDns": "ip-{hex:8}.{region}.compute.internal",
            "publicIp": lambda scope: (
                scope.render("{public_ip}") if scope.get("associatePublicIpAddress") is True else ""
            ),
            "subnetId": "subnet-{hex:17}",
            "tenancy": "default",
            "instanceInitiatedShutdownBehavior": "stop",
            "metadataOptions": {
                "httpEndpoint": "enabled",
                "httpPutResponseHopLimit": 2,
                "httpTokens": "required",
                "httpProtocolIpv6": "disabled",
                "instanceMetadataTags": "disabled",
            },
        },
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": Made(
        "lt-{hex:17}",
        {
            "arn": "arn:{partition}:ec2:{region}:{account}:launch-template/{id}",
            "defaultVersion": 1,
            "latestVersion": 1,
        },
    ),
    "aws:autoscaling/group:Group": Made(
        "{name}",
        {
            "arn": (
                "arn:{partition}:autoscaling:{region}:{account}:autoScalingGroup:{uuid}:autoScalingGroupName/{name}"
            ),
            "defaultCooldown": 300,
            "healthCheckType": "EC2",
            "desiredCapacity": "{minSize}",
        },
    ),
}
