from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classifier.contractions import CONTRACTIONS
from classifier.spelling import Speller
from classifier.tracking import TrackedText

_COUNTS = {"is": 9, "it": 9, "stolen": 5, "card": 5, "payment": 5, "my": 9, "i": 9, "im": 9}
_CHUNKS = st.one_of(
    st.sampled_from([*_COUNTS, *CONTRACTIONS, "st0l3n,", "c4rd", "p4ymnt!", "15", "can't", "\n"]),
    st.text("acdrst04'. \n", max_size=8),
)


def test_digits_alone_are_letters_only_where_all_are() -> None:
    speller = Speller({"is": 9, "it": 9, "stolen": 5, "card": 5, "payment": 5, "my": 9, "i": 9})
    assert speller.mend("my card 15 st0l3n") == "my card 15 stolen"
    assert speller.mend("! my c4rd p4ym3nt 17 15 st0l3n 4711") == (
        "i my card payment it is stolen 4711"
    )


def test_a_contraction_is_written_out_though_it_is_a_word_of_the_training_text() -> None:
    assert Speller(_COUNTS).mend("im not") == "i am not"


@given(st.lists(_CHUNKS, max_size=12))
def test_places_are_tracked_of_the_same_mended_text(chunks: list[str]) -> None:
    speller = Speller(_COUNTS)
    text = " ".join(chunks)
    tracked = speller.mend_tracked(TrackedText.of(text))
    assert tracked.text == speller.mend(text)
    origins = list(map(tracked.origin, range(len(tracked.text))))
    assert origins == sorted(origins)
