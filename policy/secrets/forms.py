"""Finds secrets by their forms, which the issuers publish so that scanners can find them.

The forms were compared with those rules of gitleaks 8 that find a secret by its own form. The secrets that gitleaks
finds by a name beside them are found by ``policy.secrets.names``. Callers get the kind of a secret, never its value.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import add
from typing import Final

from policy.secrets.plain_text import layers, unpacked


@dataclass(frozen=True)
class Form:
    """The form of one kind of secret.

    Attributes:
        kind: The kind for messages, such as ``a Stripe key``.
        hints: Texts of which every secret of the kind contains one. The pattern is only tried if one is found.
        pattern: Matches the beginning of a secret. Its repetitions are bounded, or end where no other match can have
            begun, so that the time is in proportion to the length of the text.
        accepts: Decides whether a match is a secret.
    """

    kind: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    accepts: Callable[[str], bool]

    def found(self, text: str) -> Iterator[re.Match[str]]:
        """Find the secrets of this kind in a text.

        Args:
            text: Any text.
        """
        return (match for match in self.pattern.finditer(text) if self.accepts(match[0]))


def _form(kind: str, hints: str, *patterns: str, accepts: Callable[[str], bool] = bool) -> Form:
    return Form(kind, tuple(hints.split()), re.compile("|".join(patterns)), accepts)


def _is_no_example(found: str) -> bool:
    """Check whether an access key is not an example of AWS's documentation: these all end in EXAMPLE."""
    return not found.endswith("EXAMPLE")


def _is_login(found: str) -> bool:
    """Check whether what follows ``Basic`` is a name and a password (RFC 7617)."""
    name, colon, password = unpacked(found.rsplit(maxsplit=1)[-1]).partition(":")
    return bool(colon and password) and (name + password).isprintable() and "\ufffd" not in name + password


