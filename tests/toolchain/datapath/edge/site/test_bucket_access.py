"""The site's bucket and its key let in the site's distribution only."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.toolchain.datapath.edge.conftest import until
from tests.toolchain.datapath.edge.site.conftest import BUCKET, Browser, Made, browse


def test_the_bucket_lets_in_this_distribution_only(
    emulator: str, aws: Callable[[str], Any], made: Made, tmp_path: Path
) -> None:
    s3 = aws("s3")
    policy = s3.get_bucket_policy(Bucket=BUCKET)["Policy"]

    async def test(browser: Browser) -> None:
        direct = await browser._client.get(f"http://127.0.0.1:{browser.edge.names.storage_port}/{BUCKET}/index.html")
        assert (direct.status_code, "<Code>AccessDenied</Code>" in direct.text) == (403, True)

        reading_only = json.loads(policy)
        kept = [each for each in reading_only["Statement"] if "s3:ListBucket" not in each["Action"]]
        assert len(kept) == len(reading_only["Statement"]) - 1
        reading_only["Statement"] = kept
        await asyncio.to_thread(s3.put_bucket_policy, Bucket=BUCKET, Policy=json.dumps(reading_only))
        await until(lambda: _answers(browser, "/assets/unlisted.js", 403))
        await asyncio.to_thread(s3.put_bucket_policy, Bucket=BUCKET, Policy=policy.replace(made.arn, f"{made.arn}X"))
        await until(lambda: _answers(browser, "/index.html", 403))

    try:
        browse(emulator, tmp_path, test)
    finally:
        s3.put_bucket_policy(Bucket=BUCKET, Policy=policy)


async def _answers(browser: Browser, path: str, status: int) -> bool:
    return (await browser.get(path)).status_code == status


def test_a_key_that_does_not_let_the_distribution_decrypt(
    emulator: str, aws: Callable[[str], Any], made: Made, tmp_path: Path
) -> None:
    kms, s3 = aws("kms"), aws("s3")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    s3.put_object(Bucket=BUCKET, Key="assets/sealed.js", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)

    async def test(browser: Browser) -> None:
        assert (await browser.get("/assets/sealed.js")).status_code == 403
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": "kms:Decrypt",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceArn": made.arn}},
        }
        await asyncio.to_thread(
            kms.put_key_policy,
            KeyId=key,
            PolicyName="default",
            Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )
        await until(lambda: _answers(browser, "/assets/sealed.js", 200))

    browse(emulator, tmp_path, test)
