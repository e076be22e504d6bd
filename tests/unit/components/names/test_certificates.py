"""The registered resources of Certificate."""

from dataclasses import replace
from typing import Any

import pytest
from pulumi_aws.acm.outputs import CertificateDomainValidationOption

from spot_platform.names.certificates import Certificate, CertificateArgs, CertificateTransforms, _validation_record
from tests.recording import Recording, record

ARN = "arn:aws:acm:us-east-1:123456789012:certificate/1"
ISSUED_ARN = f"{ARN}?issued"
ARGS = CertificateArgs(
    domain_name="example.com",
    subject_alternative_names=["*.example.com", "www.example.org"],
    hosted_zone_id="Z1",
)


def option(domain_name: str) -> dict[str, str]:
    plain = domain_name.removeprefix("*.")
    return {
        "domainName": domain_name,
        "resourceRecordName": f"_x.{plain}.",
        "resourceRecordType": "CNAME",
        "resourceRecordValue": f"_{plain}.acm-validations.aws.",
    }


def option_of(domain_name: str) -> CertificateDomainValidationOption:
    return CertificateDomainValidationOption(
        domain_name=domain_name, resource_record_name="_x", resource_record_type="CNAME", resource_record_value="_y"
    )


OPTIONS = [option(name) for name in ("www.example.org", "*.example.com", "example.com")]


def outputs(options: list[dict[str, str]]) -> dict[str, dict[str, Any]]:
    return {
        "aws:acm/certificate:Certificate": {"arn": ARN, "domainValidationOptions": options},
        "aws:acm/certificateValidation:CertificateValidation": {"certificateArn": ISSUED_ARN},
        "aws:route53/record:Record": {"fqdn": "_x.fqdn"},
    }


def build(
    args: CertificateArgs = ARGS,
    transforms: CertificateTransforms | None = None,
    options: list[dict[str, str]] = OPTIONS,
) -> Recording:
    return record(lambda: Certificate("site", args, transforms=transforms).arn, outputs=outputs(options))


def test_certificate() -> None:
    recording = build()
    assert recording.unknown_inputs() == []
    certificate = recording.one("aws:acm/certificate:Certificate", "site")
    assert certificate.inputs["domainName"] == "example.com"
    assert certificate.inputs["subjectAlternativeNames"] == ["*.example.com", "www.example.org"]
    assert certificate.inputs["validationMethod"] == "DNS"
    assert certificate.inputs["keyAlgorithm"] == "RSA_2048"
    assert certificate.inputs["options"] == {"certificateTransparencyLoggingPreference": "ENABLED"}
    assert not certificate.delete_before_replace


@pytest.mark.parametrize("options", [OPTIONS, OPTIONS[::-1], OPTIONS[1:] + OPTIONS[:1]])
def test_a_domain_and_its_wildcard_share_a_record_in_whatever_order_acm_lists_them(
    options: list[dict[str, str]],
) -> None:
    records = {r.name: r.inputs for r in build(options=options).all("Record")}
    assert {n: (r["name"], r["records"]) for n, r in records.items()} == {
        "site-example.com": ("_x.example.com.", ["_example.com.acm-validations.aws."]),
        "site-www.example.org": ("_x.www.example.org.", ["_www.example.org.acm-validations.aws."]),
    }
    for made in records.values():
        assert made["type"] == "CNAME"
        assert made["zoneId"] == "Z1"
        assert made["allowOverwrite"] is True


def test_the_arn_is_that_of_the_issued_certificate() -> None:
    recording = build()
    assert recording.result == ISSUED_ARN
    validation = recording.one("CertificateValidation").inputs
    assert validation["certificateArn"] == ARN
    assert validation["validationRecordFqdns"] == ["_x.fqdn", "_x.fqdn"]


def test_preview_knows_the_records_before_acm_names_them() -> None:
    def program() -> None:
        Certificate("site", ARGS)

    recording = record(program, outputs=outputs(OPTIONS), preview=True)
    assert sorted(r.name for r in recording.all("Record")) == ["site-example.com", "site-www.example.org"]


def test_a_domain_that_acm_forgets_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"^ACM asks for no validation record for example\.com$"):
        _validation_record("example.com", [option_of("example.org")])


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            replace(ARGS, key_algorithm="RSA_1024"),
            "Certificate 'site': key_algorithm=RSA_1024 is not allowed; allowed: RSA_2048, EC_prime256v1",
        ),
        (
            replace(ARGS, subject_alternative_names=[f"a{number}.example.com" for number in range(100)]),
            (
                'Certificate \'site\': subject_alternative_names=["a0.example.com", "a1.example.com", "a2.example.com", '
                '"a3.example.com", "a4.exa… is not allowed; allowed: at most 99 names'
            ),
        ),
        (
            replace(ARGS, subject_alternative_names=["example.com"]),
            "Certificate 'site': subject_alternative_names[0]=example.com is the domain_name already",
        ),
    ],
)
def test_wrong_arguments_are_refused_before_any_resource(args: CertificateArgs, message: str) -> None:
    refused: list[str] = []

    def program() -> None:
        with pytest.raises(ValueError) as error:  # noqa: PT011 - the whole message is compared below
            Certificate("site", args)
        refused.append(str(error.value))

    assert record(program).resources == []
    assert refused == [message]


def test_transforms_reach_children() -> None:
    transforms = CertificateTransforms(
        certificate={"tags": {"a": "b"}}, record={"ttl": 60}, validation={"region": "us-east-1"}
    )
    recording = build(transforms=transforms)
    assert recording.one("aws:acm/certificate:Certificate").inputs["tags"] == {"a": "b"}
    assert [r.inputs["ttl"] for r in recording.all("Record")] == [60, 60]
    assert recording.one("CertificateValidation").inputs["region"] == "us-east-1"
