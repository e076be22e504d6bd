// A platform like the one of the prod stack, for timing only: the same kinds of resources, and all rules of AwsSolutions.
const { App, CfnOutput, Duration, RemovalPolicy, Stack, Validations } = require('aws-cdk-lib');
const apigateway = require('aws-cdk-lib/aws-apigateway');
const backup = require('aws-cdk-lib/aws-backup');
const budgets = require('aws-cdk-lib/aws-budgets');
const cloudfront = require('aws-cdk-lib/aws-cloudfront');
const origins = require('aws-cdk-lib/aws-cloudfront-origins');
const cloudwatch = require('aws-cdk-lib/aws-cloudwatch');
const actions = require('aws-cdk-lib/aws-cloudwatch-actions');
const ec2 = require('aws-cdk-lib/aws-ec2');
const ecr = require('aws-cdk-lib/aws-ecr');
const ecs = require('aws-cdk-lib/aws-ecs');
const elasticache = require('aws-cdk-lib/aws-elasticache');
const elb = require('aws-cdk-lib/aws-elasticloadbalancingv2');
const kms = require('aws-cdk-lib/aws-kms');
const logs = require('aws-cdk-lib/aws-logs');
const rds = require('aws-cdk-lib/aws-rds');
const route53 = require('aws-cdk-lib/aws-route53');
const targets = require('aws-cdk-lib/aws-route53-targets');
const acm = require('aws-cdk-lib/aws-certificatemanager');
const s3 = require('aws-cdk-lib/aws-s3');
const secretsmanager = require('aws-cdk-lib/aws-secretsmanager');
const sns = require('aws-cdk-lib/aws-sns');
const wafv2 = require('aws-cdk-lib/aws-wafv2');
const { AwsSolutionsChecks } = require('cdk-nag');

const app = new App();
const stack = new Stack(app, 'Platform', { env: { account: '123456789012', region: 'us-east-1' } });

const key = new kms.Key(stack, 'Key', { enableKeyRotation: true });
const alerts = new sns.Topic(stack, 'Alerts', { masterKey: key, enforceSSL: true });

