"""Creates the site: the single-page app behind CloudFront."""

from urllib.parse import urlsplit

import pulumi

import spot_platform
from composition.backend import Backend
from composition.foundation import Foundation
from composition.stores import Stores
from composition.web_acls import make_web_acl
from configuration.settings import StackSettings
from spot_planning.api.path_on_site import read_timeout_seconds
from spot_planning.declarations import with_settings


def make_site(
    settings: StackSettings, foundation: Foundation, stores: Stores, backend: Backend
) -> spot_platform.SpaFrontend:
    """Create the site; its headers allow its pages to send requests to the API and to the buckets."""
    scope = spot_platform.WebAclScope.CLOUDFRONT
    web_acl = make_web_acl(settings, "site", scope, foundation.global_key, foundation.options)
    return spot_platform.SpaFrontend(
        settings.name,
        with_settings(spot_platform.SpaFrontendArgs, settings.frontend)(
            domain_names=settings.site_domains,
            zone_name=settings.dns.zone_name,
            certificate_arn=foundation.names.site_certificate_arn,
            hosted_zone_id=foundation.names.hosted_zone_id,
            web_acl_arn=None if web_acl is None else web_acl.arn,
            api_origin=_api_origin(settings, backend),
            api=_api_on_site(settings, backend),
            storage_origins=stores.storage.origins,
            server_access_log_bucket=stores.storage.access_log_bucket_name,
            kms_key_arn=foundation.key.arn,
        ),
        foundation.options,
    )


def api_url(settings: StackSettings, backend: Backend, site: spot_platform.SpaFrontend) -> pulumi.Output[str]:
    """Return the API's public URL: on a domain of its own, or below a path of the site."""
    path = settings.api.path_on_site
    return backend.api.url if path is None else pulumi.Output.concat(site.url, path)


def _api_on_site(settings: StackSettings, backend: Backend) -> spot_platform.SiteApi | None:
    path, usage_plan = settings.api.path_on_site, backend.api.nodes.usage_plan
    if path is None or usage_plan is None:
        return None
    return spot_platform.SiteApi(
        path=path,
        # From the API and not from the settings: CloudFront may ask for a name only after its DNS records exist.
        domain_name=backend.api.url.apply(_host),
        stage_name=backend.api.stage_name,
        # The value comes from the resource that connects the key with the usage plan, so that the API accepts the key
        # before CloudFront sends it.
        api_key=pulumi.Output.secret(usage_plan.nodes.usage_plan_key.value),
        read_timeout_seconds=read_timeout_seconds(settings.api),
    )


def _api_origin(settings: StackSettings, backend: Backend) -> pulumi.Input[str] | None:
    if settings.api.path_on_site is not None:
        return None
    if settings.dns.api_domain is not None:
        # This URL is known from the settings, so that the site need not wait for the API's certificate.
        return f"https://{settings.dns.api_domain}"
    return backend.api.url.apply(_origin)


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
