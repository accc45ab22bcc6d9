"""The file the municipality owns: a good example, and a sentence for every fault."""

from importlib.resources import files

import pytest

from channel_router.domain.policy_file import BadPolicy, read_policy

EXAMPLE = files("channel_router").joinpath("municipality/policy.toml").read_text("utf-8")


def test_the_example_that_ships_is_a_policy() -> None:
    policy = read_policy(EXAMPLE)

    assert policy.row("inform", "good_service") == (("portal", "email", "letter", "sms", "phone"), True)
    assert policy.row("dance", "good_service") == (("letter", "phone", "email"), False)


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        ("version =", "= version", "It is not TOML"),
        ('version = "2026-11-example"', "", "`version` is missing."),
        ("written_languages", "writen_languages", "`writen_languages` is not a setting of the policy; is it a typing error?"),
        ('"Europe/Amsterdam"', '"Europe/Amstelveen"', "`time_zone` is no known time zone"),
        ('public_holidays = "NL"', 'public_holidays = "XX"', "`public_holidays` is no known country"),
        ('friday = ["08:30", "12:30"]', 'friday = ["12:30", "08:30"]', "In `office_hours`, friday must open before it closes."),
        ('friday = ["08:30", "12:30"]', 'friday = ["half nine", "12:30"]', '`office_hours.friday`: write a time as "08:30".'),
        ('open = "always"', 'open = "sometimes"', '`channels.portal.open` must be "always", "office_hours" or a table of days.'),
        ("[channels.portal]", "[channels.person]", "Take out `channels.person`: a person is always the last step"),
        ("[legal_forms.written]", "[legal_forms.spoken]", "Add `[legal_forms.written]`"),
        (
            'when_wished = ["portal"]',
            'when_wished = ["fax"]',
            "`legal_forms.written` names `fax`, which is not under `[channels]`.",
        ),
        ("[matrix.talk]", "[matrix.sing]", "`matrix.sing` is not under `[needs]`."),
        ("[matrix.talk]", "[matrix.sing]", "The matrix has no cell for `talk` and `good_service`."),
        ('good_service = ["phone"]', "good_service = []", "`matrix.talk.good_service` names no channel."),
        ('good_service = ["phone"]', 'good_service = ["phone", "phone"]', "`matrix.talk.good_service` names a channel twice."),
        (
            'good_service = ["phone"]',
            'good_service = ["fax"]',
            "`matrix.talk.good_service` names `fax`, which is not under `[channels]`.",
        ),
        ('not_for_results = ["safety"]', 'not_for_results = ["fun"]', "`contact_budget.not_for_results` names `fun`"),
        ("[matrix.otherwise]\nany", "[matrix.otherwise]\nall", "Add `[matrix.otherwise]` with `any = [...]`"),
        ("outreaches = 4", "outreaches = 0", "`contact_budget.outreaches` must be at least 1."),
        ("outreaches = 4", 'outreaches = "four"', "`contact_budget.outreaches` must be a whole number."),
        ("person = false", 'person = "soms"', "`channels.portal.person` must be true or false."),
        ('address = "account"', 'address = "pigeon"', "`channels.portal.address` must be one of"),
    ],
)
def test_a_fault_in_the_file_is_said_in_a_sentence(right: str, wrong: str, sentence: str) -> None:
    assert right in EXAMPLE

    with pytest.raises(BadPolicy) as refused:
        read_policy(EXAMPLE.replace(right, wrong, 1))

    assert any(fault.startswith(sentence) for fault in refused.value.faults), refused.value.faults


def test_all_faults_are_said_at_once() -> None:
    broken = EXAMPLE.replace('"Europe/Amsterdam"', '"Mars"').replace('good_service = ["phone"]', "good_service = []")

    with pytest.raises(BadPolicy) as refused:
        read_policy(broken)

    assert len(refused.value.faults) == 2


def test_channels_open_every_day_also_on_holidays_only_when_they_are_always_open() -> None:
    policy = read_policy(EXAMPLE)

    assert policy.channels["portal"].hours is None
    assert policy.channels["phone"].hours == policy.office_hours