const vpc = new ec2.Vpc(stack, 'Vpc', {
  ipAddresses: ec2.IpAddresses.cidr('10.0.0.0/16'),
  availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
  natGateways: 3,
  subnetConfiguration: [
    { name: 'public', subnetType: ec2.SubnetType.PUBLIC },
    { name: 'private', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
    { name: 'isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
  ],
  flowLogs: { all: {} },
  gatewayEndpoints: {
    s3: { service: ec2.GatewayVpcEndpointAwsService.S3 },
    dynamodb: { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB },
  },
});
for (const service of ['ECR', 'ECR_DOCKER', 'CLOUDWATCH_LOGS', 'SECRETS_MANAGER']) {
  vpc.addInterfaceEndpoint(service, { service: ec2.InterfaceVpcEndpointAwsService[service] });
}

const accessLogs = new s3.Bucket(stack, 'AccessLogs', {
  encryption: s3.BucketEncryption.S3_MANAGED,
  blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
  enforceSSL: true,
  objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,
  lifecycleRules: [{ expiration: Duration.days(90) }],
});
const bucket = (name) =>
  new s3.Bucket(stack, name, {
    encryption: s3.BucketEncryption.KMS,
    encryptionKey: key,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    versioned: true,
    serverAccessLogsBucket: accessLogs,
    serverAccessLogsPrefix: name,
    lifecycleRules: [{ noncurrentVersionExpiration: Duration.days(30) }],
  });
const buckets = ['Uploads', 'Documents', 'Backups'].map(bucket);
const siteBucket = bucket('Site');

const zone = route53.HostedZone.fromHostedZoneAttributes(stack, 'Zone', {
  hostedZoneId: 'Z0123456789ABCDEFGHIJ',
  zoneName: 'example.com',
});
const certificate = new acm.Certificate(stack, 'SiteCertificate', {
  domainName: 'example.com',
  validation: acm.CertificateValidation.fromDns(zone),
});
const apiCertificate = new acm.Certificate(stack, 'ApiCertificate', {
  domainName: 'api.example.com',
  validation: acm.CertificateValidation.fromDns(zone),
});

const webAcl = (name, scope) => {
  const visibility = (metricName) => ({ cloudWatchMetricsEnabled: true, sampledRequestsEnabled: true, metricName });
  const managed = (rule, priority) => ({
    name: rule,
    priority,
    overrideAction: { none: {} },
    statement: { managedRuleGroupStatement: { vendorName: 'AWS', name: rule } },
    visibilityConfig: visibility(rule),
  });
  return new wafv2.CfnWebACL(stack, name, {
    scope,
    defaultAction: { allow: {} },
    visibilityConfig: visibility(name),
    rules: [
      managed('AWSManagedRulesCommonRuleSet', 1),
      managed('AWSManagedRulesKnownBadInputsRuleSet', 2),
      managed('AWSManagedRulesAmazonIpReputationList', 3),
      {
        name: 'rate',
        priority: 4,
        action: { block: {} },
        statement: { rateBasedStatement: { limit: 2000, aggregateKeyType: 'IP' } },
        visibilityConfig: visibility('rate'),
      },
    ],
  });
};
const siteAcl = webAcl('SiteAcl', 'CLOUDFRONT');
const apiAcl = webAcl('ApiAcl', 'REGIONAL');

const site = new cloudfront.Distribution(stack, 'Distribution', {
  domainNames: ['example.com'],
  certificate,
  webAclId: siteAcl.attrArn,
  defaultRootObject: 'index.html',
  minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
  logBucket: accessLogs,
  defaultBehavior: {
    origin: origins.S3BucketOrigin.withOriginAccessControl(siteBucket),
    viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
    responseHeadersPolicy: new cloudfront.ResponseHeadersPolicy(stack, 'Headers', {
      securityHeadersBehavior: {
        strictTransportSecurity: { accessControlMaxAge: Duration.days(365), includeSubdomains: true, override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: cloudfront.HeadersFrameOption.DENY, override: true },
      },
    }),
    functionAssociations: [
      {
        eventType: cloudfront.FunctionEventType.VIEWER_REQUEST,
        function: new cloudfront.Function(stack, 'Routes', {
          code: cloudfront.FunctionCode.fromInline('function handler(event) { return event.request; }'),
          runtime: cloudfront.FunctionRuntime.JS_2_0,
        }),
      },
    ],
  },
});
for (const type of [route53.ARecord, route53.AaaaRecord]) {
  new type(stack, `Site${type.name}`, {
    zone,
    target: route53.RecordTarget.fromAlias(new targets.CloudFrontTarget(site)),
  });
}

const database = new rds.DatabaseInstance(stack, 'Database', {
  vpc,
  vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
  engine: rds.DatabaseInstanceEngine.postgres({ version: rds.PostgresEngineVersion.VER_16 }),
  parameters: { 'rds.force_ssl': '1' },
  instanceType: ec2.InstanceType.of(ec2.InstanceClass.T4G, ec2.InstanceSize.SMALL),
  multiAz: true,
  storageEncrypted: true,
  storageEncryptionKey: key,
  iamAuthentication: true,
  enablePerformanceInsights: true,
  performanceInsightEncryptionKey: key,
  monitoringInterval: Duration.seconds(60),
  cloudwatchLogsExports: ['postgresql', 'upgrade'],
  backupRetention: Duration.days(14),
  deletionProtection: true,
  removalPolicy: RemovalPolicy.SNAPSHOT,
});
const cacheGroup = new ec2.SecurityGroup(stack, 'CacheGroup', { vpc, allowAllOutbound: false });
const cacheToken = new secretsmanager.Secret(stack, 'CacheToken', { encryptionKey: key });
const cache = new elasticache.CfnReplicationGroup(stack, 'Cache', {
  replicationGroupDescription: 'cache',
  engine: 'valkey',
  cacheNodeType: 'cache.t4g.small',
  numCacheClusters: 2,
  automaticFailoverEnabled: true,
  multiAzEnabled: true,
  atRestEncryptionEnabled: true,
  transitEncryptionEnabled: true,
  authToken: cacheToken.secretValue.unsafeUnwrap(),
  snapshotRetentionLimit: 7,
  securityGroupIds: [cacheGroup.securityGroupId],
  cacheSubnetGroupName: new elasticache.CfnSubnetGroup(stack, 'CacheSubnets', {
    description: 'cache',
    subnetIds: vpc.isolatedSubnets.map((subnet) => subnet.subnetId),
  }).ref,
});

const repository = new ecr.Repository(stack, 'Repository', {
  imageScanOnPush: true,
  imageTagMutability: ecr.TagMutability.IMMUTABLE,
  encryptionKey: key,
  encryption: ecr.RepositoryEncryption.KMS,
  lifecycleRules: [{ maxImageCount: 30 }],
});
const cluster = new ecs.Cluster(stack, 'Cluster', {
  vpc,
  containerInsightsV2: ecs.ContainerInsights.ENABLED,
  enableFargateCapacityProviders: true,
});
const jwt = new secretsmanager.Secret(stack, 'Jwt', { encryptionKey: key });
const task = new ecs.FargateTaskDefinition(stack, 'Task', {
  cpu: 512,
  memoryLimitMiB: 1024,
  runtimePlatform: { cpuArchitecture: ecs.CpuArchitecture.ARM64, operatingSystemFamily: ecs.OperatingSystemFamily.LINUX },
  volumes: [{ name: 'tmp' }],
});
const container = task.addContainer('app', {
  image: ecs.ContainerImage.fromEcrRepository(repository, 'sha256-0'),
  portMappings: [{ containerPort: 3333 }],
  readonlyRootFilesystem: true,
  stopTimeout: Duration.seconds(120),
  logging: ecs.LogDrivers.awsLogs({
    streamPrefix: 'app',
    logGroup: new logs.LogGroup(stack, 'ServiceLogs', { retention: logs.RetentionDays.THREE_MONTHS, encryptionKey: key }),
  }),
  healthCheck: { command: ['CMD-SHELL', 'wget -q -O - http://localhost:3333/health/live'] },
  secrets: { JWT_SECRET: ecs.Secret.fromSecretsManager(jwt), REDIS_TOKEN: ecs.Secret.fromSecretsManager(cacheToken) },
});
container.addMountPoints({ containerPath: '/tmp', sourceVolume: 'tmp', readOnly: false });
for (const one of buckets) one.grantReadWrite(task.taskRole);
const serviceGroup = new ec2.SecurityGroup(stack, 'ServiceGroup', { vpc });
const service = new ecs.FargateService(stack, 'Service', {
  cluster,
  taskDefinition: task,
  securityGroups: [serviceGroup],
  desiredCount: 2,
  circuitBreaker: { rollback: true },
  capacityProviderStrategies: [
    { capacityProvider: 'FARGATE', base: 1, weight: 1 },
    { capacityProvider: 'FARGATE_SPOT', weight: 4 },
  ],
});
database.connections.allowDefaultPortFrom(serviceGroup);
cacheGroup.addIngressRule(serviceGroup, ec2.Port.tcp(6379));
const scaling = service.autoScaleTaskCount({ minCapacity: 2, maxCapacity: 10 });
scaling.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: 60 });
scaling.scaleOnMemoryUtilization('Memory', { targetUtilizationPercent: 70 });

