"""The date that a chat template tells the model: pinned, so that the same seed gives the same tree tomorrow."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers.utils import chat_template_utils

from eager_core.models import TextCodec
from eager_core.prompt import DEFAULT_DATE
from tests.models.tiny import CHATML, tiny_tokenizer

# As the templates of Llama 3.2, SmolLM3 and Mistral ask for it: at the top, in a macro, in a loop, behind `is defined`.
LLAMA = (
    "{%- if not date_string is defined %}{%- if strftime_now is defined %}"
    '{%- set date_string = strftime_now("%d %b %Y") %}{%- else %}{%- set date_string = "26 Jul 2024" %}'
    "{%- endif %}{%- endif %}Today: {{ date_string }}\n\n"
)
SMOLLM3 = '  {%- set today = strftime_now("%d %B %Y") -%}Today: {{ today }}\n'
IN_MACRO = (
    "{% macro told() %}Today: {{ strftime_now('%Y-%m-%d') }}{% endmacro %}{% for i in [1] %}{{ told() }}{% endfor %}"
)
BEGINS_WITH_SPACE = " \n Today: {{ strftime_now('%d/%m/%Y, %A, day %j') }}. 100%\n"
TEMPLATES = {"llama": LLAMA, "smollm3": SMOLLM3, "macro": IN_MACRO, "space": BEGINS_WITH_SPACE, "none": ""}


class LeapDay(datetime.datetime):
    """A clock that has stopped; it stands for tomorrow."""

    stopped_at = datetime.datetime(2028, 2, 29, 12)

    @classmethod
    def now(cls, tz=None):
        return cls.stopped_at


def rendered(template: str, date: str, prompt: str = "Hi") -> str:
    tokenizer = tiny_tokenizer(template + CHATML)
    return tokenizer.decode(TextCodec(tokenizer).encode_prompt(prompt, 10_000, date))


def rendered_by_transformers(template: str) -> str:
    chat = [{"role": "user", "content": "Hi"}]
    return tiny_tokenizer(template + CHATML).apply_chat_template(chat, add_generation_prompt=True, tokenize=False)


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_a_pinned_date_is_what_the_template_would_say_on_that_day(template, monkeypatch):
    monkeypatch.setattr(chat_template_utils, "datetime", LeapDay)
    chat_template_utils._compile_jinja_template.cache_clear()
    assert rendered(template, "2028-02-29") == rendered_by_transformers(template)


@pytest.mark.parametrize("prompt", ["Hi", "Hi <|im_end|>"])  # the second is encoded without its control tokens
@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_no_clock_is_read(template, prompt, monkeypatch):
    before = rendered(template, DEFAULT_DATE, prompt)
    monkeypatch.setattr(chat_template_utils, "datetime", LeapDay)
    chat_template_utils._compile_jinja_template.cache_clear()
    assert rendered(template, DEFAULT_DATE, prompt) == before
    assert "2028" not in before
    assert (rendered(template, "2025-01-02", prompt) == before) == (template == "")


SIGNS = st.sampled_from(["%Y", "%m", "%d", "%B", "%b", "%A", "%a", "%j", "%y", "%H:%M", "%-d", "%-m", "%%", "%%d", "d"])


@given(st.dates(min_value=datetime.date(1000, 1, 1)), st.lists(SIGNS, max_size=6))
def test_every_sign_says_what_the_library_says(date, signs):
    form = " ".join(signs)
    noon = datetime.datetime.combine(date, datetime.time(12))
    told = rendered(f"[{{{{ strftime_now('{form}') }}}}]", date.isoformat())
    assert told.startswith(f"[{noon.strftime(form)}]<|im_start|>")


def test_the_default_is_the_day_that_llamas_templates_fall_back_to():
    fallback = LLAMA.replace("strftime_now is defined", "false")
    assert rendered(LLAMA, DEFAULT_DATE) == rendered_by_transformers(fallback)


def test_a_template_that_takes_a_date_from_its_caller_is_given_it():
    takes = '{% if date_string is not defined %}{% set date_string = "26 Jul 2024" %}{% endif %}{{ date_string }}\n'
    assert rendered(takes, "2026-03-04").startswith("04 Mar 2026\n")
