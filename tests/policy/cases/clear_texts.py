"""Cases of the rules on secrets in clear text: places where a team may write a secret, and texts that look like one."""

import base64
import gzip
from typing import Any

from policy.engine.decoding import SECRET, SIGNATURE
from tests.policy.cases.table import OK, Change, Impossible, Row, U, V, edge
from tests.policy.nodes import UNKNOWN, Json, Node, Ref

SCRIPT = "#!/bin/sh\nexport DB_PASSWORD=hunter22\n"
FILE = base64.b64encode(SCRIPT.encode()).decode()
GITHUB = "ghp_" + "a" * 36
PACKED = {
    "Base64": FILE,
    "gzip": base64.b64encode(gzip.compress(SCRIPT.encode())).decode(),
    "a file of cloud-init": f"#cloud-config\nwrite_files:\n- encoding: b64\n  content: {FILE}\n",
}
LOGIN = {"DB_PASSWORD": "hunter22"}
STATEMENT = '{"Statement": [{"Effect": "Allow", "Condition": {"StringEquals": {"aws:ResourceTag/Secret": "orders"}}}]}'
DECLARED = {SIGNATURE: SECRET, "value": "hunter22hunter22hunter22"}
LISTED = [{"name": "DB_PASSWORD", "value": "hunter22"}]