const balancer = new elb.NetworkLoadBalancer(stack, 'Balancer', { vpc, internetFacing: false, crossZoneEnabled: true });
balancer.logAccessLogs(accessLogs, 'balancer');
balancer.addListener('Http', { port: 80 }).addTargets('Service', {
  port: 3333,
  targets: [service],
  deregistrationDelay: Duration.seconds(90),
  healthCheck: { path: '/health/ready', protocol: elb.Protocol.HTTP },
});

const link = new apigateway.VpcLink(stack, 'Link', { targets: [balancer] });
const operations = {};
for (const name of ['orders', 'payments', 'products', 'users', 'reports', 'files']) {
  for (const path of [`/${name}`, `/${name}/{id}`]) {
    const parameters = path.endsWith('}') ? [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }] : [];
    operations[path] = Object.fromEntries(
      ['get', 'post', 'put', 'delete'].map((method) => [
        method,
        {
          parameters,
          security: [{ key: [] }],
          responses: { 200: { description: 'done' } },
          'x-amazon-apigateway-integration': {
            type: 'http_proxy',
            httpMethod: method.toUpperCase(),
            uri: `http://internal${path}`,
            connectionType: 'VPC_LINK',
            connectionId: link.vpcLinkId,
            requestParameters: parameters.length ? { 'integration.request.path.id': 'method.request.path.id' } : {},
          },
        },
      ]),
    );
  }
}
const api = new apigateway.SpecRestApi(stack, 'Api', {
  apiDefinition: apigateway.ApiDefinition.fromInline({
    openapi: '3.0.3',
    info: { title: 'api', version: '1' },
    paths: operations,
    components: { securitySchemes: { key: { type: 'apiKey', name: 'x-api-key', in: 'header' } } },
  }),
  cloudWatchRole: true,
  domainName: { domainName: 'api.example.com', certificate: apiCertificate },
  deployOptions: {
    stageName: 'prod',
    tracingEnabled: true,
    loggingLevel: apigateway.MethodLoggingLevel.INFO,
    accessLogDestination: new apigateway.LogGroupLogDestination(
      new logs.LogGroup(stack, 'ApiLogs', { retention: logs.RetentionDays.THREE_MONTHS, encryptionKey: key }),
    ),
    throttlingRateLimit: 100,
    throttlingBurstLimit: 200,
  },
});
const plan = new apigateway.UsagePlan(stack, 'Plan', { apiStages: [{ api, stage: api.deploymentStage }] });
plan.addApiKey(new apigateway.ApiKey(stack, 'ApiKey'));
for (const type of ['DEFAULT_4XX', 'DEFAULT_5XX']) {
  api.addGatewayResponse(type, {
    type: apigateway.ResponseType[type],
    responseHeaders: { 'Access-Control-Allow-Origin': "'https://example.com'" },
  });
}
new wafv2.CfnWebACLAssociation(stack, 'ApiAclAssociation', {
  resourceArn: api.deploymentStage.stageArn,
  webAclArn: apiAcl.attrArn,
});
new route53.ARecord(stack, 'ApiRecord', {
  zone,
  recordName: 'api',
  target: route53.RecordTarget.fromAlias(new targets.ApiGateway(api)),
});

