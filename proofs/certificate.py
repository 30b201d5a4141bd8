"""A verdict as files, bound to the policy, the vocabulary, the claims and the encoding.

Neither reading a certificate nor asking whether it covers a policy needs a solver.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policy.digest import digest, vocabulary_digest
from policy.rules import Policy
from proofs.claims import claims_digest, claims_of
from proofs.evidence import Evidence

if TYPE_CHECKING:  # verdicts come from a solver, which reading a certificate must not need
    from proofs.verdicts import Verdicts

__all__ = [
    "CERTIFICATE",
    "CNF",
    "LRAT",
    "PROVED",
    "SIGNATURE",
    "Certificate",
    "CertificateError",
    "certificate_for",
    "certificate_of",
    "encoding_digest",
]

FORMAT = 1
CERTIFICATE, CNF, LRAT = "certificate.json", "policy.cnf", "policy.lrat"
SIGNATURE = "certificate.sig"
PROVED = "proved"
_ENCODING = {
    "policy": ("evaluator.py", "facts.py", "modes.py", "rules.py", "vocabulary.py"),
    "proofs": (
        "booleans.py", "clause_questions.py", "clauses.py", "domain.py", "encoding.py",
        "evidence.py", "gates.py", "ladder.py", "movement.py", "questions.py", "reading.py",
        "second_opinion.py", "solver.py", "values.py",
        "verification.py",
    ),
}  # fmt: skip


class CertificateError(Exception):
    """A certificate cannot be read; the message says which file and why."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was proved about which policy, by what.

    `verdicts` maps each claim's id to `proved` or `refuted`; `examples` has the message of each
    promise that some message exists; `files` are those given (packs apart); `solvers` are names
    with versions; `made_at` is in UTC. `evidence` is written beside it, and not read with it.
    """

    policy_name: str
    policy_digest: str
    vocabulary_digest: str
    claims_digest: str
    encoding_digest: str
    cnf_digest: str
    lrat_digest: str
    verdicts: Mapping[str, str]
    examples: Mapping[str, Mapping[str, Any]]
    files: tuple[str, ...]
    solvers: tuple[str, ...]
    made_at: datetime = field(compare=False)
    evidence: Evidence | None = field(default=None, compare=False, repr=False)

    @property
    def proved(self) -> bool:
        """Whether every claim was proved."""
        return bool(self.verdicts) and set(self.verdicts.values()) == {PROVED}

    @property
    def name(self) -> str:
        """A short name for logs: the first 16 hex digits of the certificate's digest."""
        return hashlib.sha256(_text(self).encode()).hexdigest()[:16]

    def covers(self, policy: Policy) -> bool:
        """Whether all that must be proved of `policy` was proved, of exactly this policy."""
        return not self.objections(policy)

    def objections(self, policy: Policy) -> tuple[str, ...]:
        """Why the certificate does not cover `policy`, as sentences; empty when it does."""
        bound = (
            (self.policy_digest, digest(policy), "it is about another policy"),
            (self.vocabulary_digest, vocabulary_digest(policy.vocabulary),
             "the facts were declared differently"),
            (self.claims_digest, claims_digest(), "it is about other built-in claims"),
            (self.encoding_digest, encoding_digest(), "it was made by another version"),
        )  # fmt: skip
        missing = {claim.id for claim in claims_of(policy)} - set(self.verdicts)
        refuted = [name for name, outcome in self.verdicts.items() if outcome != PROVED]
        return (
            *(why for written, now, why in bound if written != now),
            *(f"nothing is said about the claim `{name}`" for name in sorted(missing)),
            *(f"the claim `{name}` is refuted" for name in refuted),
        )

    def write(self, folder: Path) -> None:
        """Write the certificate and its evidence into `folder`, which is made if need be.

        The certificate itself is last and appears whole: what is half-written covers nothing. A
        signature of an earlier certificate is taken away (see `proofs.signature`).
        """
        folder.mkdir(parents=True, exist_ok=True)
        for name in (SIGNATURE, CERTIFICATE):
            (folder / name).unlink(missing_ok=True)
        if self.evidence is not None:
            (folder / CNF).write_text(self.evidence.cnf, "ascii")
            (folder / LRAT).write_text(self.evidence.lrat, "ascii")
        part = folder / f"{CERTIFICATE}.part"
        part.write_text(_text(self), "utf-8")
        part.replace(folder / CERTIFICATE)

    @classmethod
    def read(cls, folder: Path) -> "Certificate":
        """The certificate in `folder`; raises CertificateError."""
        path = folder / CERTIFICATE
        try:
            data = json.loads(path.read_text("utf-8"))
        except OSError as error:
            raise CertificateError(f"{path} cannot be read: {error.strerror}") from None
        except ValueError as error:
            raise CertificateError(f"{path} is not a certificate: {error}") from None
        return _from_json(path, data)


