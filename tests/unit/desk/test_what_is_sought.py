"""One box for everything an agent may have to find somebody by."""

from datetime import date

import pytest

from desk.domain.sought import Sought, SoughtBy, Unclear, sought


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("999990342", Sought(SoughtBy.BSN, "999990342")),
        ("9999 90 342", Sought(SoughtBy.BSN, "999990342")),
        ("0612345678", Sought(SoughtBy.PHONE, "0612345678")),
        ("+31 6 1234 5678", Sought(SoughtBy.PHONE, "+31 6 1234 5678")),
        ("020 624 1111", Sought(SoughtBy.PHONE, "020 624 1111")),
        ("DeVries@Example.nl", Sought(SoughtBy.EMAIL, "DeVries@Example.nl")),
        ("De Vries 3-4-1957", Sought(SoughtBy.NAME, "De Vries", date(1957, 4, 3))),
        ("1957-04-03, de Vries", Sought(SoughtBy.NAME, "de Vries", date(1957, 4, 3))),
    ],
)
def test_what_is_typed_is_known_for_what_it_is(typed: str, found: Sought) -> None:
    assert sought(typed) == found


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("  ", Unclear.NOTHING),
        ("999990343", Unclear.NOT_A_BSN),
        ("06123", Unclear.NOT_A_PHONE),
        ("devries@", Unclear.NOT_AN_EMAIL),
        ("De Vries", Unclear.NO_BIRTH_DATE),
        ("31-2-1957 De Vries", Unclear.NOT_A_DATE),
        ("3-4-1957", Unclear.NO_NAME),
    ],
)
def test_what_cannot_be_sought_is_said_why(typed: str, why: Unclear) -> None:
    assert sought(typed) is why


def test_a_receipt_number_is_known_by_its_check_character() -> None:
    from uuid import UUID

    from contact_events.identity import receipt_of

    receipt = receipt_of(UUID("9f1c2d3e-4b5a-6978-8c9d-0e1f2a3b4c5d"))

    assert sought(receipt.lower()) == Sought(SoughtBy.RECEIPT, receipt.lower())