NONE = {
    "RDS_SECRET": "rds!db-0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f",
    "DB_SECRET": "orders-db",
    "ENCRYPTION_KEY": "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f",
    "SSH_KEY": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbCdEf12345678901234567890 ops",
    "API_KEY": "pk_live_" + "a1B2" * 6,
    "CORS_CREDENTIALS": "include",
    "HASH_PASSWORD": "bcrypt",
    "CSRF_TOKEN": "double-submit",
    "LICENSE_KEY": "MIT",
    "REGISTRY_AUTH": "ecr",
}
"""Variables whose names are like a secret's but whose values are no secrets."""
GIVING: tuple[tuple[str, dict[str, Any]], ...] = (
    ("aws:amplify/app:App", {"environmentVariables": LOGIN}),
    ("aws:sagemaker/model:Model", {"primaryContainer": {"environment": {"HF_AUTH_KEY": "hunter22"}}}),
    ("aws:glue/job:Job", {"defaultArguments": {"--db_password": "hunter22"}}),
    ("aws:elasticbeanstalk/environment:Environment", {"settings": [{"namespace": "x", "name": "RDS_PASSWORD", "value": "hunter22"}]}),
    ("aws:mwaa/environment:Environment", {"airflowConfigurationOptions": {"smtp.smtp_password": "hunter22"}}),
    ("aws:mskconnect/connector:Connector", {"connectorConfiguration": {"database.password": "hunter22"}}),
    ("aws:cognito/identityProvider:IdentityProvider", {"providerDetails": {"client_id": "x", "client_secret": "hunter22"}}),
    ("aws:codepipeline/webhook:Webhook", {"authenticationConfiguration": {"secretToken": "hunter22"}}),
    ("aws:docdb/cluster:Cluster", {"masterPassword": "hunter22"}),
    ("aws:cloudwatch/eventTarget:EventTarget", {"httpTarget": {"headerParameters": {"X-Api-Key": "hunter22"}}}),
    ("aws:scheduler/schedule:Schedule", {"target": {"input": Json({"environment": LOGIN})}}),
    ("aws:sfn/stateMachine:StateMachine", {"definition": Json({"States": {"A": {"Parameters": {"Environment": LISTED}}}})}),
    ("aws:codebuild/project:Project", {"source": {"buildspec": "phases:\n  build:\n    commands:\n      - docker login -u app -p hunter22\n"}}),
    ("aws:sagemaker/notebookInstanceLifecycleConfiguration:NotebookInstanceLifecycleConfiguration", {"onStart": FILE}),
    ("aws:imagebuilder/component:Component", {"data": f"phases:\n- name: build\n  script: {SCRIPT}"}),
    ("aws:cloudfront/function:Function", {"code": "const apiKey = 'hunter22hunter22';\n"}),
    ("aws:s3/bucketObjectv2:BucketObjectv2", {"content": "DB_HOST=db\nDB_PASSWORD=hunter22\n"}),
    ("aws:ssm/association:Association", {"parameters": {"commands": "mysql --password hunter22"}}),
    ("aws:lightsail/instance:Instance", {"userData": SCRIPT}),
    ("aws:cloudformation/stack:Stack", {"templateBody": "Resources:\n  A:\n    Properties:\n      MasterUserPassword: hunter22\n"}),
    ("command:local:Command", {"create": "psql -c \"ALTER USER app PASSWORD 'hunter22'\""}),
    ("command:local:Command", {"environment": LOGIN}),
    ("aws:s3/bucketObjectv2:BucketObjectv2", {"content": f"cat > policy.json <<EOF\n{STATEMENT}\nEOF\n{SCRIPT}"}),
    ("aws:codebuild/project:Project", {"source": {"buildspec": f"phases:\n  build:\n    commands:\n      - echo '{STATEMENT}' > p\n      - export DB_PASSWORD=hunter22\n"}}),
    ("aws:cloudformation/stack:Stack", {"templateBody": Json({"Resources": {"A": {"Properties": {"MasterUserPassword": "hunter22", "Policy": {"Statement": []}}}}})}),
    ("aws:lambda/function:Function", {"imageConfig": {"commands": ["serve", "--token", "hunter22"]}}),
    ("aws:batch/jobDefinition:JobDefinition", {"containerProperties": Json({"command": ["serve", "--api-key", "hunter22"]})}),
    ("aws:scheduler/schedule:Schedule", {"target": {"input": Json({"containerOverrides": [{"command": ["redis-server", "--requirepass", "hunter22"]}]})}}),
    ("aws:cloudwatch/eventTarget:EventTarget", {"input": Json({"containerOverrides": [{"name": "a", "command": ["curl", "-u", "app:hunter22", "https://example.com"]}]})}),
    ("aws:apprunner/service:Service", {"sourceConfiguration": {"codeRepository": {"codeConfiguration": {"codeConfigurationValues": {"startCommand": "node server.js --token hunter22"}}}}}),
    ("aws:lb/listenerRule:ListenerRule", {"conditions": [{"httpHeader": {"httpHeaderName": "X-Origin-Secret", "values": ["hunter22"]}}]}),
    ("aws:wafv2/webAcl:WebAcl", {"rules": [{"statement": {"byteMatchStatement": {"searchString": "hunter22", "fieldToMatch": {"singleHeader": {"name": "x-origin-verify"}}}}}]}),
    ("aws:wafv2/webAcl:WebAcl", {"ruleJson": Json([{"Statement": {"ByteMatchStatement": {"SearchString": "hunter22", "FieldToMatch": {"SingleQueryArgument": {"Name": "token"}}}}}])}),
    ("aws:cloudfront/keyvaluestoreKey:KeyvaluestoreKey", {"key": "db_password", "value": "hunter22"}),
    ("aws:cloudwatch/eventConnection:EventConnection", {"authParameters": {"apiKey": {"key": "Authorization", "value": "hunter22"}}}),
    ("aws:ecs/taskDefinition:TaskDefinition", {"containerDefinitions": Json([{"name": "a", "secrets": [{"name": "DB_PASSWORD", "valueFrom": "hunter22!"}]}])}),
    ("aws:ecs/taskDefinition:TaskDefinition", {"containerDefinitions": Json([{"name": "a", "logConfiguration": {"secretOptions": [{"name": "splunk-token", "ValueFrom": "0a1b" * 8}]}}])}),
    ("aws:apigateway/apiKey:ApiKey", {"name": "partner", "value": "hunter22hunter22hunter22"}),
    ("aws:codepipeline/pipeline:Pipeline", {"variables": [{"name": "db_password", "defaultValue": "hunter22"}]}),
    ("aws:dynamodb/tableItem:TableItem", {"item": Json({"user": {"S": "app"}, "password": {"S": "hunter22"}})}),
    ("aws:sns/topic:Topic", {"tags": {"db-password": "hunter22"}}),
    ("aws:autoscaling/group:Group", {"tags": [{"key": "db-password", "value": "hunter22", "propagateAtLaunch": True}]}),
    ("pulumi:providers:aws", {"defaultTags": Json({"tags": {"api-token": "hunter22"}})}),
    ("aws:sns/topic:Topic", {"tags": {"secret": "a1B2" * 8}}),
    ("aws:lambda/function:Function", {"environment": {"variables": {GITHUB: "hunter22"}}}),
    ("aws:codebuild/project:Project", {"environment": {"environmentVariables": [{"name": "DB_PASSWORD", "value": DECLARED}]}}),
    ("aws:scheduler/schedule:Schedule", {"target": {"input": Json({"type": {"of": "a variable"}, "name": "DB_PASSWORD", "value": "hunter22"})}}),
    ("aws:lambda/function:Function", {"imageConfig": {"entryPoints": ["sh", "-c", "redis-server --requirepass hunter22"]}}),
)  # fmt: skip
"""Resource types that a team adds, with a secret in one of their texts."""