const watched = {
  'AWS/ECS': ['CPUUtilization', 'MemoryUtilization'],
  'AWS/RDS': ['CPUUtilization', 'FreeStorageSpace', 'DatabaseConnections', 'FreeableMemory', 'ReadLatency'],
  'AWS/ElastiCache': ['CPUUtilization', 'Evictions', 'DatabaseMemoryUsagePercentage', 'CurrConnections'],
  'AWS/ApiGateway': ['4XXError', '5XXError', 'Latency', 'IntegrationLatency'],
  'AWS/NetworkELB': ['UnHealthyHostCount', 'TCP_Target_Reset_Count'],
  'AWS/CloudFront': ['4xxErrorRate', '5xxErrorRate'],
  'AWS/NATGateway': ['ErrorPortAllocation', 'PacketsDropCount'],
};
const widgets = [];
for (const [namespace, names] of Object.entries(watched)) {
  for (const metricName of names) {
    const metric = new cloudwatch.Metric({ namespace, metricName, period: Duration.minutes(5) });
    const alarm = metric.createAlarm(stack, `${namespace}${metricName}`, { threshold: 80, evaluationPeriods: 3 });
    alarm.addAlarmAction(new actions.SnsAction(alerts));
    widgets.push(new cloudwatch.GraphWidget({ title: metricName, left: [metric] }));
  }
}
new cloudwatch.Dashboard(stack, 'Dashboard', { widgets: [widgets] });

const vault = new backup.BackupVault(stack, 'Vault', { encryptionKey: key });
const backups = new backup.BackupPlan(stack, 'BackupPlan', { backupVault: vault });
backups.addRule(backup.BackupPlanRule.daily());
backups.addSelection('Selection', { resources: [backup.BackupResource.fromRdsDatabaseInstance(database)] });
new budgets.CfnBudget(stack, 'Budget', {
  budget: { budgetType: 'COST', timeUnit: 'MONTHLY', budgetLimit: { amount: 500, unit: 'USD' } },
});

for (const [name, value] of Object.entries({
  site: site.distributionDomainName,
  api: api.url,
  database: database.dbInstanceEndpointAddress,
  cache: cache.attrPrimaryEndPointAddress,
  cluster: cluster.clusterName,
})) {
  new CfnOutput(stack, `${name}Output`, { value });
}
Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
