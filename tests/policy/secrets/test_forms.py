"""The pack detects secrets by the formats that their issuers publish.

The secrets here are written in pieces, so that no scanner of this repository reports them.
"""

import base64
import gzip

import pytest

from policy.secrets.forms import FORMS, Form, kind_of_secret, without_secrets
from policy.secrets.plain_text import LONGEST
from policy.secrets.scripts import gives_password
from tests.every_case import every_case

ANY, HEX, CAPITAL = "a1B2" * 30, "0a1b" * 40, "A1B2" * 20
PEM = "-----BEGIN " + "PRIVATE KEY-----"
UUID = "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"

WRITTEN = {
    "an AWS access key": ("AKIA" + CAPITAL[:16], "ASIA" + CAPITAL[:16]),
    "an Amazon Bedrock key": ("ABSK" + ANY[:110],),
    "a private key": (
        PEM,
        PEM + "\\nMIIE",
        "-----BEGIN OPENSSH " + "PRIVATE KEY-----",
        "-----BEGIN PGP " + "PRIVATE KEY BLOCK-----",
        base64.b64encode(("-----BEGIN EC " + "PRIVATE KEY-----\nMHcC").encode()).decode(),
        "AGE-SECRET-" + "KEY-1" + CAPITAL[:58],
        "MIIEpAIBAAKCAQEA" + ANY[:100],
        "MIICXQIBAAKBgQ" + ANY[:100],
        "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC" + ANY[:100],
        "MHcCAQEEI" + ANY[:100],
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0w" + ANY[:100],
        "MC4CAQAwBQYDK2VwBCIEI" + ANY[:43],
        '{"type": "service_account", "private_key": "' + PEM + '\\nMIIE"}',
    ),
    "a Sentry DSN": ("https://" + HEX[:32] + ":" + HEX[:32] + "@o1.ingest.us.sentry.io/2",),
    "a URL with a password": (
        "postgres://app:" + "hunter2@db:5432/x",
        "redis://:" + "hunter2@cache",
        "mongodb+srv://app:" + "%40bc1@db",
        "amqps://app:" + "hunter2@mq",
    ),
    "a data source name with a password": ("app:" + "hunter22@tcp(db:3306)/orders", "app:" + "hunter22@unix(/run/mysql)/x"),
    "a Stripe key": ("sk_live_" + ANY[:24], "rk_live_" + ANY[:24]),
    "a webhook's signing secret": ("whsec_" + ANY[:32],),
    "a GitHub token": (*(f"gh{kind}_" + ANY[:36] for kind in "opsur"), "github_" + "pat_" + ANY[:60]),
    "a GitLab token": ("glpat-" + ANY[:20], "glrt-" + ANY[:20], "gldt-" + ANY[:20]),
    "a Slack token": ("xoxb-" + "1234567890-abcdef", "xapp-" + "1-A012345-1"),
    "a webhook's address": (
        "https://hooks.slack.com/" + "services/T0123456/B0123456/" + ANY[:24],
        "https://discord.com/" + "api/webhooks/123456789/" + ANY[:60],
        "https://x.webhook.office.com/" + "webhookb2/" + UUID,
    ),
    "a Discord token": ("MTIzNDU2Nzg5MDEyMzQ1Njc4" + ".Gabcde." + ANY[:38],),
    "a Telegram token": (
        "123456789:" + "AA" + ANY[:33],
        "https://api.telegram.org/bot123456789:" + "AA" + ANY[:33] + "/sendMessage",
    ),
    "an AWS session token": ("IQoJb3JpZ2luX2Vj" + "EA" + ANY[:100], "FwoGZXIvYXdzE" + ANY[:100]),
    "a signed address": (
        "https://x.blob.core.windows.net/a?sv=2022-11-02&sig=" + "a1B%2F" * 8 + "%3D",
        "https://prod-1.eastus.logic.azure.com/workflows/x/triggers/manual/paths/invoke?sv=1.0&sig=" + ANY[:43],
        "BlobEndpoint=https://x;SharedAccessSignature=sv=2022-11-02&sig=" + ANY[:43] + "%3D",
    ),
    "a presigned address": ("https://b.s3.amazonaws.com/k?X-Amz-Expires=9&" + "X-Amz-Signature=" + HEX[:40] + HEX[:24],),
    "the address of an integration": (
        "https://events.pagerduty.com/" + "integration/" + HEX[:32] + "/enqueue",
        "https://events.eu.pagerduty.com/" + "x-ere/" + "R0" + CAPITAL[:30].replace("B", "b"),
        "https://alert.victorops.com/" + "integrations/cloudwatch/20131130/alert/" + UUID + "/orders",
        "https://api.opsgenie.com/v1/json/cloudwatch?" + "apiKey=" + UUID,
    ),
    "a URL with a token": (
        "https://" + HEX[:40] + "@github.com/a/b",
        "https://" + HEX[:40] + ":@git.example.com/a/b",
        "https://" + "a2b3" * 13 + "@dev.azure.com/a/b",
    ),
    "a URL with a password, encoded": (
        "postgres%3A%2F%2Fapp%3A" + "hunter22%40db%2Forders",
        "redirect=amqp%3a%2f%2f:" + "x%3ahunter22%40mq",
    ),
    "an Oracle login": ("jdbc:oracle:thin:scott/" + "tiger123@//db:1521/orders", "jdbc:oracle:oci8:app/" + "x@db"),
    "a Twilio key": ("SK" + HEX[:32],),
    "a SendGrid key": ("SG." + ANY[:22] + "." + ANY[:43],),
    "a key of a mail service": ("key-" + HEX[:32], HEX[:32] + "-us12", "xkeysib-" + HEX[:64]),
    "a Google key": ("AIza" + ANY[:35], "GOCSPX-" + ANY[:28]),
    "a storage account's key": ("AccountName=x;AccountKey=" + ANY[:88],),
    "an Azure client's secret": ("aB18Q~" + ANY[:32],),
    "an npm token": ("npm_" + ANY[:36],),
    "a PyPI token": ("pypi-" + "AgEIcHlwaS5vcmc" + ANY[:60],),
    "a Docker token": ("dckr_pat_" + ANY[:27],),
    "a package registry's token": ("rubygems_" + HEX[:48], "oy2" + HEX[:43]),
    "a key of an AI service": (
        "sk-ant-" + "api03-" + ANY[:93],
        "sk-proj-" + ANY[:74],
        "sk-" + ANY[:48],
        "sk-or-v1-" + HEX[:64],
        "gsk_" + ANY[:52],
    ),
    "a Hugging Face token": ("hf_" + ANY[:34],),
    "a Shopify token": ("shpat_" + HEX[:32],),
    "a Square token": ("sq0atp-" + ANY[:22], "EAAA" + ANY[:60]),
    "an Atlassian token": ("ATATT3" + ANY[:60], "ATBB" + ANY[:32]),
    "a Databricks token": ("dapi" + HEX[:32],),
    "a New Relic key": ("NRAK-" + CAPITAL[:27], HEX[:32] + "FFFFNRAL"),
    "a Sentry token": ("sntryu_" + HEX[:64],),
    "a Grafana token": ("glsa_" + ANY[:32] + "_" + HEX[:8], "glc_" + ANY[:40]),
    "a key of a monitoring service": ("dt0c01." + CAPITAL[:24] + "." + CAPITAL[:64],),
    "a Linear token": ("lin_api_" + ANY[:40],),
    "a Notion token": ("ntn_" + ANY[:46], "secret_" + ANY[:43]),
    "a Postman key": ("PMAK-" + HEX[:24] + "-" + HEX[:34],),
    "a Doppler token": ("dp.st.prd." + ANY[:43],),
    "a Vault token": ("hvs." + ANY[:90], "hvb." + ANY[:90]),
    "a Terraform token": (ANY[:14] + ".atlasv1." + ANY[:64],),
    "a Pulumi token": ("pul-" + HEX[:40],),
    "a DigitalOcean token": ("dop_v1_" + HEX[:64],),
    "a Heroku key": ("HRKU-" + "AA" + ANY[:58],),
    "a Fly.io token": ("FlyV1 fm2_" + ANY[:100], "fo1_" + ANY[:43]),
    "a Vercel token": ("vcp_" + ANY[:56], "vercel_blob_rw_" + ANY[:30]),
    "a Netlify token": ("nfp_" + ANY[:40],),
    "a Supabase key": ("sbp_" + HEX[:40], "sb_secret_" + ANY[:31]),
    "a PlanetScale password": ("pscale_pw_" + ANY[:43],),
    "a bearer token": ("Authorization: Bearer " + ANY[:32],),
    "a name and a password": ("Authorization: Basic " + base64.b64encode(b"app:hunter2").decode(),),
    "a JSON Web Token": ("eyJhbGciOiJI." + "eyJzdWIiOiIx.c2lnbmF0dXJl",),
}  # fmt: skip
"""Kind of secret -> examples."""
EACH = [(kind, secret) for kind, secrets in WRITTEN.items() for secret in secrets]