SOUND: tuple[tuple[str, dict[str, Any]], ...] = (
    ("aws:glue/job:Job", {"defaultArguments": {"--secret_name": "prod/orders", "--db_password": "${DB_PASSWORD}"}}),
    ("aws:cognito/userPoolClient:UserPoolClient", {"tokenValidityUnits": {"accessToken": "minutes", "refreshToken": "days"}}),
    ("aws:efs/fileSystem:FileSystem", {"creationToken": "orders"}),
    ("aws:apigateway/restApi:RestApi", {"body": "paths:\n  /login:\n    post:\n      example:\n        password: hunter22\n"}),
    ("aws:apigateway/restApi:RestApi", {"body": Json({"components": {"schemas": {"Login": {"properties": {"password": {"example": "hunter22"}}, "example": LOGIN}}}})}),
    ("aws:apigateway/model:Model", {"schema": Json({"properties": {"password": {"type": "string"}}, "examples": [LOGIN]})}),
    ("aws:apigateway/integration:Integration", {"requestParameters": {"integration.request.header.X-Api-Key": "method.request.header.X-Api-Key"}}),
    ("aws:apigateway/method:Method", {"requestParameters": {"method.request.header.Authorization": True}}),
    ("aws:rds/parameterGroup:ParameterGroup", {"parameters": [{"name": "password_encryption", "value": "scram-sha-256"}]}),
    ("aws:ec2/keyPair:KeyPair", {"keyName": "ops", "publicKey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbCdEf12345678901234567890 ops"}),
    ("aws:s3/bucket:Bucket", {"bucket": "acme-sk-" + "southern-region-production-data"}),
    ("aws:dynamodb/table:Table", {"hashKey": "token", "attributes": [{"name": "token", "type": "S"}]}),
    ("aws:cloudwatch/eventTarget:EventTarget", {"input": Json({"password": "{{resolve:secretsmanager:prod/orders}}"})}),
    ("aws:codebuild/project:Project", {"source": {"buildspec": "env:\n  secrets-manager:\n    DB_PASSWORD: prod/orders:password\nphases:\n  build:\n    commands:\n      - aws ecr get-login-password | docker login --username AWS --password-stdin $REGISTRY\n"}}),
    ("aws:iam/policy:Policy", {"policy": Json({"Statement": [{"Condition": {"StringEquals": {"aws:ResourceTag/Secret": "orders"}}}]})}),
    ("aws:s3/bucketObjectv2:BucketObjectv2", {"content": f"cat > policy.json <<EOF\n{STATEMENT}\nEOF\n"}),
    ("aws:lambda/function:Function", {"imageConfig": {"commands": ["serve", "--token", "$TOKEN", "--token-ttl", "15m", "--no-password", "orders"]}}),
    ("aws:iam/policy:Policy", {"policy": Json({"Version": "2012-10-17", "Statement": [{"Action": ["secretsmanager:GetSecretValue", "--token"], "Resource": "*"}]})}),
    ("aws:lb/listenerRule:ListenerRule", {"conditions": [{"httpHeader": {"httpHeaderName": "Authorization", "values": ["Bearer *"]}}, {"queryStrings": [{"key": "token", "value": "*"}]}]}),
    ("aws:lb/listenerRule:ListenerRule", {"conditions": [{"httpHeader": {"httpHeaderName": "X-Api-Version", "values": ["2026-01-01"]}}]}),
    ("aws:wafv2/webAcl:WebAcl", {"rules": [{"statement": {"byteMatchStatement": {"searchString": "Bearer ", "fieldToMatch": {"singleHeader": {"name": "authorization"}}}}}]}),
    ("aws:imagebuilder/component:Component", {"filters": [{"name": "tag:Secret", "values": ["orders"]}]}),
    ("aws:ecs/taskDefinition:TaskDefinition", {"containerDefinitions": Json([{"name": "a", "secrets": [{"name": "DB_PASSWORD", "valueFrom": value} for value in (
        "/prod/orders/db-password", "orders-db.password", "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/orders-AbCdEf:password::", "arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!db-0a1b2c3d-AbCdEf:password::")]}])}),
    ("aws:apigateway/apiKey:ApiKey", {"name": "partner-api-key", "description": "of a partner"}),
    ("aws:apigateway/apiKey:ApiKey", {"name": "partner-api-key", "value": DECLARED}),
    ("aws:cloudwatch/eventConnection:EventConnection", {"authParameters": {"apiKey": {"key": "X-Api-Key", "value": DECLARED}, "basic": {"username": "app", "password": DECLARED}}}),
    ("aws:rds/parameterGroup:ParameterGroup", {"parameters": [{"name": "validate_password.policy", "value": "STRONG"}, {"name": "password_history", "value": "12"}]}),
    ("aws:s3/bucketNotification:BucketNotification", {"queues": [{"filterRules": [{"name": "prefix", "value": "tokens/"}]}]}),
    ("aws:apigateway/restApi:RestApi", {"apiKeySource": "HEADER"}),
    ("aws:wafv2/webAcl:WebAcl", {"rules": [{"requestInspection": {"passwordField": {"identifier": "/form/password"}}}], "tokenDomains": ["example.com"]}),
    ("aws:cognito/userPoolClient:UserPoolClient", {"explicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_PASSWORD_AUTH"]}),
    ("aws:lambda/function:Function", {"environment": {"variables": NONE}}),
    ("aws:secretsmanager/secret:Secret", {"name": "prod/db-password"}),
    ("aws:ssm/parameter:Parameter", {"name": "/prod/db-password", "type": "SecureString", "value": UNKNOWN}),
    ("aws:sns/topic:Topic", {"tags": {"Secret": "orders-db", "api-token": "v2", "credentials": "orders-db1", "contains-password": "no", "rotate-password": "monthly", "token": "team-orders-1"}}),
    ("aws:dynamodb/tableItem:TableItem", {"item": Json({"tokenLifetime": {"N": "15"}, "password": {"BOOL": True}})}),
    ("aws:wafv2/webAcl:WebAcl", {"rules": [{"name": "token", "fieldToMatch": {"singleHeader": {"name": "authorization"}}}]}),
)  # fmt: skip
"""Resources that name a secret but do not contain one."""

