"""Who reads how we will reach them reads "u", and every reason that the router can give is said or knowingly left out."""

from pathlib import Path
from typing import Any

import pytest

import my_plein
from channel_router.domain.reasons import Reason
from channel_router.domain.sentences import LEFT_UNSAID
from contact_events.channels import Channel, channel_word
from pages.rendering import templates_of
from pages.texts import Texts, speak

HERE = Path(my_plein.__file__).parent
AT = "2026-11-30T09:00:00+01:00"
# What comes next is told by its channel and moment; a person who steps in is always the last step.
ONLY_OF_A_NEXT_STEP = {Reason.NEXT_BY_POLICY, Reason.NO_ANSWER_BEFORE, Reason.PERSON_TAKES_OVER}


def channel(code: str) -> dict[str, str]:
    return {"code": code, "nl": channel_word(code, "nl"), "en": channel_word(code, "en")}


def said(code: str, language: str = "nl", **choice: Any) -> str:
    speak(language)
    templates = templates_of(HERE, Texts((HERE / "texts",)))
    whole = {"notBefore": AT, "reasons": (), "skipped": (), "nextSteps": (), **choice}
    text = templates.get_template("choice.html").render(
        choice=whole, channel=channel(code), language=language, day=lambda _: "maandag"
    )
    speak(None)
    return " ".join(text.split())


@pytest.mark.parametrize("reason", [each for each in Reason if each not in LEFT_UNSAID | ONLY_OF_A_NEXT_STEP])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_reason_is_said_to_her(reason: Reason, language: str) -> None:
    nothing = said("phone", language)

    chosen = said("phone", language, reasons=[reason.value])
    skipped = said("phone", language, skipped=[{"channel": channel("sms"), "reason": reason.value}])

    assert len(chosen) > len(nothing) or len(skipped) > len(nothing)
    assert "inwoner" not in chosen + skipped
    assert "citizen" not in chosen + skipped


@pytest.mark.parametrize("code", list(Channel))
def test_every_channel_is_said(code: str) -> None:
    assert said(code).startswith('<p class="utrecht-paragraph"><strong>')
    assert ", vanaf maandag 09:00.</strong>" in said(code)


def test_channels_that_were_skipped_for_one_reason_are_one_line() -> None:
    text = said("letter", skipped=[{"channel": channel(each), "reason": "address_bounced"} for each in ("email", "sms")])

    assert "Niet via e-mail, sms: een bericht naar uw adres of nummer kwam terug." in text