NO_SECRET = (
    "acme-sk-" + "southern-region-production-bucket-1",
    "sk-southern-region-production-bucket-1-of-2",
    "sk-proj-orders-production-bucket",
    "AKIAIOSFODNN7EXAMPLE",
    "123456789012.dkr.ecr.us-east-1.amazonaws.com/app@sha256:" + "0a1b" * 16,
    "arn:aws:kms:us-east-1:123456789012:key/" + UUID,
    "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/orders-AbCdEf",
    "{{resolve:secretsmanager:prod/orders:SecretString:password}}",
    "https://app:${PASSWORD}@db/x https://app:<password>@db https://app:%PASSWORD%@db",
    "http://host:8080?mail=a@example.com",
    "https://example.com:443/a@b",
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ app@example.com",
    "-----BEGIN " + "PUBLIC KEY-----",
    base64.b64encode(b"-----BEGIN CERTIFICATE-----\nMIIE").decode(),
    "Basic authentication",
    "Basic credentials and a bearer of tokens",
    "git-commit-" + HEX[:40],
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA" + ANY[:100],
    "MIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBa" + ANY[:100],
    "https://example.com/?redirect=https%3A%2F%2Fexample.com%3A8443%2Fa%40b",
    "postgres%3A%2F%2Fapp%3A%24%7BPASSWORD%7D%40db",
    "jdbc:oracle:thin:@//db:1521/orders",
    "jdbc:oracle:thin:app/${PASSWORD}@//db:1521/orders",
    "https://events.pagerduty.com/v2/enqueue",
    "https://x.blob.core.windows.net/a?sv=2022-11-02&sig=${SIGNATURE}",
    "https://raw.example.com/" + HEX[:40] + "/file@2",
    "https://" + HEX[:40] + ".example.com/a@b",
)  # fmt: skip


