"""What is remembered of a message for its life cycle, besides its state."""

from collections.abc import Mapping
from dataclasses import dataclass

from policy.modes import Mode
from policy.terms import FieldKind

__all__ = ["FIELDS", "FieldSpec"]


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field of the record: its kind, its value at acceptance, and whose it is."""

    kind: FieldKind
    initial: int | bool
    doc: str
    of_service: bool = False


FIELDS: Mapping[str, FieldSpec] = {
    "policy": FieldSpec(FieldKind.COUNTER, 1, "version of the policy in force", of_service=True),
    "paused": FieldSpec(FieldKind.BOOL, False, "somebody stopped all sending", of_service=True),
    "inbound": FieldSpec(FieldKind.BOOL, False, "the message came in"),
    "facts": FieldSpec(FieldKind.COUNTER, 1, "version of what is known of the message"),
    "content": FieldSpec(FieldKind.COUNTER, 1, "version of the bytes of the message"),
    "fraud": FieldSpec(
        FieldKind.BOOL, False, "fraud-tagged: the message, its thread or a case of the person"
    ),
    "erased": FieldSpec(FieldKind.BOOL, False, "the person had their data erased"),
    "mode": FieldSpec(FieldKind.MODE, int(Mode.BLOCKED), "the decided mode"),
    "decided_facts": FieldSpec(FieldKind.COUNTER, 0, "facts the decision was about"),
    "decided_content": FieldSpec(FieldKind.COUNTER, 0, "content the decision was about"),
    "decided_policy": FieldSpec(FieldKind.COUNTER, 0, "policy that decided"),
    "approvals": FieldSpec(FieldKind.COUNTER, 0, "people who approved the current decision"),
    "approvals_due": FieldSpec(FieldKind.COUNTER, 1, "people who must"),
    "approved_facts": FieldSpec(FieldKind.COUNTER, 0, "facts the approval was about"),
    "approved_content": FieldSpec(FieldKind.COUNTER, 0, "content the approval was about"),
    "approved_policy": FieldSpec(FieldKind.COUNTER, 0, "policy the approval was about"),
    "dot_written": FieldSpec(
        FieldKind.BOOL, False, "the final dot of the running attempt may have been written"
    ),
    "handovers": FieldSpec(FieldKind.COUNTER, 0, "attempts that the mail server may have accepted"),
    "retried": FieldSpec(
        FieldKind.COUNTER, 0, "attempts knowingly made after a lost acknowledgement"
    ),
    "handed_mode": FieldSpec(FieldKind.MODE, 0, "mode at the last hand-over"),
    "handed_fraud": FieldSpec(FieldKind.BOOL, False, "fraud-tagged at the last hand-over"),
    "handed_facts": FieldSpec(FieldKind.COUNTER, 0, "facts at the last hand-over"),
    "handed_content": FieldSpec(FieldKind.COUNTER, 0, "content at the last hand-over"),
    "handed_policy": FieldSpec(FieldKind.COUNTER, 0, "policy at the last hand-over"),
}
