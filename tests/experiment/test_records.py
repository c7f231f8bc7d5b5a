"""A record is what was written, or one sentence."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eager_core import TraceError
from eager_core.experiment.records import PromptRecord, SequenceRecord

SEQUENCES = (
    SequenceRecord((1, 2), "so \\boxed{3}", "3", True, "eos"),
    SequenceRecord((1, 4), "no", None, False, "length"),
)
RECORD = PromptRecord(
    "init", 3, "t", "p\u2028", "3", SEQUENCES, ((1, 5),), 4, True, ({"theta": 2.0, "max_sequences": 8},), 1.5, 2, 0.25
)
TEXT = json.dumps(RECORD.to_json(), ensure_ascii=False)


def test_a_record_comes_back_as_it_was_whatever_an_editor_put_before_it():
    assert PromptRecord.from_json(TEXT) == PromptRecord.from_json("\ufeff" + TEXT) == RECORD
    assert json.dumps(PromptRecord.from_json(TEXT).to_json(), ensure_ascii=False) == TEXT


odd = st.sampled_from([None, True, -1, 0, 1.5, 2, 10**400, float("nan"), float("inf"), "", "eos", [], [1], [[]], {}])


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_spoiled_record_is_a_record_or_one_sentence(data):
    whole = json.loads(TEXT)
    holder, key = whole, data.draw(st.sampled_from(sorted(whole)))
    while isinstance(holder[key], dict | list) and holder[key] and data.draw(st.booleans()):
        holder = holder[key]
        key = data.draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
    if data.draw(st.booleans()):
        holder[key] = data.draw(odd)
    else:
        del holder[key]
    try:
        record = PromptRecord.from_json(json.dumps(whole), "init-0003.json")
    except TraceError as error:
        assert str(error).startswith("init-0003.json") and "\n" not in str(error) and len(str(error)) < 300
    else:
        assert PromptRecord.from_json(json.dumps(record.to_json(), allow_nan=False)) == record
        assert all(isinstance(sequence, SequenceRecord) for sequence in record.sequences)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"num_tokens": True}, "num_tokens"),
        ({"seconds": -1}, "seconds"),
        ({"sequences": [{"text": "x"}]}, "sequences[0].token_ids"),
        ({"others": [[1, "2"]]}, "others[0][1]"),
        ({"mean_entropy": 1e999}, "mean_entropy"),
        ({"more": 1}, "more"),
    ],
)
def test_the_sentence_names_the_place(change, place):
    with pytest.raises(TraceError) as caught:
        PromptRecord.from_json(json.dumps(json.loads(TEXT) | change), "init-0003.json")
    assert place in str(caught.value)
