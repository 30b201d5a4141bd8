from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from classifier.labels import INTENTS
from classifier.routing import route, softmax

_OTHER = INTENTS.index("other")
_REFUND = INTENTS.index("refund")
_BILLING = INTENTS.index("billing")
_NO_BIAS = np.zeros(len(INTENTS), dtype=np.float32)


def _sentences(*intents: int, strength: float = 6.0) -> NDArray[np.float32]:
    """The scores of sentences of one word, each of which speaks for one intent."""
    result = np.zeros((len(intents), len(INTENTS)), dtype=np.float32)
    result[range(len(intents)), intents] = strength
    return result


def _routed(
    sums: NDArray[np.float32], words: Sequence[int] | None = None, temperature: float = 1.0
) -> NDArray[np.float32]:
    """The probabilities of one message, of whose sentences the scores are given."""
    lengths = np.array(words or [1] * len(sums), dtype=np.float32)
    found = route(sums, lengths, np.array([len(sums)]), _NO_BIAS, temperature)
    return np.asarray(found[0])


def _pooled(sums: NDArray[np.float32], words: Sequence[int] | None = None) -> NDArray[np.float32]:
    """What whole text and sentences agree on, before it is sharpened or dulled."""
    roots = np.sqrt(np.array(words or [1] * len(sums)))
    each = softmax(sums / roots[:, None])
    weight = (1 - each[:, _OTHER]) ** 2 * each.max(axis=1) + 1e-3
    voted = (each * weight[:, None]).sum(axis=0) / weight.sum()
    whole = softmax(sums.sum(axis=0) / np.sqrt((roots**2).sum()))
    return np.asarray((whole + voted) / 2, dtype=np.float32)


def test_greeting_and_thanks_take_little_from_what_a_request_is_sure_of() -> None:
    request, words = _sentences(_REFUND, strength=24.0), [9, 1, 1, 2, 1]
    mail = np.concatenate([request, _sentences(*[_OTHER] * 4, strength=4.0)])
    alone, pooled = _routed(request, [9])[_REFUND], _pooled(mail, words)[_REFUND]
    lost = alone - _routed(mail, words)[_REFUND]
    assert alone - pooled > 0.1
    assert lost < 0.6 * (alone - pooled)


def test_a_mail_of_background_alone_stays_background() -> None:
    mail = _sentences(*[_OTHER] * 5)
    np.testing.assert_allclose(_routed(mail), _pooled(mail), atol=1e-6)


def test_requests_that_contradict_each_other_are_not_sharpened() -> None:
    mail = _sentences(_REFUND, _BILLING)
    found = _routed(mail)
    np.testing.assert_allclose(found, _pooled(mail), atol=1e-5)
    np.testing.assert_allclose(found[_REFUND], found[_BILLING], atol=1e-6)


@given(
    st.lists(st.lists(st.sampled_from(range(len(INTENTS))), max_size=6), min_size=1, max_size=9),
    st.floats(1.0, 8.0),
    st.floats(0.5, 2.0),
)
def test_messages_do_not_see_each_other_and_keep_their_likeliest_intent(
    messages: list[list[int]], strength: float, temperature: float
) -> None:
    sums = [_sentences(*message, strength=strength) for message in messages]
    noise = np.random.default_rng(len(messages))
    sums = [one + noise.normal(size=one.shape).astype(np.float32) for one in sums]
    together = route(
        np.concatenate(sums),
        np.ones(sum(map(len, sums)), dtype=np.float32),
        np.array(list(map(len, sums))),
        _NO_BIAS,
        temperature,
    )
    for found, alone in zip(together, sums, strict=True):
        assert found.tolist() == _routed(alone, temperature=temperature).tolist()
        if len(alone):
            assert found.argmax() == _pooled(alone).argmax()
            assert np.isclose(found.sum(), 1.0, atol=1e-5)
        else:
            assert found[_OTHER] == 1.0


def test_a_mail_that_says_nothing_at_all_has_probabilities() -> None:
    mail = _sentences(*[_OTHER] * 3, strength=1e4)
    assert _routed(mail)[_OTHER] == 1.0