def certificate_for(policy: Policy) -> Certificate:
    """Prove every claim about `policy` and certify what came of it, refutations included.

    Raises SolverGaveUpError, DoesNotReplayError and OpinionsDifferError.
    """
    from proofs.verification import verify

    return certificate_of(policy, verify(policy))


def certificate_of(
    policy: Policy, verdicts: "Verdicts", begins: Callable[[str], None] = lambda _: None
) -> Certificate:
    """The certificate of `verdicts`, which `proofs.verification.verify` gave about `policy`.

    `begins` is called with the name of each step when it begins: a claim each, and the proof.
    Raises OpinionsDifferError and DoesNotReplayError.
    """
    from proofs.satisfiability import sat_version
    from proofs.second_opinion import second_opinion
    from proofs.solver import solver_version

    evidence = second_opinion(policy, verdicts, begins)
    stated = (*policy.rules, *policy.invariants, *policy.promises, *policy.examples)
    return Certificate(
        policy_name=policy.name,
        policy_digest=verdicts.policy_digest,
        vocabulary_digest=vocabulary_digest(policy.vocabulary),
        claims_digest=claims_digest(),
        encoding_digest=encoding_digest(),
        cnf_digest=evidence.digests[0],
        lrat_digest=evidence.digests[1],
        verdicts={verdict.claim.id: verdict.outcome.value for verdict in verdicts},
        examples={
            verdict.claim.id: {name: _plain(value) for name, value in verdict.witness.facts.items()}
            for verdict in verdicts
            if verdict.witness is not None and verdict.outcome.value == PROVED
        },
        files=tuple(sorted({item.span.file for item in stated if item.pack is None})),
        solvers=(solver_version(), sat_version()),
        made_at=datetime.now(UTC).replace(microsecond=0),
        evidence=evidence,
    )


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else value


@cache
def encoding_digest() -> str:
    """SHA-256 (hex) of the code that gives the claims and the policy their meaning."""
    seen = hashlib.sha256()
    for package, names in _ENCODING.items():
        for name in names:
            seen.update(f"{package}/{name}\0".encode())
            seen.update(files(package).joinpath(name).read_bytes())
    return seen.hexdigest()


def _text(certificate: Certificate) -> str:
    data = {
        "format": FORMAT,
        "policy_name": certificate.policy_name,
        "policy_digest": certificate.policy_digest,
        "vocabulary_digest": certificate.vocabulary_digest,
        "claims_digest": certificate.claims_digest,
        "encoding_digest": certificate.encoding_digest,
        "cnf_digest": certificate.cnf_digest,
        "lrat_digest": certificate.lrat_digest,
        "verdicts": dict(certificate.verdicts),
        "examples": {name: dict(facts) for name, facts in certificate.examples.items()},
        "files": list(certificate.files),
        "solvers": list(certificate.solvers),
        "made_at": certificate.made_at.isoformat(),
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _from_json(path: Path, data: Any) -> Certificate:
    try:
        if data["format"] != FORMAT:
            raise CertificateError(f"{path} has format {data['format']!r}, known is {FORMAT}")
        return Certificate(
            policy_name=str(data["policy_name"]),
            policy_digest=str(data["policy_digest"]),
            vocabulary_digest=str(data["vocabulary_digest"]),
            claims_digest=str(data["claims_digest"]),
            encoding_digest=str(data["encoding_digest"]),
            cnf_digest=str(data["cnf_digest"]),
            lrat_digest=str(data["lrat_digest"]),
            verdicts={str(name): str(outcome) for name, outcome in data["verdicts"].items()},
            examples={str(name): dict(facts) for name, facts in data["examples"].items()},
            files=tuple(map(str, data["files"])),
            solvers=tuple(map(str, data["solvers"])),
            made_at=datetime.fromisoformat(data["made_at"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise CertificateError(f"{path} is not a certificate: {error!r}") from None
