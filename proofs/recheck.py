"""A certificate checked again without any solver."""

from pathlib import Path

from policy.facts import Facts
from policy.rules import Policy
from proofs.certificate import CNF, LRAT, PROVED, Certificate, CertificateError
from proofs.claims import claims_of
from proofs.evidence import Evidence, EvidenceError, replay
from proofs.questions import Counterexample, Sometimes, breaks
from proofs.signature import public_key, signature_objections

__all__ = ["recheck"]


def recheck(policy: Policy, folder: Path, signed_by: Path | None = None) -> tuple[str, ...]:
    """Why the certificate in `folder` does not prove `policy`, as sentences; empty if it does.

    The policy is encoded anew and compared, the proof is replayed by `proofs.lrat`, and the
    message of each promise is decided by `policy.evaluator`. With `signed_by`, a public key in
    PEM, the certificate must be signed by it. Raises CertificateError when a file is missing, or
    is no certificate or key.
    """
    certificate = Certificate.read(folder)
    evidence = Evidence(_read(folder / CNF), _read(folder / LRAT))
    objections = list(certificate.objections(policy))
    if signed_by is not None:
        objections += signature_objections(folder, public_key(signed_by))
    for name, written, now in zip(
        (CNF, LRAT),
        (certificate.cnf_digest, certificate.lrat_digest),
        evidence.digests,
        strict=True,
    ):
        if written != now:
            objections.append(f"{name} is not the file that was certified")
    proved = [claim for claim in claims_of(policy) if certificate.verdicts.get(claim.id) == PROVED]
    try:
        replay(policy, [claim.id for claim in proved], evidence)
    except EvidenceError as error:
        objections.append(str(error))
    for claim in proved:
        if isinstance(claim.question, Sometimes):
            offered = certificate.examples.get(claim.id, {})
            message = Counterexample(Facts(policy.vocabulary, offered))
            if not breaks(policy, claim.question, message):
                objections.append(f"the message of the promise `{claim.id}` does not keep it")
    return tuple(objections)


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except OSError as error:
        raise CertificateError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CertificateError(f"{path} is not ASCII text") from None
