"""The life of a message: ONE table of states, events, guards and effects.

Rule 1: everything that decides whether a message may move stands in `TABLE`. The store executes
it, `proofs.lifecycle` turns it into a transition relation, the state-machine test drives it, and
the diagram in the README is drawn from it. No other code writes a state.

Rule 2: the table knows no clock, no database and no mail server. What they know enters as an
input of the event ("it is due", "the certificate is valid"), and is a guard like any other.

Theory of operation
-------------------
A message has three version numbers: `facts` (bumped when a tag, consent, suppression or case
changes), `content` (bumped by an edit) and, for the whole service, `policy` (bumped by a reload).
A decision and an approval remember the three they were about. Hand-over re-checks that they are
still the three in force; if not, the message goes back to `accepted` and is decided anew. So
whatever is added, edited or reloaded between approval and hand-over, at any moment, voids both.

SMTP has one window in which a client cannot know (RFC 1047): after the final dot was written and
before the answer was read. `dot_written` marks it before it is entered. A message lost in that
window becomes `unknown`, never silently `queued`; leaving `unknown` for another attempt is an
event of its own, counted in `retried`.

A guard or effect is a term over the record's fields and the event's inputs, so that the same
object can be computed, turned into a formula, or printed (`policy.terms`).
"""

from policy.lifecycle.record import FIELDS, FieldSpec
from policy.lifecycle.row import Guard, Transition
from policy.lifecycle.states import FINAL, WAITING, Actor, LifecycleEvent, State
from policy.lifecycle.stepping import Refused, Step, initial, inputs_of, step
from policy.lifecycle.table import TABLE

__all__ = [
    "FIELDS", "FINAL", "TABLE", "WAITING", "Actor", "FieldSpec", "Guard", "LifecycleEvent",
    "Refused", "State", "Step", "Transition", "initial", "inputs_of", "step",
]  # fmt: skip
