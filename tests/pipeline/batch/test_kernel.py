import polars as pl
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from classifier.prediction import MessageText
from pipeline.batch.columns import RESULTS
from pipeline.batch.deciding import Decider, Labels, Preview
from pipeline.batch.kernel import Kernel, text_of
from pipeline.facts import Ledger, Mailbox, ReadLabels, facts_of_reply, ordinary_reply
from pipeline.intake.schema import Entry, batch_of
from pipeline.mail.message import Message
from policy.loading import load
from policy.syntax import Source

from .readers import POLICY, KeywordReader, decider, kernel


def messages(*texts: str) -> pa.RecordBatch:
    return batch_of(
        [
            Entry("a.mbox", number, Message(text=text, from_address="a@x.example"))
            for number, text in enumerate(texts)
        ]
    )


def test_an_arrow_batch_becomes_an_arrow_batch_in_the_documented_schema() -> None:
    found = kernel()(messages("where is it", "my card was stolen"))
    assert found.schema == RESULTS
    table = pl.DataFrame(pl.from_arrow(found))
    assert table["intent"].to_list() == ["order_status", "fraud_claim"]
    assert table["mode"].to_list() == ["monitored", "gated_all"]
    assert table["rule"].to_list() == ["routine", "fraud is for people"]
    assert table["rule_at"].to_list() == ["test.policy:3", "test.policy:5"]
    assert table["tag_reasons"].to_list()[1] == [
        {"tag": "fraud_risk", "signal": "stolen", "zone": "body", "text": "stolen"}
    ]


def test_an_empty_batch_stays_empty() -> None:
    assert kernel()(batch_of([])).num_rows == 0


def test_without_a_policy_nothing_is_decided() -> None:
    table = Kernel(KeywordReader())(messages("x"))
    decided = {"mode": None, "rule": None, "rule_at": None}
    assert table.select(list(decided)).to_pylist() == [decided]


def test_probabilities_are_given_on_request() -> None:
    assert kernel()(messages("x"))["probabilities"].to_pylist() == [None]
    [found] = kernel(probabilities=True)(messages("x"))["probabilities"].to_pylist()
    assert found["order_status"] == 1.0


@given(st.lists(st.text(max_size=20), min_size=2, max_size=6), st.integers(1, 5))
def test_the_cut_into_batches_changes_nothing(texts: list[str], at: int) -> None:
    batch = messages(*texts)
    parts = [kernel()(batch[:at]), kernel()(batch[at:])]
    assert pa.Table.from_batches(parts) == pa.Table.from_batches([kernel()(batch)])


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
        ) -> Preview:
            met.append((text_of(message), message))
            return super().decide(message, labels, thread_tags)

    before = Message(text="before", reply_to=("x@x.example",), headers={"precedence": ("junk",)})
    batch = batch_of([Entry("a.mbox", 0, before), Entry("a.mbox", 1, whole)])
    Kernel(KeywordReader(), Spy(POLICY))(batch[1:])
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
    preview = decider().decide(Message(from_address="a@x.example"), labels)
    assert preview == ("gated_send", "no rule allows it", "")


CAUTIOUS = """policy "x"
use ccpa, gdpr
"""


def test_a_rule_that_fires_for_certain_is_named_before_one_that_fires_out_of_caution() -> None:
    loaded = load(Source("x", CAUTIOUS))
    assert loaded.policy is not None
    labels = Labels("privacy_request", 0.9, frozenset({"privacy_request"}), "en", unsure=False)
    preview = Decider(loaded.policy).decide(Message(from_address="a@x.example"), labels)
    assert preview.rule == "a privacy request is answered by people"  # and not the Californian's
    assert preview.rule_at.startswith("packs/gdpr.policy:")
