"""A classifier for tests: quick, and a pure function of the text; importable by every worker."""

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from classifier.labels import INTENTS
from classifier.prediction import Evidence, MessageText, Prediction
from pipeline.batch.deciding import Decider
from pipeline.batch.job import Job
from pipeline.batch.kernel import Kernel
from policy.modes import Event, Mode
from policy.rules import Condition, Has, OneOf, Or, Policy, Rule, RuleKind, Span
from policy.vocabulary import BUILT_IN


def _rule(line: int, kind: RuleKind, mode: Mode, title: str, condition: Condition) -> Rule:
    span = Span("test.policy", line, 1, line, 9)
    return Rule(kind, Event.SEND, mode, title, condition, (), None, None, None, None, span)


_HERE = Span("test.policy", 1, 1, 1, 1)
POLICY = Policy(
    "Test",
    BUILT_IN,
    (
        _rule(3, RuleKind.ALLOW, Mode.MONITORED, "routine",
              OneOf("intent", frozenset({"order_status"}), _HERE)),
        _rule(5, RuleKind.REQUIRE, Mode.GATED_ALL, "fraud is for people",
              Or(tuple(Has(name, "fraud_risk", _HERE) for name in ("tags", "thread.tags")), _HERE)),
    ),
)  # fmt: skip


class KeywordReader:
    """Fraud when the text speaks of a stolen card, else an order; dies when told to."""

    def classify_many(self, messages: Sequence[MessageText], /) -> list[Prediction]:
        return [self._classify(message) for message in messages]

    def _classify(self, message: MessageText) -> Prediction:
        if "kill this process" in message.body:
            os._exit(9)
        if "die once" in message.body:
            mark = Path(message.body.split()[-1])
            if not mark.exists():
                mark.touch()
                os._exit(9)
        start = message.body.find("stolen")
        fraud = start >= 0
        intent = "fraud_claim" if fraud else "order_status"
        evidence = Evidence("fraud_risk", "signal", "stolen", "body", start, start + 6, "stolen", 1)
        return Prediction(
            intent=intent,
            confidence=0.75,
            probabilities={name: float(name == intent) for name in INTENTS},
            tags=frozenset({"fraud_risk"} if fraud else ()),
            evidence=(evidence,) if fraud else (),
            language="en",
            unsure=False,
            out_of_scope=0.0,
        )


def decider() -> Decider:
    return Decider(POLICY)


def kernel(*, probabilities: bool = False) -> Kernel:
    return Kernel(KeywordReader(), decider(), probabilities=probabilities)


def job(work: Path, **settings: object) -> Job:
    work.mkdir(parents=True, exist_ok=True)
    return Job(kernel=partial(kernel), identity="test", work=work, **settings)