ENVIRONMENT = "containerDefinitions![0].environment"


def _listed(name: str, value: Any) -> list[dict[str, Any]]:
    return [{"name": name, "value": value}]


ROWS: tuple[Row, ...] = ()
EDGES = (
    *(edge("no-secret-in-clear", f"{number} in {type_}", V, "new", Change("new", node=Node(type_, inputs))) for number, (type_, inputs) in enumerate(GIVING)),
    *(edge("no-secret-in-clear", f"{number} none in {type_}", OK, "", Change("new", node=Node(type_, inputs))) for number, (type_, inputs) in enumerate(SOUND)),
    *(edge("no-secret-in-variables", f"user data as {how}", V, resource, Change(resource, "userData", text))
      for how, text in PACKED.items() for resource in ("instance", "launch-template")),
    edge("no-secret-in-clear", "a token in a packed file", V, "instance", Change("instance", "userData", base64.b64encode(gzip.compress(f"token {GITHUB}".encode())).decode())),
    edge("no-secret-in-clear", "options of a program", V, "function", Change("function", "environment.variables.JAVA_OPTS", "-Xmx1g -Dspring.datasource.password=hunter22")),
    edge("no-secret-in-clear", "a log driver's token", V, "task", Change("task", "containerDefinitions![0].logConfiguration.options", {"splunk-token": "hunter22"})),
    edge("ecs-no-secret-in-environment", "options of a program", V, "task", Change("task", ENVIRONMENT, _listed("JAVA_OPTS", "-Dspring.datasource.password=hunter22"))),
    edge("ecs-no-secret-in-environment", "names of secrets, and what everybody may know", OK, "", Change("task", ENVIRONMENT, [entry for name, value in NONE.items() for entry in _listed(name, value)])),
    edge("no-secret-in-variables", "names of secrets, and what everybody may know", OK, "", Change("stage", "variables", NONE)),
    edge("ecs-no-secret-in-environment", "a server's password in words", V, "task", Change("task", "containerDefinitions![0].command", ["redis-server", "--requirepass", "hunter22"])),
    *(edge("ecs-no-secret-in-environment", f"{name}", V, "task", Change("task", ENVIRONMENT, _listed(name, value)))
      for name, value in (("PASSWORD_FOR_DB", "hunter22"), ("DB_PW", "hunter22"), ("ConnectionStrings__Default", "Server=db;Uid=app;Pwd=hunter22"), ("HTTP_AUTH", "app:hunter22"), ("DB_PASSWORD", "12345"))),
    edge("ecs-no-secret-in-environment", "an address without a password", OK, "", Change("task", ENVIRONMENT, _listed("DATABASE_DSN", "postgres://app@db/orders"))),
    edge("ecs-no-secret-in-environment", "an address with a password", V, "task", Change("task", ENVIRONMENT, _listed("DATABASE_DSN", "host=db password=hunter22"))),
    edge("ecs-no-secret-in-environment", "a login of curl", V, "task", Change("task", "containerDefinitions![0].command", ["curl", "-u", "app:hunter22", "https://example.com"])),
    *(edge("no-secret-in-variables", f"{name}={value}", expected, "stage" if expected != OK else "", Change("stage", "variables", {name: value}))
      for name, value, expected in (
          ("DB_PASSWORD", "changeme", V), ("REDIS_AUTH", "hunter22", V), ("DATABASE_DSN", UNKNOWN, U), ("DATABASE_DSN", "host=db", OK), ("PASSWORD_MIN_LENGTH", "14", OK),
          ("TOKEN_TTL", "15m", OK), ("SECRET_NAME", "prod/orders", OK), ("PASSWORD_RESET_URL", "https://example.com/reset", OK), ("KEY_ID", "hunter22", OK), ("DB_PASSWORD", "/prod/orders/password", OK))),
    *(edge("no-secret-in-variables", f"a plain parameter {name}={value}", expected, "new" if expected != OK else "", Change("new", node=Node("aws:ssm/parameter:Parameter", {"name": name, "type": "String", "value": value})))
      for name, value, expected in (
          ("/prod/password/db", "hunter22", V), ("/prod/passwords/min-length", "14", OK), ("/prod/passwords/orders", "/prod/other/orders", OK),
          ("/prod/db-password", "hunter22", V), ("/prod/db-password", UNKNOWN, V), ("/prod/db-secret", "arn:aws:secretsmanager:us-east-1:1:secret:x", OK), ("/prod/dsn", UNKNOWN, U),
          ("/prod/dsn", "postgres://app@db/x", OK), ("/prod/password-length", "14", OK))),
    edge("rds-password-managed", "made elsewhere", OK, "", Change("new", node=Node("aws:docdb/cluster:Cluster", {"masterPassword": Ref("secret")}))),
    *(edge("rds-password-managed", f"of {type_}", V, "new", Change("new", node=Node(type_, {name: "hunter22"})))
      for type_, name in (("aws:docdb/cluster:Cluster", "masterPassword"), ("aws:redshift/cluster:Cluster", "masterPassword"), ("aws:redshiftserverless/namespace:Namespace", "adminUserPassword"))),
)  # fmt: skip
IMPOSSIBLE: tuple[Impossible, ...] = ()
