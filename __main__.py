"""The composition root: reads the stack's settings, creates the components and exports the outputs."""

from pathlib import Path

import pulumi

from composition.backend import make_backend
from composition.foundation import make_foundation
from composition.site import api_url, make_site
from composition.sources import read_sources
from composition.stores import make_stores
from composition.watch import make_watch
from configuration.settings import from_pulumi
from spot_platform.iam.policy_statements import given_later

settings = from_pulumi()
sources = read_sources(settings, Path(__file__).parent)
foundation = make_foundation(settings)
# A circle: the buckets allow the site's origin, and the site's headers name the buckets. So the URL is given later.
with given_later() as (site_url, give_site_url):
    stores = make_stores(settings, foundation, site_url)
    backend = make_backend(settings, foundation, stores, sources)
    site = make_site(settings, foundation, stores, backend)
    give_site_url(site.url)
watch = make_watch(settings, foundation, stores, backend, site)

for output, value in {
    "next_step": backend.next_step,
    "site_url": site.url,
    "site_bucket_name": site.bucket_name,
    "site_distribution_id": site.distribution_id,
    "api_url": api_url(settings, backend, site),
    # The address that CloudFront calls; others get 403 there.
    "api_gateway_url": None if settings.api.path_on_site is None else backend.api.url,
    # Callers of an API below a path of the site need no key, because CloudFront adds it.
    "api_key_id": backend.api.api_key_id if settings.api.path_on_site is None else None,
    "api_id": backend.api.rest_api_id,
    "api_stage_name": backend.api.stage_name,
    "cluster_name": backend.service.cluster_name,
    "service_name": backend.service.service_name,
    "container_name": backend.service.container_name,
    "task_definition_arn": backend.service.task_definition_arn,
    "migration_task_definition_arn": backend.service.migration_task_definition_arn,
    "task_role_arn": backend.service.task_role_arn,
    "execution_role_arn": backend.service.execution_role_arn,
    "service_log_group_name": backend.service.log_group_name,
    "repository_url": stores.registry.repository_url,
    "database_identifier": stores.data.database_identifier,
    "database_host": stores.data.database_host,
    "database_secret_arn": stores.data.database_secret_arn,
    "bucket_names": stores.storage.bucket_names,
    "alert_topic_arn": foundation.alerts.arn,
    "dashboard_name": watch.dashboard_name,
    "vpc_id": foundation.network.vpc_id,
    "private_subnet_ids": foundation.network.private_subnet_ids,
    "task_security_group_ids": [backend.service.security_group_id, stores.data.client_security_group_id],
    "name_servers": foundation.names.name_servers,
    "region": settings.aws.region,
    "account_id": settings.aws.account_id,
}.items():
    pulumi.export(output, value)
