"""What a notice says: logic-free texts in Chinese and English, versioned, with `${name}` from a closed list (reliability B15).

A text has no expressions, attributes or formats: a name is replaced once by the value the event gave, and what was put in is never
looked at again. Codes such as QUALIFIED are spoken in words by the word list; anything else is shown as it is. Rendering is pure:
the same template version and values give the same text for ever, which is how one proves later what was said.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from shared.record import Value
from shared.versions import Versioned, Versions

NAME = re.compile(r"\$\{([a-z][a-z_]*)\}")
VALUE_MAX = 200  # characters of one value; a longer one is cut and ends in an ellipsis


class Sentence(Value):
    """The same thing in both languages."""

    zh: Annotated[str, Field(min_length=1, max_length=200)]
    en: Annotated[str, Field(min_length=1, max_length=200)]

    def in_(self, locale: str) -> str:
        return self.en if locale == "en" else self.zh


class Wording(Value):
    subject: Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\r\n]+$")]
    body: Annotated[str, Field(min_length=1, max_length=2000)]


class Template(Versioned):
    """One notice in both languages."""

    zh: Wording
    en: Wording

    @model_validator(mode="after")
    def is_logic_free(self) -> "Template":
        """Both languages use the same names, and no `$` stands outside a name."""
        for text in (self.zh.subject, self.zh.body, self.en.subject, self.en.body):
            if "$" in NAME.sub("", text):
                raise ValueError(f"{self.code}: only ${{name}} may be put in, nothing else with $")
        if names_in(self.zh) != names_in(self.en):
            raise ValueError(f"{self.code}: zh and en put in different names: {sorted(names_in(self.zh) ^ names_in(self.en))}")
        return self

    @property
    def names(self) -> frozenset[str]:
        return names_in(self.zh)


class Words(Versioned):
    """What the codes of one field are called."""

    words: dict[str, Sentence]


def names_in(wording: Wording) -> frozenset[str]:
    return frozenset(NAME.findall(wording.subject + wording.body))


def render(template: Template, values: Mapping[str, str], locale: str, words: Mapping[str, Words]) -> Wording:
    """The text for a reader. Raises: KeyError for a name without a value."""
    wording = template.en if locale == "en" else template.zh

    def spoken(found: re.Match[str]) -> str:
        field, value = found[1], " ".join(values[found[1]].split())
        said = words[field].words.get(value) if field in words else None
        text = said.in_(locale) if said else value
        return text if len(text) <= VALUE_MAX else f"{text[: VALUE_MAX - 1]}…"

    return Wording.model_construct(subject=NAME.sub(spoken, wording.subject), body=NAME.sub(spoken, wording.body))


DATA = Path(__file__).parents[1] / "data"
templates = Versions.load(DATA / "templates", Template)
words = {w.code: w for w in Versions.load(DATA / "words", Words).all()}
