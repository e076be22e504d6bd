"""Settings of the buckets."""

from spot_planning.declarations import arguments, integer_from, setting
from spot_planning.storage.cors import BUCKET_ORIGIN


@arguments
class ObjectStorageSettings:
    """The buckets for uploads, documents and backups."""

    cors_allowed_origins: list[str] = setting(default_factory=list[str], each=BUCKET_ORIGIN)
    """Origins whose pages may upload. When empty: the origins of `api.cors_allowed_origins` or else the site's own, and
    in dev also http://localhost:3000 and :5173."""
    noncurrent_version_expiration_days: int = setting(default=90, allowed=integer_from(1))
    """Days during which overwritten and deleted objects can be restored."""
    backups_expiration_days: int = setting(default=365, allowed=integer_from(31))
    """Days that the application's own backups are kept; after 30 days they move to Glacier Instant Retrieval."""
    access_log_retention_days: int = setting(default=90, allowed=integer_from(1))
    """Days that the buckets' access logs are kept."""
    force_destroy: bool = False
    """Whether destroying the stack deletes the objects with their buckets."""
