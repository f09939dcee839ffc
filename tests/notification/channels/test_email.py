"""E-mail against a real SMTP conversation with the sink."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.local.mail_sink import Behaviour, MailSink
from services.notification.channels.email import Email, MailSettings, compose
from services.notification.channels.outcome import Message

MESSAGE = Message(
    id="0b2a3c8e-0000-5000-8000-000000000001",
    address="office@hangkong.example",
    subject="2025 年度工作报告已逾期",
    body="请立即报送。\n谢谢。",
)
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)


@pytest.fixture
async def sink() -> AsyncIterator[MailSink]:
    running = MailSink()
    await running.start()
    yield running
    await running.stop()


def email(sink: MailSink, timeout: float = 5.0) -> Email:
    return Email(MailSettings(host=sink.host, port=sink.port, sender="notice@guildhall.example", timeout=timeout))


# ── the conversation ──────────────────────────────────────────────────────────────────────────────
async def test_a_message_arrives_as_it_was_written(sink: MailSink) -> None:
    transport = email(sink)
    outcome = await transport.send(MESSAGE)
    await transport.close()
    (mail,) = sink.mails
    assert (outcome.kind, mail.recipients, mail.sender) == ("ok", ("office@hangkong.example",), "notice@guildhall.example")
    assert (mail.subject, mail.text.replace("\r\n", "\n").strip()) == ("2025 年度工作报告已逾期", "请立即报送。\n谢谢。")
    assert mail.message_id == f"<{MESSAGE.id}@guildhall.example>"
    assert mail.language == "zh-CN"


async def test_many_messages_share_connections_and_each_has_one_recipient(sink: MailSink) -> None:
    transport = email(sink)
    sent = [replace(MESSAGE, id=f"m-{n}", address=f"office{n}@x.example") for n in range(30)]
    outcomes = await asyncio.gather(*(transport.send(m) for m in sent))
    again = await transport.send(MESSAGE)
    await transport.close()
    assert {o.kind for o in (*outcomes, again)} == {"ok"}
    assert sorted(m.recipients for m in sink.mails[:30]) == sorted((f"office{n}@x.example",) for n in range(30))


@pytest.mark.parametrize("at_rcpt", [True, False])
@pytest.mark.parametrize(("code", "permanent"), [(451, False), (452, False), (550, True), (554, True)])
async def test_an_answer_is_an_answer(sink: MailSink, code: int, permanent: bool, at_rcpt: bool) -> None:
    sink.behaviour = Behaviour(code=code, at_rcpt=at_rcpt)
    transport = email(sink)
    outcome = await transport.send(MESSAGE)
    assert (outcome.kind, outcome.permanent, sink.mails) == ("failed", permanent, [])
    assert "office" not in outcome.detail
    sink.behaviour = Behaviour()
    assert (await transport.send(MESSAGE)).kind == "ok"
    await transport.close()


async def test_a_slow_relay_is_waited_for(sink: MailSink) -> None:
    sink.behaviour = Behaviour(delay=0.3)
    transport = email(sink)
    assert (await transport.send(MESSAGE)).kind == "ok"
    await transport.close()


async def test_taken_and_never_said_so_is_unknown(sink: MailSink) -> None:
    sink.behaviour = Behaviour(silent=True)
    outcome = await email(sink, timeout=0.3).send(MESSAGE)
    assert outcome.kind == "unknown"
    assert len(sink.mails) == 1


async def test_a_relay_that_dies_after_taking_it_is_unknown(sink: MailSink) -> None:
    sink.behaviour = Behaviour(silent=True)
    sending = asyncio.ensure_future(email(sink).send(MESSAGE))
    while not sink.mails:
        await asyncio.sleep(0.01)
    await sink.hang_up()
    assert (await sending).kind == "unknown"


async def test_nobody_listening_is_a_plain_failure(sink: MailSink) -> None:
    await sink.stop()
    outcome = await email(sink).send(MESSAGE)
    assert (outcome.kind, outcome.permanent) == ("failed", False)


async def test_a_kept_connection_that_was_closed_is_replaced(sink: MailSink) -> None:
    transport = email(sink)
    assert (await transport.send(MESSAGE)).kind == "ok"
    await sink.hang_up()
    assert (await transport.send(MESSAGE)).kind == "ok"
    await transport.close()


async def test_the_sink_writes_what_it_got_for_the_outbox_page(tmp_path: Path) -> None:
    sink = MailSink(file=tmp_path / "mail.jsonl")
    await sink.start()
    transport = email(sink)
    await transport.send(MESSAGE)
    await transport.close()
    await sink.stop()
    (line,) = (tmp_path / "mail.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["subject"] == MESSAGE.subject


async def test_the_sink_runs_beside_a_loop_too(tmp_path: Path) -> None:
    with MailSink(tmp_path / "mail.jsonl") as sink:
        transport = email(sink)
        assert (await transport.send(MESSAGE)).kind == "ok"
        await transport.close()
    assert [m.message_id for m in sink.mails] == [f"<{MESSAGE.id}@guildhall.example>"]
    assert (await email(sink).send(MESSAGE)).kind == "failed"


async def test_every_third_message_may_fail(sink: MailSink) -> None:
    sink.behaviour = Behaviour(code=451, every=3)
    transport = email(sink)
    kinds = [(await transport.send(replace(MESSAGE, id=f"m-{n}"))).kind for n in range(6)]
    await transport.close()
    assert kinds == ["ok", "ok", "failed", "ok", "ok", "failed"]


# ── what cannot be broken into ────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("subject", ["a\r\nBcc: x@y.example", "a\nX: y", "a\rb"])
async def test_a_subject_cannot_add_a_header(sink: MailSink, subject: str) -> None:
    outcome = await email(sink).send(replace(MESSAGE, subject=subject))
    assert (outcome.kind, outcome.permanent, sink.mails) == ("failed", True, [])


@pytest.mark.parametrize(
    "address",
    ["a@b.example,c@d.example", "a@b.example\r\nBcc: c@d.example", '"a@b.example" <c@d.example>', "a@b.example\nRCPT TO:<c@d.example>", ""],
)
async def test_an_address_is_one_address(sink: MailSink, address: str) -> None:
    outcome = await email(sink).send(replace(MESSAGE, address=address))
    assert (outcome.kind, outcome.permanent, sink.mails) == ("failed", True, [])


async def test_a_line_with_a_dot_does_not_end_the_message(sink: MailSink) -> None:
    transport = email(sink)
    await transport.send(replace(MESSAGE, body="one\n.\nRCPT TO:<x@y.example>\ntwo"))
    await transport.close()
    assert sink.mails[0].text.replace("\r\n", "\n").strip() == "one\n.\nRCPT TO:<x@y.example>\ntwo"


def test_a_message_says_that_a_machine_wrote_it_and_in_which_language() -> None:
    mail = compose(replace(MESSAGE, locale="en"), "notice@guildhall.example", NOW)
    assert (mail["Auto-Submitted"], mail["Content-Language"], mail["Bcc"], mail["Cc"]) == ("auto-generated", "en", None, None)
    assert mail["Date"] == "Mon, 02 Mar 2026 01:00:00 +0000"


# ── settings ──────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("relay", "expected"),
    [
        ("mail.example:2525", ("smtp", "mail.example", 2525, None)),
        ("smtps://mail.example", ("smtps", "mail.example", 465, None)),
        ("smtp+starttls://user:p%40ss@mail.example", ("smtp+starttls", "mail.example", 587, "p@ss")),
    ],
)
def test_a_relay_is_said_in_one_line(relay: str, expected: tuple[str, str, int, str | None]) -> None:
    settings = MailSettings.of(relay, "notice@guildhall.example")
    assert settings
    assert (settings.scheme, settings.host, settings.port, settings.password) == expected


def test_no_relay_is_none_and_a_wrong_one_is_refused() -> None:
    assert MailSettings.of("", "notice@guildhall.example") is None
    for wrong in ("http://mail.example", "smtp://"):
        with pytest.raises(ValueError, match="GUILDHALL_SMTP"):
            MailSettings.of(wrong, "notice@guildhall.example")
    with pytest.raises(ValueError, match="mail address"):
        MailSettings.of("mail.example", "nobody")
