"""Pages on paper, and in the colours of who cannot see ours (forced colours, as Windows' high contrast)."""

from plein.local.personas import MRS_DE_VRIES_BSN
from running_town import PHONE, WEB, a_call, a_form
from screens.screen import Screen


def test_her_timeline_prints_with_everything_and_no_menu(screen: Screen) -> None:
    town, hers = screen.town, MRS_DE_VRIES_BSN
    town.accepted(WEB, a_form(hers, summary="Wanneer begint mijn AOW?"))
    town.accepted(PHONE, a_call(hers))
    town.entries(town.found(bsn=hers), 2)
    screen.sign_in("my_plein", "citizen")

    screen.page.emulate_media(media="print")
    screen.keep("timeline-print")

    assert screen.page.get_by_text("Wanneer begint mijn AOW?").first.is_visible()
    assert not screen.page.get_by_role("navigation").first.is_visible()
    assert not screen.page.get_by_role("button", name="Afmelden").is_visible()


def test_a_desk_in_forced_colours_shows_what_must_not_be_missed(screen: Screen) -> None:
    town, bsn = screen.town, screen.town.new_citizen()
    town.accepted(PHONE, a_call(bsn, reached=False, confidential=False))
    town.entries(town.found(bsn=bsn), 1)
    screen.page.emulate_media(forced_colors="active")
    screen.open_at_desk(bsn)

    mark = screen.page.locator(".plein-mark--attention", has_text="niet bereikt").first
    border = mark.evaluate("mark => getComputedStyle(mark).borderTopWidth")
    assert border == "1px"
    outline = screen.page.locator(":focus-visible").evaluate("field => getComputedStyle(field).outlineStyle")
    assert outline == "solid"
    screen.look("forced-colours")
