"""What messages are judged by: the classifier's model, the policy, its certificate."""

from pathlib import Path

from pipeline.doctor.finding import Finding, advice, failure, ok
from policy.rules import Policy

__all__ = ["check_certificate", "check_model"]


def check_model(folder: Path | None) -> list[Finding]:
    """Whether there is a model that loads."""
    from classifier.artifact import ModelError
    from classifier.model import Classifier

    where = str(folder or "the starter model")
    try:
        model = Classifier.load(folder)
    except ModelError as error:
        return [failure("model", where, str(error), "run `gatepost train`")]
    return [ok("model", where, f"version {model.version}, {model.digest[:16]}")]


def check_certificate(
    policy: Policy, folder: Path | None, signed_by: Path | None = None
) -> list[Finding]:
    """Whether the policy has a certificate that proves it, signed by the key if one is given."""
    from proofs.certificate import CertificateError
    from proofs.recheck import recheck

    if folder is None:
        return [advice("certificate", policy.name, "no certificate is given, so each start proves "
                       "the policy anew", "write one with `gatepost policy verify --certificate "
                       "FOLDER` and give it to serve")]  # fmt: skip
    mend = f"run `gatepost policy verify --certificate {folder}` anew"
    try:
        objections = recheck(policy, folder, signed_by)
    except CertificateError as error:
        return [failure("certificate", str(folder), str(error), mend)]
    if objections:
        return [failure("certificate", str(folder), "; ".join(objections), mend)]
    return [ok("certificate", str(folder), f"it proves {policy.name}")]