@every_case(("kind", "secret"), EACH)
def test_secret_is_told_by_its_kind_and_never_shown(kind: str, secret: str) -> None:
    assert kind_of_secret(secret) == kind_of_secret(f'before "{secret}" after') == kind
    shown = without_secrets(f'before "{secret}" after', "[secret]")
    assert secret not in shown
    assert "[secret]" in shown


@every_case(("kind", "secret"), EACH)
def test_secret_in_a_long_document_is_found(kind: str, secret: str) -> None:
    assert kind_of_secret('{"name": "value"}, ' * 2000 + f'{{"name": "{secret}"}}') == kind


@every_case("text", NO_SECRET)
def test_text_without_a_secret(text: str) -> None:
    assert kind_of_secret(text) == ""
    assert without_secrets(text, "[secret]") == text


def test_packed_secret_is_found() -> None:
    script = f"export KEY=x\n# {WRITTEN['a GitHub token'][0]}\n"
    packed = base64.b64encode(gzip.compress(script.encode())).decode()
    part = base64.b64encode(script.encode()).decode()
    script = f"# caf\xe9\n{script}"
    for content in (script.encode("latin-1"), script.encode("utf-16"), script.encode() + bytes(range(256))):
        assert kind_of_secret(base64.b64encode(content).decode()) == "a GitHub token"
    assert kind_of_secret(packed) == kind_of_secret(f"write_files:\n- content: {part}\n") == "a GitHub token"


def hostile(*units: str) -> str:
    """Return a text of a million characters that repeats the beginning of what a pattern matches."""
    share = LONGEST // len(units) - 10
    return "\n".join((unit * (share // len(unit) + 1))[:share] for unit in units)


# A pattern that reads the same characters again and again would exceed the suite's timeout, ten minutes for a test.
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.kind)
def test_form_is_looked_for_in_one_pass(form: Form) -> None:
    units = ("{}", "{}-", " {}aaaaaaaaaaaaaaaaaaa", "0000000000000000000000{}", "{}AAAAAAAAAAAAAAAAAAAAA.", "x:{}/")
    hints = form.hints
    text = hostile(*(unit.format(hint) for hint in hints for unit in units), *(hint + "a" * LONGEST for hint in hints))
    assert sum(1 for _match in form.found(text)) < LONGEST


@pytest.mark.parametrize(
    "units",
    [
        ("a=", "password=", "password: ", 'password="'),
        ("password='a", "--password ", "--a ", "curl -u a:"),
        ("mysql -p", "<a>", 'key="a" value="', "ENV a "),
        ("identified by '", "login a password ", "a:b|", "htpasswd -b a "),
        ("$password", "a-b.c_", " ", '\\"token'),
        ("QUJD", "QUJD ", "{", '["'),
        ("printf a|", "printf '%s' ", "password-stdin <<", "password-stdin <<A\n", "--stdin <<< "),
        ("chpasswd: list: a:R ", "chpasswd <<E\na:R\n", "a:R ", "pgpass a:1:a:a:", ".*-"),
        ("server=a;", ";pwd=", "kty 'd':'", "authorization: token a"),
        ("aws create-secret ", "--secret-string a ", "aws put-parameter SecureString ", "--value a "),
        ("A" * 76 + "\n", "A" * 40 + "\n ", "A" * 30 + " ", "vault login a ", "-U a%"),
        ("{password: a1, ", "Tag/password=", "rabbitmqctl add_user a ", "zip -P "),
    ],
    ids=" ".join,
)
def test_script_is_looked_at_in_one_pass(units: tuple[str, ...]) -> None:
    assert gives_password(f"DB_HOST=db\n{hostile(*units)}"[: LONGEST - 30] + "\nDB_PASSWORD=hunter22\n")
