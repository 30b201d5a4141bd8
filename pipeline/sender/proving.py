"""Policy files to a policy that may be served: without a mistake, and proved."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.policy_files import PolicyFileError, read_sources
from pipeline.sender.proved import NotServedError, Proved
from policy.loading import load
from policy.rules import Policy
from proofs.certificate import Certificate, CertificateError
from proofs.recheck import recheck
from proofs.reporting import verdict_lines
from proofs.verification import verify

__all__ = ["proved_policy"]


def proved_policy(
    paths: Sequence[Path], certificate: Path | None, signed_by: Path | None = None
) -> Proved:
    """The policy of these files, proved now or by the certificate in a folder.

    With `signed_by`, a public key, only by a certificate that it signed. Raises NotServedError.
    """
    if certificate is None and signed_by is not None:
        raise NotServedError(
            [
                "gatepost: certificate_public_key is set, so the policy is served only with a "
                "certificate that this key signed; give --certificate FOLDER"
            ],
            refuted=True,
        )
    try:
        loaded = load(*read_sources(paths))
    except PolicyFileError as error:
        raise NotServedError([f"gatepost: {error}"], refuted=False) from None
    if loaded.policy is None:
        raise NotServedError([loaded.rendered()], refuted=False)
    if certificate is None:
        _prove(loaded.policy)
        return Proved(loaded.policy, "")
    return Proved(loaded.policy, _covered_by(loaded.policy, certificate, signed_by))


def _covered_by(policy: Policy, folder: Path, signed_by: Path | None) -> str:
    try:
        objections = recheck(policy, folder, signed_by)
    except CertificateError as error:
        raise NotServedError([f"gatepost: {error}"], refuted=False) from None
    if objections:
        lines = [
            f"gatepost: the certificate does not cover the policy: {objection}"
            for objection in objections
        ]
        raise NotServedError(
            [*lines, "Run `gatepost policy verify --certificate FOLDER` anew."], refuted=True
        )
    return Certificate.read(folder).name


def _prove(policy: Policy) -> None:
    verdicts = verify(policy)
    if verdicts.proved:
        return
    raise NotServedError(
        [
            *("\n".join(verdict_lines(verdict)) for verdict in verdicts.refuted),
            f"gatepost: {policy.name}: refuted, so it is not served; mend the policy and see "
            "`gatepost policy verify`",
        ],
        refuted=True,
    )
