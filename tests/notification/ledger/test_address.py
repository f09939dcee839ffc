"""One mail address and nothing but one (reliability B17)."""

import pytest
from pydantic import TypeAdapter, ValidationError

from services.notification.ledger.address import EmailAddress

ADDRESS: TypeAdapter[str] = TypeAdapter(EmailAddress)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("office@xixian.example", "office@xixian.example"),
        ("Office.1+a@Xixian.Example", "Office.1+a@xixian.example"),
        ("bangong@协会.example", "bangong@xn--6oq65h.example"),
        ("a@b。example", "a@b.example"),
    ],
)
def test_one_address_is_taken_in_its_comparable_form(given: str, kept: str) -> None:
    assert ADDRESS.validate_python(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        "a@b.example,c@d.example",
        "a@b.example;c@d.example",
        '"a@b.example" <x@y.example>',
        "Office <x@y.example>",
        "a@b.example\r\nBcc: c@d.example",
        "a\r\n@b.example",
        "a@b.example\x00",
        "a b@c.example",
        "a@localhost",
        "@b.example",
        "a@",
        "a@-b.example",
        "a@b..example",
        "a@@b.example",
        ".a@b.example",
        "a.@b.example",
        "办公室@b.example",
        f"{'a' * 65}@b.example",
        f"a@{'b' * 64}.example",
        "a@[127.0.0.1]",
        "a@b.example ",
    ],
)
def test_anything_else_is_refused_without_repeating_it(given: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        ADDRESS.validate_python(given)
    assert given not in str([e["msg"] for e in refusal.value.errors()])


def test_a_look_alike_domain_shows_what_it_is() -> None:
    cyrillic = "office@х" + "ixian.example"  # the first letter of the domain is not Latin
    assert ADDRESS.validate_python(cyrillic).startswith("office@xn--")
