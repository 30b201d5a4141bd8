import json
import subprocess
import sys
from pathlib import Path

import pytest

from proofs.certificate import Certificate, CertificateError, certificate_for
from tests.proofs.shop import SHOP, policy_of, shop_policy, small


@pytest.fixture(scope="module")
def certificate() -> Certificate:
    return certificate_for(shop_policy())


def test_it_covers_the_policy_it_was_made_for(certificate: Certificate) -> None:
    assert certificate.proved
    assert certificate.objections(shop_policy()) == ()
    assert certificate.covers(shop_policy())


def test_it_survives_writing_and_reading(certificate: Certificate, tmp_path: Path) -> None:
    certificate.write(tmp_path / "new")
    read = Certificate.read(tmp_path / "new")
    assert read == certificate
    assert read.name == certificate.name
    names = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert names == ["certificate.json", "policy.cnf", "policy.lrat"]


def test_another_layout_is_the_same_policy_but_another_threshold_is_not(
    certificate: Certificate,
) -> None:
    text = SHOP.read_text("utf-8")
    assert certificate.covers(policy_of(f"# a comment\n{text}\n\n"))
    changed = policy_of(text.replace("refund_amount > 200.00", "refund_amount > 201.00"))
    assert not certificate.covers(changed)
    assert "it is about another policy" in certificate.objections(changed)


def test_a_refuted_policy_is_not_covered() -> None:
    policy = small('allow monitored "all" when kind is reply', "shop")
    certificate = certificate_for(policy)
    assert not certificate.covers(policy)
    assert "the claim `fraud_gated` is refuted" in certificate.objections(policy)


def test_a_verdict_that_was_left_out_is_missed(certificate: Certificate, tmp_path: Path) -> None:
    certificate.write(tmp_path)
    path = tmp_path / "certificate.json"
    data = json.loads(path.read_text())
    del data["verdicts"]["fraud_gated"]
    path.write_text(json.dumps(data))
    objections = Certificate.read(tmp_path).objections(shop_policy())
    assert objections == ("nothing is said about the claim `fraud_gated`",)


@pytest.mark.parametrize(
    "digest", ["policy_digest", "vocabulary_digest", "claims_digest", "encoding_digest"]
)
def test_each_digest_binds(certificate: Certificate, tmp_path: Path, digest: str) -> None:
    certificate.write(tmp_path)
    path = tmp_path / "certificate.json"
    data = json.loads(path.read_text())
    data[digest] = "0" * 64
    path.write_text(json.dumps(data))
    assert len(Certificate.read(tmp_path).objections(shop_policy())) == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 99}', "\0", '{"format": 1}', "1"])
def test_what_is_no_certificate_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "certificate.json").write_text(text)
    with pytest.raises(CertificateError, match=r"certificate\.json"):
        Certificate.read(tmp_path)


def test_a_missing_certificate_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match="cannot be read"):
        Certificate.read(tmp_path / "nowhere")


def test_covering_needs_no_solver() -> None:
    code = (
        "import sys\nimport proofs.certificate\nfrom proofs.claims import claims_of\n"
        "assert not {'z3', 'pysat'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
