from dataclasses import fields
from html import escape

import pytest

from components.frame.control_names import CONTROL_NAMES, with_control_name
from components.frame.controls import Controls
from components.frame.notices import problem_html
from eager_core.errors import EagerError

BAD = {
    "theta": -1.0, "max_sequences": 0, "temperature": -0.5, "top_p": 0.0, "max_new_tokens": 0, "seed": -1,
    "strategy": "best", "measure": "doubt", "cap": "none", "dynamic_threshold": 3, "entropy_of": "us",
    "percentile": 2.0, "num_candidate_branches": 1,
}  # fmt: skip


def test_every_control_has_a_name():
    assert list(CONTROL_NAMES) == [field.name for field in fields(Controls)]


@pytest.mark.parametrize("name", BAD)
def test_an_error_names_the_control_as_the_page_labels_it(name):
    with pytest.raises(EagerError) as error:
        Controls(**{name: BAD[name]}).settings()
    shown = with_control_name(str(error.value))
    assert str(error.value).startswith(name)
    assert shown.startswith(" ".join(CONTROL_NAMES[name].split()) + " is ")
    assert problem_html(str(error.value)) == f'<p class="eager-problem" role="alert">{escape(shown)}</p>'


def test_other_sentences_stay_as_they_are():
    for sentence in ("The prompt is empty.", "thetas is 3", "modelling is hard", "A seed is 3"):
        assert with_control_name(sentence) == sentence
