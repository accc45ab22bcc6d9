"""The purpose register: what is shipped is right, who may use what for what, and what is wrong is said in a sentence."""

from pathlib import Path

import pytest

from contact_events.purposes import Opening, Purpose, PurposeRefusal, Purposes, read_registers

MATTERS, SHIPPED = read_registers(None, None)
GOOD = '[balie]\nnl = "a"\nen = "b"\nlegal_basis = "c"\nmatters = ["paspoort"]\nroles = ["agent"]\n'
OWN = '[eigen]\nnl = "a"\nen = "b"\nlegal_basis = "c"\nmatters = ["*"]\nown = true\n'


def of_one(text: str) -> Purpose:
    return Purposes.from_toml(text + OWN, MATTERS).by_code["balie"]


def test_the_shipped_register_separates_tax_from_support_at_home() -> None:
    purposes = SHIPPED.by_code

    assert purposes["belasting"].shows("kwijtschelding", confidential=False)
    assert not purposes["belasting"].shows("wmo-melding", confidential=False)
    assert purposes["wmo-melding"].shows("wmo-melding", confidential=True)
    assert not purposes["wmo-melding"].shows("belasting", confidential=False)


def test_every_shipped_purpose_but_that_of_citizens_names_who_may_use_it_and_why() -> None:
    employees = [purpose for purpose in SHIPPED.by_code.values() if not purpose.own]

    assert all(purpose.roles and purpose.legal_basis.strip() for purpose in employees)
    assert all(any(purpose.opens(opening) for opening in Opening) for purpose in employees)


@pytest.mark.parametrize(
    ("opening", "role", "codes"),
    [
        (Opening.TIMELINE, "agent", {"klantcontact", "balie-algemeen", "inwoner-bereiken"}),
        (Opening.CHANNEL_CHOICE, "agent", {"klantcontact", "balie-algemeen", "inwoner-bereiken"}),
        (
            Opening.CONTACT_POINTS,
            "agent",
            {"terugbellen", "inwoner-bereiken", "contactgegevens-controleren", "inwoner-herkennen"},
        ),
        (Opening.TIMELINE, "privacy-officer", {"inzageverzoek"}),
        (Opening.CHANNEL_CHOICE, "privacy-officer", set()),
        (Opening.CONTACT_POINTS, "bezorging", {"bezorging"}),
        (Opening.CONTACT_POINTS, "citizen", set()),
    ],
)
def test_the_shipped_register_opens_to_a_role_what_its_work_needs(opening: Opening, role: str, codes: set[str]) -> None:
    assert {code for code in SHIPPED.by_code if isinstance(SHIPPED.allowed(code, [role], opening), Purpose)} == codes


@pytest.mark.parametrize(
    ("code", "roles", "opening", "refusal"),
    [
        ("nieuwsgierig", ["agent"], Opening.TIMELINE, PurposeRefusal.NO_SUCH_PURPOSE),
        ("inkomensondersteuning", ["agent"], Opening.TIMELINE, PurposeRefusal.PURPOSE_NOT_OPEN),
        ("terugbellen", [], Opening.CONTACT_POINTS, PurposeRefusal.PURPOSE_NOT_OPEN),
        ("bezorging", ["counter"], Opening.CONTACT_POINTS, PurposeRefusal.PURPOSE_NOT_OPEN),
        ("eigen-inzage", ["agent", "caseworker", "citizen"], Opening.TIMELINE, PurposeRefusal.PURPOSE_NOT_OPEN),
        ("terugbellen", ["agent"], Opening.TIMELINE, PurposeRefusal.NOT_FOR_THIS_PURPOSE),
        ("terugbellen", ["agent"], Opening.CHANNEL_CHOICE, PurposeRefusal.NOT_FOR_THIS_PURPOSE),
        ("klantcontact", ["agent"], Opening.CONTACT_POINTS, PurposeRefusal.NOT_FOR_THIS_PURPOSE),
        ("inzageverzoek", ["privacy-officer"], Opening.CHANNEL_CHOICE, PurposeRefusal.NOT_FOR_THIS_PURPOSE),
    ],
)
def test_a_purpose_that_is_not_there_not_yours_or_not_for_this_is_refused(
    code: str, roles: list[str], opening: Opening, refusal: PurposeRefusal
) -> None:
    assert SHIPPED.allowed(code, roles, opening) is refusal


def test_an_empty_list_of_kinds_opens_the_address_book_masked_and_none_leaves_it_closed() -> None:
    masked, closed = of_one(GOOD + "may_reveal = []\n"), of_one(GOOD)

    assert (masked.opens(Opening.CONTACT_POINTS), masked.reveals("phone")) == (True, False)
    assert (closed.opens(Opening.CONTACT_POINTS), closed.reveals("phone")) == (False, False)


def test_a_purpose_shows_confidential_contacts_and_every_matter_only_when_it_says_so() -> None:
    every = of_one(GOOD.replace('"paspoort"', '"*"'))

    assert every.shows("a matter that left the catalogue", confidential=False)
    assert not every.shows("paspoort", confidential=True)
    assert of_one(GOOD + "confidential = true\n").shows("paspoort", confidential=True)


