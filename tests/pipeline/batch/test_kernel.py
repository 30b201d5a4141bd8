import polars as pl
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from classifier.prediction import MessageText
from pipeline.batch.columns import RESULTS
from pipeline.batch.deciding import Decider, Labels, rule_of
from pipeline.batch.kernel import Kernel, text_of
from pipeline.facts import Ledger, Mailbox, ReadLabels, facts_of_reply, ordinary_reply
from pipeline.intake.schema import Entry, frame
from pipeline.mail.message import Message
from policy.evaluator import Decision

from .readers import POLICY, KeywordReader, decider, kernel


def messages(*texts: str) -> pl.DataFrame:
    return frame(
        Entry("a.mbox", number, Message(text=text, from_address="a@x.example"))
        for number, text in enumerate(texts)
    )


def arrow(table: pl.DataFrame) -> pa.RecordBatch:
    return table.to_arrow().combine_chunks().to_batches()[0]


def test_an_arrow_batch_becomes_an_arrow_batch_in_the_documented_schema() -> None:
    found = kernel()(arrow(messages("where is it", "my card was stolen")))
    assert isinstance(found, pa.RecordBatch)
    table = pl.DataFrame(pl.from_arrow(found))
    assert table.schema == RESULTS
    assert table["intent"].to_list() == ["order_status", "fraud_claim"]
    assert table["mode"].to_list() == ["monitored", "gated_all"]
    assert table["rule"].to_list() == ["routine", "fraud is for people"]
    assert table["rule_at"].to_list() == ["test.policy:3", "test.policy:5"]
    assert table["tag_reasons"].to_list()[1] == [
        {"tag": "fraud_risk", "signal": "stolen", "zone": "body", "text": "stolen"}
    ]


def test_an_empty_batch_stays_empty() -> None:
    batch = pa.RecordBatch.from_struct_array(
        frame([]).to_arrow().to_struct_array().combine_chunks()
    )
    assert kernel()(batch).num_rows == 0


def test_without_a_policy_nothing_is_decided() -> None:
    table = Kernel(KeywordReader()).results(messages("x"))
    assert table.select("mode", "rule", "rule_at").row(0) == (None, None, None)


def test_probabilities_are_given_on_request() -> None:
    assert kernel().results(messages("x"))["probabilities"][0] is None
    found = kernel(probabilities=True).results(messages("x"))["probabilities"][0]
    assert found["order_status"] == 1.0


@given(st.lists(st.text(max_size=20), min_size=2, max_size=6), st.integers(1, 5))
def test_the_cut_into_batches_changes_nothing(texts: list[str], at: int) -> None:
    table = messages(*texts)
    whole = kernel().results(table)
    parts = [kernel().results(part) for part in (table[:at], table[at:]) if part.height]
    assert pl.concat(parts).equals(whole)


def test_what_is_judged_is_what_was_read() -> None:
    whole = Message(
        message_id="1@x.example",
        from_address="a@x.example",
        reply_to=("b@y.example", "c@z.example"),
        subject="where is it",
        text="my card was stolen",
        quoted="old",
        signature="Ada",
        hidden_text="unseen",
        headers={"precedence": ("bulk", "list"), "x-other": ("1",), "received": ("a", "b")},
        error="half of it is missing",
    )
    met: list[tuple[MessageText, Message]] = []

    class Spy(Decider):
        def decide(
            self, message: Message, labels: ReadLabels, thread_tags: frozenset[str] = frozenset()
        ) -> Decision:
            met.append((text_of(message), message))
            return super().decide(message, labels, thread_tags)

    Kernel(KeywordReader(), Spy(POLICY)).results(frame([Entry("a.mbox", 0, whole)]))
    [(text, judged)] = met
    assert text == text_of(whole)
    ordinary = ordinary_reply(POLICY.vocabulary, Mailbox())
    labels = Labels("other", 0.5, frozenset(), "en", unsure=False)
    assert facts_of_reply(judged, labels, ordinary, ledger=Ledger()) == facts_of_reply(
        whole, labels, ordinary, ledger=Ledger()
    )
    assert judged.headers == {"precedence": ("bulk", "list")}


def test_a_message_of_no_rule_says_what_decided() -> None:
    labels = Labels("other", 0.5, frozenset(), "en", unsure=False)
    decision = decider().decide(Message(from_address="a@x.example"), labels)
    assert rule_of(decision) == ("no rule allows it", "")