def _is_private(found: str) -> bool:
    return "PRIVATE" in unpacked(found[: len(found) // 4 * 4])


FORMS: Final = (
    _form("an AWS access key", "AKIA ASIA ABIA ACCA",
          r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b", accepts=_is_no_example),
    _form("an AWS session token", "IQoJb3JpZ2luX2Vj FwoGZXIvYXdzE FQoGZXIvYXdzE",
          r"(?:IQoJb3JpZ2luX2Vj|F[wQ]oGZXIvYXdzE)[A-Za-z0-9+/]{40}"),
    _form("an Amazon Bedrock key", "ABSK bedrock-api-key-", r"\bABSK[A-Za-z0-9+/]{100}",
          r"\bbedrock-api-key-[\w+/]{20}"),
    _form("a private key", "-----BEGIN", r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY"),
    _form("a private key", "LS0tLS1CRUdJTi", r"LS0tLS1CRUdJTi[A-Za-z0-9+/]{20,60}", accepts=_is_private),
    _form("a private key", "IBAAKCA IBAAKBg IBADANBgkqhki", r"MII[A-Z][A-Za-z0-9+/]{2}IBA(?:AKCA|AKBg|DANBgkqhki)"),
    _form("a private key", "CAQEEI AgEAMBMGByqGSM49 CAQAwBQYDK2Vw", r"MH[cg]CAQEEI[A-Za-z0-9+/]{40}",
          r"MI[GH][A-Za-z0-9+/]AgEAM[BH][A-Za-z0-9+/]{2}ByqGSM49", r"MC4CAQAwBQYDK2Vw[A-Za-z0-9+/]{40}"),
    _form("a private key", "PuTTY AGE-", r"PuTTY-User-Key-File-\d", r"\bAGE-SECRET-KEY-1[A-Z0-9]{50}"),
    # Sentry's documentation, "Data Source Name (DSN)": only the old form contains a secret key, the new one is public.
    _form("a Sentry DSN", "://", r"://[0-9a-f]{32}:[0-9a-f]{32}@[\w.-]{1,200}(?::\d{1,5})?/\d"),
    _form("a URL with a password", "://", r"://[^/\s:@\"'<>`]*:(?![$<{*\[]|%[A-Z_]*%|%s)[^/\s@\"'<>`?#]+@"),
    # The form of github.com/go-sql-driver/mysql, "DSN (Data Source Name)".
    _form("a data source name with a password", "@tcp( @unix(",
          r"(?<![\w.-])[\w.-]{1,100}+:(?![$<{*%])[^\s/@\"'<>`]{1,200}+@(?:tcp|unix)\("),
    _form("a URL with a token", "://", r"://(?:[0-9a-f]{40}|[a-z2-7]{52}):?@"),
    _form("a URL with a password, encoded", "%3A%2F%2F %3a%2f%2f",
          r"%3[Aa]%2[Ff]%2[Ff](?:(?!%3[Aa]|%2[Ff]|%40)[^\s/@\"'<>&])*%3[Aa](?!%24|%7[Bb]|%3[Cc]|[$<{*])"
          r"(?:(?!%2[Ff]|%40)[^\s/@\"'<>&])+%40"),
    _form("an Oracle login", "jdbc:oracle:",
          r"jdbc:oracle:(?:thin|oci8?|kprb):[\w$#.-]{1,60}/(?![$<{*\[]|%[A-Z_]{0,60}%)[^\s@/\"'<>`]{1,60}@"),
    _form("a signed address", "sig=", r"(?<=[?&;])sig=[\w%+/-]{40}"),
    _form("a presigned address", "X-Amz-Signature= X-Goog-Signature=", r"X-(?:Amz|Goog)-Signature=[0-9a-f]{64}"),
    _form("the address of an integration", "pagerduty.com/", r"pagerduty\.com/integration/[0-9a-f]{32}",
          r"pagerduty\.com/x-ere/R0[A-Za-z0-9]{28}"),
    _form("the address of an integration", "alert.victorops.com/ api.opsgenie.com/",
          r"alert\.victorops\.com/integrations/[\w/-]{1,80}/alert/[0-9a-f]{8}-[0-9a-f-]{20}",
          r"opsgenie\.com/v\d/[\w/-]{1,80}\?apiKey=[0-9a-f]{8}-[0-9a-f-]{20}"),
    _form("a Stripe key", "k_live_ k_test_ k_prod_", r"\b[sr]k_(?:live|test|prod)_[A-Za-z0-9]{10}"),
    _form("a webhook's signing secret", "whsec_", r"\bwhsec_[A-Za-z0-9+/]{16}"),
    _form("a GitHub token", "gho_ ghp_ ghs_ ghu_ ghr_ github_pat_",
          r"\bgh[opsur]_[A-Za-z0-9]{20}", r"\bgithub_pat_\w{20}"),
    _form("a GitLab token", "glpat- gldt- glptt- glrt- glrtr- glcbt- glft- glffct- glsoat- glimt- glagent- gloas-",
          r"\bgl(?:pat|dt|ptt|rt|rtr|cbt|ft|ffct|soat|imt|agent|oas)-[\w-]{16}"),
    _form("a GitLab token", "GR1348941", r"\bGR1348941[\w-]{20}"),
    _form("a Slack token", "xox xapp-", r"\bxox[abceoprs][.-][\w-]{10}", r"\bxapp-\d-\w{6}"),
    _form("a webhook's address", "hooks.slack.com/",
          r"\bhooks\.slack\.com/(?:services|workflows|triggers)/\w{5,30}/\w{5}"),
    _form("a webhook's address", "/api/webhooks/ .office.com/webhookb2/",
          r"\bdiscord(?:app)?\.com/api/webhooks/\d{5,25}/[\w-]{20}",
          r"\.webhook\.office\.com/webhookb2/[\w-]{20}"),
    _form("a webhook's address", "hooks.zapier.com", r"\bhooks\.zapier\.com/hooks/catch/\d{3,20}/\w{4}"),
    _form("a Discord token", "MT Mj Mz ND NT Nj Nz OD OT",  # Base64 of two digits
          r"(?:M[Tjz]|N[DTjz]|O[DT])(?<!\w..)[A-Za-z0-9]{21,26}\.[\w-]{6}\.[\w-]{27}"),
    _form("a Telegram token", ":AA", r"(?:\b|(?<=bot))\d{8,10}:AA[\w-]{32,33}\b"),
    _form("a Twilio key", "SK", r"SK(?<!\wSK)[0-9a-f]{32}\b"),
    _form("a SendGrid key", "SG.", r"\bSG\.[\w-]{16,40}\.[\w-]{16}"),
    _form("a key of a mail service", "key-", r"key-(?<![\w-]key-)[0-9a-f]{32}\b"),
    _form("a key of a mail service", "-us1 -us2 -us3 -us4 -us5 -us6 -us7 -us8 -us9", r"\b[0-9a-f]{32}-us\d{1,2}\b"),
    _form("a key of a mail service", "keysib- smtpsib-", r"\bx(?:key|smtp)sib-[0-9a-f]{32}"),
    _form("a key of a mail service", "re_", r"re_(?<!\wre_)[A-Za-z0-9]{8}_[A-Za-z0-9]{20}"),
    _form("a Google key", "AIza GOCSPX-", r"\bAIza[\w-]{35}", r"\bGOCSPX-[\w-]{20}"),
    _form("a Google token", "ya29. 1//0", r"\bya29\.[\w-]{20}", r"\b1//0[\w-]{40}"),
    _form("a storage account's key", "Key=", r"\b(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/]{20}"),
    _form("an Azure client's secret", "Q~", r"(?<![\w~.])[\w~.]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])"),
    _form("an npm token", "npm_", r"\bnpm_[A-Za-z0-9]{36}"),
    _form("a PyPI token", "pypi-", r"\bpypi-AgE[\w-]{20}"),
    _form("a Docker token", "dckr_", r"\bdckr_[a-z]{3,4}_[\w-]{20}"),
    _form("a package registry's token", "rubygems_ CLOJARS_", r"\brubygems_[a-f0-9]{48}", r"\bCLOJARS_[a-z0-9]{60}"),
    _form("a package registry's token", "cio", r"cio(?<!\wcio)[A-Za-z0-9]{32}\b"),
    _form("a package registry's token", "oy2 AKCp", r"\boy2[a-z0-9]{43}\b",
          r"\bAKCp[A-Za-z0-9]{69}\b"),
    _form("a key of an AI service", "sk-", r"(?<![\w-])sk-ant-[\w-]{20}", r"(?<![\w-])sk-or-v1-[0-9a-f]{40}",
          r"(?<![\w-])sk-(?:proj|svcacct|admin|None)-(?=[\w-]{0,150}\d)(?=[\w-]{0,150}[A-Z])[\w-]{20}",
          r"(?<![\w-])sk-(?=[A-Za-z]{0,40}\d)[A-Za-z0-9]{32}"),
    _form("a key of an AI service", "gsk_ xai- pplx- r8_", r"\bgsk_[A-Za-z0-9]{40}", r"\bxai-[A-Za-z0-9]{60}",
          r"\bpplx-[A-Za-z0-9]{40}", r"\br8_[A-Za-z0-9]{37}\b"),
    _form("a key of an AI service", "pcsk_ lsv2_", r"\bpcsk_\w{40}", r"\blsv2_(?:pt|sk)_[0-9a-f]{32}"),
    _form("a Hugging Face token", "hf_ api_org_", r"\b(?:hf|api_org)_[A-Za-z0-9]{30}"),
    _form("a Shopify token", "shpat_ shpca_ shppa_ shpss_ shptka_", r"\bshp(?:at|ca|pa|ss|tka)_[a-fA-F0-9]{32}"),
    _form("a Square token", "sq0 EAAA", r"\bsq0(?:atp|csp|idp)-[\w-]{22}", r"\bEAAA[\w-]{58}"),
    _form("a Facebook token", "EAAC EAAM", r"\bEAA[CM][A-Za-z0-9]{80}"),
    _form("an Atlassian token", "ATATT3 ATCTT3 ATBB", r"\bAT[AC]TT3[\w-]{20}", r"\bATBB[A-Za-z0-9]{32}\b"),
    _form("a Databricks token", "dapi dose", r"\b(?:dapi|dose)[a-f0-9]{32}"),
    _form("a New Relic key", "NRAK- NRII- NRAL",
          r"\bNRAK-[A-Z0-9]{27}", r"\bNRII-[\w-]{32}", r"\b[0-9a-f]{32,36}(?:FFFF)?NRAL\b"),
    _form("a Sentry token", "sntry", r"\bsntry[us]_[A-Za-z0-9+/=_]{40}"),
    _form("a Grafana token", "glsa_ glc_ eyJrIjoi",
          r"\bglsa_[A-Za-z0-9]{32}_[0-9A-Fa-f]{8}", r"\bglc_[A-Za-z0-9+/]{32}",
          r"\beyJrIjoi[A-Za-z0-9]{60}"),
    _form("a key of a monitoring service", "dt0 phx_", r"\bdt0[a-z]\d\d\.[A-Z0-9]{24}\.[A-Z0-9]{60}",
          r"\bphx_[A-Za-z0-9]{40}"),
    _form("a Linear token", "lin_", r"\blin_(?:api|oauth)_[A-Za-z0-9]{30}"),
    _form("a Notion token", "secret_ ntn_", r"\bsecret_[A-Za-z0-9]{43}\b", r"\bntn_[A-Za-z0-9]{40}"),
    _form("a Postman key", "PMAK-", r"\bPMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
    _form("a Doppler token", "dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.",
          r"\bdp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9._-]{40}"),
    _form("a Vault token", "hvs. hvb. hvr.", r"\bhv[sbr]\.[\w-]{20}"),
    _form("a Terraform token", ".atlasv1.", r"\b[A-Za-z0-9]{14}\.atlasv1\.[\w-]{40}"),
    _form("a Pulumi token", "pul-", r"\bpul-[a-f0-9]{40}\b"),
    _form("a DigitalOcean token", "dop_v1_ doo_v1_ dor_v1_", r"\bdo[opr]_v1_[a-f0-9]{32}"),
    _form("a Heroku key", "HRKU-", r"\bHRKU-[\w-]{30}"),
    _form("a Fly.io token", "fo1_ fm1a_ fm1r_ fm2_", r"\bfo1_[\w-]{43}", r"\bfm(?:1[ar]|2)_[A-Za-z0-9+/]{60}"),
    _form("a Vercel token", "vcp_ vcc_ vci_ vca_ vcr_ vck_ vercel_blob_",
          r"\bvc[pciark]_[A-Za-z0-9]{20}", r"\bvercel_blob_rw_\w{20}"),
    _form("a Netlify token", "nfp_ nfc_ nfo_ nfu_ nfb_", r"\bnf[pcoub]_[A-Za-z0-9]{36}"),
    _form("a Cloudflare key", "v1.0-", r"\bv1\.0-[a-f0-9]{24}-[a-f0-9]{100}"),
    _form("a Supabase key", "sbp_ sb_", r"\bsbp_(?:v0_)?[a-f0-9]{40}", r"\bsb_secret_[\w-]{20}"),
    _form("a PlanetScale password", "pscale_", r"\bpscale_(?:tkn|pw|oauth)_[\w=.-]{32}"),
    _form("a 1Password token", "ops_ A3-", r"\bops_eyJ[A-Za-z0-9+/]{200}",
          r"\bA3-[A-Z0-9]{6}-[A-Z0-9-]{11,12}(?:-[A-Z0-9]{5}){3}\b"),
    _form("a Tailscale key", "tskey-", r"\btskey-[a-z]{3,12}-[A-Za-z0-9-]{20}"),
    _form("an Airtable token", "pat", r"pat(?<!\wpat)[A-Za-z0-9]{14}\.[0-9a-f]{64}\b"),
    _form("a Figma token", "figd_", r"\bfigd_[\w-]{40}"),
    _form("a token of a build service", "bkua_ CCIP sgp_", r"\bbkua_[a-z0-9]{40}", r"\bCCIP(?:AT|RJ)_\w{20}",
          r"\bsgp_(?:[a-f0-9]{16}_|local_)?[a-f0-9]{40}"),
    _form("a token of a build service", "sqp_ squ_ sqa_ pnu_ API-", r"\bsq[pua]_[0-9a-f]{40}", r"\bpnu_[A-Za-z0-9]{36}",
          r"\bAPI-[A-Z0-9]{26}\b"),
    _form("a token of a build service", "rdme_ ico- sha256~", r"\brdme_[a-z0-9]{70}", r"\bico-[A-Za-z0-9]{32}\b",
          r"\bsha256~[\w-]{43}"),
    _form("a key of a payment service", "EZAK EZTK FLWSECK rzp_", r"\bEZ[AT]K[A-Za-z0-9]{54}\b",
          r"\bFLWSECK(?:_TEST)?-[A-Za-z0-9]{12}",
          r"\brzp_live_[A-Za-z0-9]{14}\b"),
    _form("a key of a payment service", "duffel_ shippo_", r"\bduffel_(?:test|live)_[\w=-]{43}",
          r"\bshippo_(?:live|test)_[a-f0-9]{40}"),
    _form("a key of a payment service", "access-sandbox- access-development- access-production-"
          " access_token$production",
          r"\baccess-(?:sandbox|development|production)-[0-9a-f]{8}-[0-9a-f-]{20}",
          r"\baccess_token\$production\$\w{10}"),
    _form("an Alibaba key", "LTAI", r"\bLTAI[A-Za-z0-9]{20}\b"),
    _form("a MaxMind key", "_mmk", r"\b[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk\b"),
    _form("a Mapbox token", "sk.eyJ", r"\bsk\.eyJ[\w-]{30}"),
    _form("an Adobe secret", "p8e-", r"\bp8e-[A-Za-z0-9-]{32}"),
    _form("a bearer token", "earer ", r"\b[Bb]earer [A-Za-z0-9._~+/-]{20}"),
    _form("a name and a password", "asic ", r"\b[Bb]asic [A-Za-z0-9+/]{4,2000}={0,2}", accepts=_is_login),
    _form("a JSON Web Token", ".eyJ",
          # The look-ahead searches for the second part once, and not for each place where a token may begin.
          r"(?<![\w-])(?=[\w-]++\.eyJ[\w-]{8,}+\.[\w-]{8})[\w-]*?\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"),
)  # fmt: skip
"""The forms in the order in which they are tried. The first form that matches gives the kind of the secret."""


@lru_cache(maxsize=8192)
def kind_of_secret(text: str) -> str:
    """Return the kind of secret that a text contains.

    Args:
        text: Any text. Texts that are encoded in it are searched too.

    Returns:
        The kind, such as ``a Stripe key``; empty for a text without a secret.
    """
    if len(text) < _SHORTEST:
        return ""
    found = (form.kind for layer in layers(_once(text)) for form in _hinted(layer) for _match in form.found(layer))
    return next(found, "")


def _once(text: str) -> str:
    """Split a long text at quotation marks, which no form contains, and drop repeated parts: documents have many."""
    return text if len(text) < _DOCUMENT else "\n".join(dict.fromkeys(text.split('"')))


def without_secrets(text: str, shown: str) -> str:
    """Replace what has the form of a secret.

    Args:
        text: Any text.
        shown: The text that replaces a secret.
    """
    for form in _hinted(text):
        for match in reversed([*form.found(text)]):
            text = text[: match.start()] + shown + _REST.sub("", text[match.end() :])
    return text


def _hinted(text: str) -> Iterator[Form]:
    """Yield the forms of which a text contains a hint; a form with two of its hints in the text comes twice."""
    # One loop over all hints: a loop for each form takes ten times as long, and there are thousands of texts.
    if len(text) > _SHORT:
        return (form for hint, form in _BY_HINT if hint in text)
    ends = _BY_END.keys() & set(map(add, text, text[1:]))
    numbers = sorted(number for end in ends for number in _BY_END[end])
    return (form for hint, form in map(_BY_HINT.__getitem__, numbers) if hint in text)


_SHORTEST: Final = len("://:x@")
"""Characters of the shortest secret that has a form."""
_DOCUMENT: Final = 10_000
"""Characters; in a longer text it pays to drop repeated parts first."""
_SHORT: Final = 100
"""Characters; in a text up to this length, looking up each pair of characters is quicker than searching each hint."""
_BY_HINT: Final = tuple((hint, form) for form in FORMS for hint in form.hints)
_BY_END: Final = {
    end: [number for number, (hint, _form) in enumerate(_BY_HINT) if hint.endswith(end)]
    for end in {hint[-2:] for hint, _form in _BY_HINT}
}
"""Two characters -> the indexes of the hints that end with them."""
_REST: Final = re.compile(r"\A[\w+/=.~-]+")
"""The rest of a secret, after the part that its form matches."""
