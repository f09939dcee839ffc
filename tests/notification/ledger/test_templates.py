"""What notices say: every text of every rule, in both languages, with nothing left open and nothing run."""

from itertools import product
from typing import Any

import pytest
from pydantic import ValidationError

from services.notification.ledger.addressees import rules
from services.notification.ledger.heard import HEARD, Told
from services.notification.ledger.templates import VALUE_MAX, Template, render, templates, words

EVENTS = {h.type: h for h in HEARD}
USES = [(r.event, t.template, lang) for table in rules.all() for r in table.rules for t in r.tell for lang in ("zh", "en")]
SAMPLE: dict[str, Any] = {
    "credits": [{"association": "51610000MJU0000012"}],
    "asked": [{"role": "FIC"}],
    "consent_of": ["SUPERVISING_UNIT", "FIC"],
    "year": 2025,
    "score": 87,
    "days_left": 7,
    "panel": ["panel:01"],
    "committee": ["committee:01"],
    **{name: ["51610000MJU0000012"] for name in ("waiting_for", "associations", "participants", "told", "parties")},
}


def sample(event: type[Told]) -> Told:
    """An event with something in every field."""
    kinds = {n: str(f.annotation) for n, f in event.model_fields.items()}
    made = {
        n: SAMPLE.get(n)
        or (2 if "int" in k else "2026-03-02T09:00:00+08:00" if "datetime.datetime" in k else "2026-03-02" if "date" in k else f"<{n}>")
        for n, k in kinds.items()
    }
    return event.model_validate(made)


def template(**change: str) -> Template:
    wording = {"subject": "${name}", "body": "x"}
    return Template.model_validate(
        {"code": "t", "version": "1", "effective_from": "2020-01-01", "zh": wording | change, "en": wording | change}
    )


@pytest.mark.parametrize(("event", "code", "language"), sorted(set(USES)))
def test_every_text_of_every_rule_is_whole(event: str, code: str, language: str) -> None:
    told = sample(EVENTS[event])
    text = templates.in_force(rules.all()[0].effective_from, code)
    said = render(text, {n: told.value(n, {}) for n in text.names}, language, words)
    assert said.subject.strip()
    assert said.body.strip()
    assert "$" not in said.subject + said.body
    for name in text.names:
        shown = told.value(name, {})
        assert (
            words[name].words[shown].in_(language) if name in words and shown in words[name].words else shown
        ) in said.subject + said.body


def test_chinese_texts_are_chinese_and_english_ones_are_not() -> None:
    for text in templates.all():
        han = [any("\u4e00" <= c <= "\u9fff" for c in w.subject + w.body) for w in (text.zh, text.en)]
        assert han == [True, False], text.code


def test_every_text_is_used() -> None:
    assert {t.code for t in templates.all()} == {code for _, code, _ in USES}


def test_codes_are_spoken_in_words_and_unknown_ones_as_they_are() -> None:
    text = templates.in_force(rules.all()[0].effective_from, "annual_check_concluded")
    values = {"association": "甲协会", "year": "2025", "conclusion": "UNQUALIFIED"}
    assert render(text, values, "zh", words).subject == "2025 年度检查结论：不合格"
    assert render(text, values, "en", words).subject == "Annual check 2025: unqualified"
    assert render(text, values | {"conclusion": "SOMETHING_NEW"}, "en", words).subject.endswith("SOMETHING_NEW")


@pytest.mark.parametrize("hostile", ["${name}", "${body}", "$$", "{{ 7*7 }}", "{name.__class__}", "%(name)s"])
def test_what_was_put_in_is_never_looked_at_again(hostile: str) -> None:
    assert render(template(), {"name": hostile}, "zh", {}).subject == hostile


def test_a_value_is_one_line_and_not_without_end() -> None:
    assert render(template(), {"name": "a\r\nBcc: x@y.example"}, "zh", {}).subject == "a Bcc: x@y.example"
    assert len(render(template(), {"name": "长" * 9999}, "zh", {}).subject) == VALUE_MAX


def test_a_name_without_a_value_is_not_rendered() -> None:
    with pytest.raises(KeyError):
        render(template(), {}, "zh", {})


@pytest.mark.parametrize(
    ("part", "text"),
    list(product(("subject", "body"), ["${name.__class__}", "${name:>9}", "$name", "$", "${Name}", "${}", "${name!r}", "${{name}}"])),
)
def test_a_text_with_anything_but_plain_names_is_refused(part: str, text: str) -> None:
    with pytest.raises(ValidationError, match="nothing else with"):
        template(**{part: text})


def test_a_text_missing_in_one_language_or_saying_other_names_there_is_refused() -> None:
    whole = template().model_dump()
    with pytest.raises(ValidationError):
        Template.model_validate({k: v for k, v in whole.items() if k != "en"})
    with pytest.raises(ValidationError, match="different names"):
        Template.model_validate(whole | {"en": {"subject": "${other}", "body": "x"}})