def test_a_line_names_a_role_that_the_purpose_names_and_never_another() -> None:
    purpose = of_one(GOOD.replace('["agent"]', '["counter", "agent"]'))

    assert purpose.role_among(["Default Roles", "offline", "counter"]) == "counter"
    assert purpose.role_among(["counter", "agent"]) == "agent"
    assert purpose.role_among(["Default Roles", "offline"]) is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[", "is not TOML"),
        ("", "names no purpose"),
        (GOOD, "exactly one purpose with `own = true`"),
        (OWN + OWN.replace("[eigen]", "[ook-eigen]"), "exactly one purpose with `own = true`"),
        (OWN + 'balie = "x"\n', "unknown field `balie`"),
        ('balie = "x"\n' + OWN, "is no table"),
        (OWN + '["Niet Goed"]\nnl = "a"\n', "cannot be the code of a purpose"),
        (GOOD.replace("[balie]", f"[{'a' * 81}]") + OWN, "cannot be the code of a purpose"),
        (GOOD + 'wettelijk = "x"\n' + OWN, "unknown field `wettelijk`"),
        (GOOD + "may_revael = []\n" + OWN, "unknown field `may_revael`"),
        (GOOD + 'rolls = ["agent"]\n' + OWN, "unknown field `rolls`"),
        (GOOD.replace('nl = "a"', "nl = 1") + OWN, "needs a text in `nl`"),
        (GOOD.replace('legal_basis = "c"', "") + OWN, "needs a text in `legal_basis`"),
        (GOOD.replace('legal_basis = "c"', 'legal_basis = " "') + OWN, "needs a text in `legal_basis`"),
        (GOOD.replace('"a"', f'"{"a" * 201}"') + OWN, "more than 200 characters in `nl`"),
        (GOOD.replace('["agent"]', '"agent"') + OWN, "needs a list of texts in `roles`"),
        (GOOD + 'may_reveal = "phone"\n' + OWN, "needs a list of texts in `may_reveal`"),
        (GOOD + 'confidential = "ja"\n' + OWN, "needs true or false in `confidential`"),
        (GOOD + "may_reach = 1\n" + OWN, "needs true or false in `may_reach`"),
        (GOOD.replace('roles = ["agent"]', "") + OWN, "needs at least one role"),
        (GOOD.replace('["agent"]', "[]") + OWN, "needs at least one role"),
        (GOOD.replace("agent", "Groot Hoofd") + OWN, "names a role that cannot be one: `Groot Hoofd`"),
        (GOOD.replace("agent", "*") + OWN, "names a role that cannot be one: `*`"),
        (GOOD + OWN + 'roles = ["agent"]\n', "take `roles` away"),
        (GOOD + OWN + "may_reach = true\n", "take `may_reach` away"),
        (GOOD.replace('["paspoort"]', "[]") + OWN, "shows no matter"),
        (OWN.replace('matters = ["*"]', ""), "shows no matter"),
        (GOOD.replace("paspoort", "onbekend") + OWN, "names a matter that is not in the matters file: `onbekend`"),
        (GOOD.replace('matters = ["paspoort"]', "confidential = true") + OWN, "confidential of no matter"),
        (GOOD + 'may_reveal = ["phones"]\n' + OWN, "a kind that is not known, `phones`: use bsn, email, member, phone, postal"),
        (GOOD.replace('matters = ["paspoort"]', "") + OWN, "opens nothing"),
        (GOOD.replace('matters = ["paspoort"]', "may_reach = false") + OWN, "opens nothing"),
    ],
)
def test_a_fault_in_the_register_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as fault:
        Purposes.from_toml(text, MATTERS)

    assert sentence in str(fault.value)


def test_a_municipality_names_files_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "matters.toml").write_text('[wolvenloket]\nnl = "Wolven"\nen = "Wolves"\n')
    (tmp_path / "purposes.toml").write_text(GOOD.replace("paspoort", "wolvenloket") + OWN)

    matters, purposes = read_registers(tmp_path / "matters.toml", tmp_path / "purposes.toml")

    assert "wolvenloket" in matters
    assert purposes.by_code["balie"].shows("wolvenloket", confidential=False)


@pytest.mark.parametrize(
    ("matters", "purposes", "sentence"),
    [
        ("absent.toml", None, "Set MATTERS_FILE to a file of matters: it cannot be read"),
        ("broken.toml", None, "Set MATTERS_FILE to a file of matters: the matters file is not TOML"),
        (None, "absent.toml", "Set PURPOSES_FILE to a file of purposes: it cannot be read"),
        (None, "latin.toml", "Set PURPOSES_FILE to a file of purposes: it cannot be read"),
        (None, "broken.toml", "Set PURPOSES_FILE to a file of purposes: the purposes file is not TOML"),
    ],
)
def test_a_file_that_is_not_right_names_the_setting(
    matters: str | None, purposes: str | None, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "broken.toml").write_text("= nothing")
    (tmp_path / "latin.toml").write_bytes(b"# caf\xe9")

    with pytest.raises(ValueError) as fault:
        read_registers(tmp_path / matters if matters else None, tmp_path / purposes if purposes else None)

    assert str(fault.value).startswith(sentence)
