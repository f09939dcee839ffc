"""One mail address, and nothing but one (reliability B17): no display name, no list, no line break, no letters that look like others."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.ASCII)
LOCAL_MAX, DOMAIN_MAX = 64, 253  # RFC 5321 4.5.3.1


def one_address(text: str) -> str:
    """The address as it is stored and compared: the domain in lower case and, where it is not ASCII, in its `xn--` form, so that a
    look-alike shows what it is.

    Raises: PydanticCustomError (a ValueError) without the text in it."""
    local, at, domain = text.rpartition("@")
    if not at or len(local) > LOCAL_MAX or not LOCAL.fullmatch(local):
        raise PydanticCustomError("mail_address", "not one plain mail address; 不是单个有效的电子邮箱地址")
    try:
        ascii_domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise PydanticCustomError("mail_domain", "not a mail domain; 邮箱域名无效") from None
    labels = ascii_domain.split(".")
    if len(ascii_domain) > DOMAIN_MAX or len(labels) < 2 or not all(LABEL.fullmatch(label) for label in labels):
        raise PydanticCustomError("mail_domain", "not a mail domain; 邮箱域名无效")
    return f"{local}@{ascii_domain}"


EmailAddress = Annotated[str, Field(min_length=3, max_length=254), AfterValidator(one_address)]
