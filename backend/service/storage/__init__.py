"""Files of the application: in S3, or in a folder for development."""

from pathlib import Path

from service.settings import Settings
from service.storage.absent import AbsentStorage
from service.storage.local import LocalStorage
from service.storage.provider import Storage


def open_storage(settings: Settings) -> Storage:
    """Open the storage that the settings name, without sending a request.

    Without a bucket every file operation fails, as if storage did not answer.

    Args:
        settings: The service's settings.
    """
    if settings.storage_folder is not None:
        base_url = settings.public_url or f"http://localhost:{settings.port}"
        secret = settings.jwt_secret.get_secret_value().encode()
        return LocalStorage(Path(settings.storage_folder), base_url=base_url, secret=secret)
    if not settings.s3_uploads_bucket:
        return AbsentStorage()
    from service.storage.s3 import S3Storage  # noqa: PLC0415 - boto3 takes 0.1 s of a start

    return S3Storage(
        settings.s3_uploads_bucket,
        region=settings.aws_region,
        endpoint_url=settings.aws_endpoint_url_s3 or settings.aws_endpoint_url,
        encryption=settings.s3_encryption,
    )
