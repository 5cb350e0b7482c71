"""Lines pasted into the day sheet from a spreadsheet."""

import datetime as dt
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from received.models import ReceivedMaterial
from sites.models import Membership, Role
from tests.browser.loads import paste
from tests.browser.sheets import open_sheet, press, saved_in
from tests.browser.yards import Yard
from tests.factories import make_site, make_submitted_day

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def clerk(clerk: Page) -> Page:
    """Stop Alice's clock."""
    # However slow the machine is, no letter comes so late that it begins another word.
    clerk.clock.set_fixed_time(dt.datetime.now(dt.UTC))
    return clerk


class TestPasting:
    def test_takes_a_block_marks_errors_and_saves_on_request(self, clerk: Page, yard: Yard) -> None:
        clerk.context.grant_permissions(["clipboard-read", "clipboard-write"])
        open_sheet(clerk, yard)
        block = (
            "Source\tMaterial\tTons\n"
            "City works\tConcrete debris\t1,024.5\n"
            "Harbour\tConcrete debriss\t12\n"
            "Harbour\tRAW-MIXED\t1,250\n"
        )
        clerk.evaluate("(text) => navigator.clipboard.writeText(text)", block)
        clerk.focus("#received [name=material]")

        press(clerk, "Control+v")

        bar = clerk.locator("#received [data-pasted]")
        pasted = clerk.locator("#received tbody[data-state=pasted]")
        expect(bar).to_contain_text("3 lines were pasted. Nothing has been saved yet.")
        expect(pasted.locator("[aria-invalid]")).to_have_count(2)
        expect(clerk.locator("#received")).to_contain_text("“Concrete debriss” is not one of the choices")
        expect(clerk.locator("#received")).to_contain_text("Tons: “1,250” has two readings")
        assert ReceivedMaterial.objects.count() == 0
        pasted.nth(1).locator("[name=material]").select_option(label="Concrete debris")
        pasted.nth(2).locator("[name=qty_ton]").fill("12.5")
        press(clerk, "Control+Enter")

        expect(saved_in(clerk, "received")).to_have_count(3)
        expect(bar).to_be_hidden()
        assert sorted(str(line.qty_ton) for line in ReceivedMaterial.objects.all()) == [
            "1024.500",
            "12.000",
            "12.500",
        ]

    def test_counts_pasted_lines_as_not_saved_and_keeps_those_of_another_day_apart(
        self, clerk: Page, yard: Yard
    ) -> None:
        clerk.context.grant_permissions(["clipboard-read", "clipboard-write"])
        open_sheet(clerk, yard)
        block = (
            "Date\tMaterial\tTons\n"
            f"{yard.today}\tConcrete debris\t11\n"
            f"{yard.today - dt.timedelta(days=1)}\tConcrete debris\t22\n"
        )
        clerk.evaluate("(text) => navigator.clipboard.writeText(text)", block)
        clerk.focus("#received [name=material]")
        press(clerk, "Control+v")
        status = clerk.locator("#save-status")
        expect(status).to_contain_text("2 pasted lines are not saved.")
        clerk.reload()
        expect(status).to_contain_text("2 pasted lines are not saved.")
        expect(status).not_to_contain_text("All lines are saved")

        clerk.get_by_role("button", name="Save 1 line", exact=True).click()
        expect(saved_in(clerk, "received")).to_have_count(1)
        expect(status).to_contain_text("1 pasted line is not saved.")
        assert [str(load.qty_ton) for load in ReceivedMaterial.objects.all()] == ["11.000"]
        clerk.get_by_role("button", name="Save it on this sheet").click()

        expect(saved_in(clerk, "received")).to_have_count(2)
        expect(status).to_contain_text("All lines are saved.")

    def test_saves_lines_with_the_dates_of_other_days_on_their_own_days(
        self, clerk: Page, yard: Yard
    ) -> None:
        days = [yard.today - dt.timedelta(days=ago) for ago in (0, 1, 2, 3)]
        make_submitted_day(yard.site, days[3], by=yard.alice)
        lines = [f"{day:%d.%m.%Y}\tConcrete debris\t{place}1" for place, day in enumerate(days, start=1)]
        open_sheet(clerk, yard)
        paste(clerk, "received", "\n".join(["Date\tMaterial\tTons", *lines, "Total\t\t104"]))
        bar = clerk.locator("#received [data-pasted]")
        expect(bar).to_contain_text("A row of totals was left out: Total 104.")
        expect(clerk.locator("#received")).to_contain_text("is submitted and takes no changes")

        clerk.get_by_role("button", name="Save 2 lines on their own sheets").click()

        expect(bar).to_contain_text("1 line is for another day or site:")
        clerk.get_by_role("button", name="Leave out").click()
        clerk.get_by_role("button", name="Save 1 line", exact=True).click()
        expect(clerk.locator("#save-status")).to_contain_text("All lines are saved.")
        assert {str(load.qty_ton): load.date for load in ReceivedMaterial.objects.all()} == {
            "11.000": days[0],
            "21.000": days[1],
            "31.000": days[2],
        }

    def test_saves_lines_of_another_site_at_that_site_and_names_columns_it_leaves_out(
        self, clerk: Page, yard: Yard
    ) -> None:
        south = make_site(code="YARD-SOUTH", name="South yard", timezone=yard.site.timezone)
        Membership.objects.create(user=yard.alice, site=south, role=Role.OPERATOR)
        open_sheet(clerk, yard)
        lines = ["North yard\tConcrete debris\t11\tdry", "yard-south\tConcrete debris\t22\twet"]
        paste(clerk, "received", "\n".join(["Site\tMaterial\tTons\tWeather", *lines]))
        bar = clerk.locator("#received [data-pasted]")
        expect(bar).to_contain_text("This sheet has no column for “Weather”: it was left out.")
        expect(clerk.locator("#received")).to_contain_text("This line has the site yard-south.")

        clerk.get_by_role("button", name="Save 1 line", exact=True).click()
        expect(saved_in(clerk, "received")).to_have_count(1)
        clerk.get_by_role("button", name="Save 1 line on its own sheet").click()

        expect(clerk.locator("#save-status")).to_contain_text("All lines are saved.")
        assert {str(load.qty_ton): load.site for load in ReceivedMaterial.objects.all()} == {
            "11.000": yard.site,
            "22.000": south,
        }

    def test_leaves_out_rows_of_totals_whatever_they_are_called(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard)
        # A supplier whose name begins with the word is no total.
        lines = ["City works\tConcrete debris\tB-DO 17\t1", "Total Energies\tConcrete debris\tB-DO 18\t2"]
        totals = [
            "\tSub-total\t\t3",
            "Grand total:\t\t\t3",
            "Gesamtsumme\t\t\t3",
            "Zwischensumme\t\t\t3",
            "Total général\t\t\t3",
            "\tTotaal\t\t3",
            "Σ\t\t\t3",
            "\t\t\t3",
            "\t\t\t3.00 t",
        ]
        block = [line for total in totals for line in (*lines, total)]

        paste(clerk, "received", "\n".join(["Source\tMaterial\tVehicle\tTons", *block]))

        bar = clerk.locator("#received [data-pasted]")
        expect(bar).to_contain_text("18 lines were pasted.")
        expect(bar).to_contain_text("Sub-total 3; Grand total: 3; Gesamtsumme 3; Zwischensumme 3;")
        expect(bar).to_contain_text("Total général 3; Totaal 3; Σ 3; 3; 3.00 t.")

    def test_reads_dates_as_spreadsheets_write_them(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard)
        shapes = ["%d-%b-%y", "%A, %B %d, %Y", "%d.%m.%y", "%Y-%m-%d 00:00:00", "%Y/%m/%d"]
        days = [yard.today - dt.timedelta(days=ago) for ago in (0, 1)]

        # Without headings: the dates in front of the cells.
        lines = [f"{day:{shape}}\tConcrete debris\t12" for shape in shapes for day in days]
        paste(clerk, "received", "\n".join(lines))

        expect(clerk.get_by_role("button", name="Save 5 lines on their own sheets")).to_be_visible()
        expect(clerk.get_by_role("button", name="Save 5 lines", exact=True)).to_be_visible()

    def test_saves_pasted_lines_by_key_only_once_they_are_on_the_screen(
        self, clerk: Page, yard: Yard
    ) -> None:
        open_sheet(clerk, yard)
        paste(clerk, "received", "\n".join(f"Concrete debris\t{tons}" for tons in range(1, 41)))
        clerk.locator("#received tbody[data-state=pasted] [name=qty_ton]").first.focus()

        press(clerk, "Control+Enter")
        expect(clerk.get_by_role("button", name="Save 40 lines")).to_be_focused()
        assert ReceivedMaterial.objects.count() == 0
        press(clerk, "Control+Enter")

        expect(clerk.locator("#save-status")).to_contain_text("All lines are saved.")
        assert ReceivedMaterial.objects.count() == 40

    def test_of_several_lines_into_notes_is_one_text(self, clerk: Page, yard: Yard) -> None:
        key = yard.enter("received", material="RAW-ASPHALT", qty_ton="12")
        clerk.context.grant_permissions(["clipboard-read", "clipboard-write"])
        open_sheet(clerk, yard)
        clerk.evaluate("navigator.clipboard.writeText('wet load\\nsent back at the gate')")
        clerk.focus(f"#received tbody[data-record='{key}'] [name=notes]")

        press(clerk, "Control+v", "Alt+Enter")
        press(clerk, "weighed twice", "Enter")

        expect(saved_in(clerk, "received")).to_have_count(1)
        assert ReceivedMaterial.objects.get().notes == "wet load\nsent back at the gate\nweighed twice"

        # A spreadsheet copies a cell of two lines with quotes.
        notes = clerk.locator("#received tbody[data-line]").last.locator("[name=notes]")
        clerk.evaluate("navigator.clipboard.writeText('\"wet\\nload\"')")
        notes.focus()
        press(clerk, "Control+v")
        typed = clerk.locator("#received tbody[data-state=typing] [name=notes]")
        expect(typed).to_have_value("wet\nload")
        # What is too long is not cut without a word.
        clerk.evaluate("navigator.clipboard.writeText('é'.normalize('NFD').repeat(2000))")
        press(clerk, "Control+v", "Enter")
        expect(clerk.locator("#received")).to_contain_text("at most 2000 characters (it has 2008)")

    def test_keeps_quotes_that_are_part_of_a_cell(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard)
        texts = ['"first\r\n""second"""', '5" pipe', '"Old" yard', '"urgent', "last"]

        paste(
            clerk, "received", "\r\n".join(["Material\tNotes", *(f"RAW-ASPHALT\t{text}" for text in texts)])
        )

        notes = clerk.locator("#received tbody[data-state=pasted] [name=notes]")
        expect(notes).to_have_count(5)
        assert [cell.input_value() for cell in notes.all()] == ['first\n"second"', *texts[1:]]

    def test_corrects_the_same_error_in_many_lines_at_once(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard)
        lines = [f"Beton\t{tons}" for tons in range(1, 31)]
        paste(clerk, "received", "\n".join(["Material\tTons", *lines]))
        bar = clerk.locator("#received [data-pasted]")
        pasted = clerk.locator("#received tbody[data-state=pasted]")
        pasted.nth(0).locator("[name=material]").select_option(label="Asphalt debris")
        expect(bar.get_by_role("button", name="Correct 29 lines")).to_be_visible()
        # Another cell of a line that is still wrong.
        pasted.nth(1).locator("[name=qty_ton]").fill("2.5")
        clerk.keyboard.press("Enter")
        expect(bar.get_by_role("button", name="Correct 29 lines")).to_be_visible()

        bar.get_by_label("“Beton” means").select_option(label="Concrete debris")
        bar.get_by_role("button", name="Correct 29 lines").click()

        bar.get_by_role("button", name="Save 30 lines").click()
        expect(saved_in(clerk, "received")).to_have_count(30)
        expect(clerk.locator("#save-status")).to_contain_text("All lines are saved.")
        assert sum(load.qty_ton for load in ReceivedMaterial.objects.all()) == Decimal("465.5")
        assert ReceivedMaterial.objects.filter(material__code="RAW-ASPHALT").count() == 1

    def test_corrects_at_once_what_the_portal_rejects_and_gives_few_lines_a_row(
        self, clerk: Page, yard: Yard
    ) -> None:
        open_sheet(clerk, yard)
        # Without a connection nothing is checked before it is saved.
        clerk.route("**/check/", lambda route: route.abort())
        paste(clerk, "received", "\n".join(f"Concrete debris\t{tons}\tmany" for tons in range(1, 66)))
        clerk.get_by_role("button", name="Save 65 lines").click()
        expect(clerk.locator("#save-status")).to_contain_text("65 lines need your attention.")
        expect(clerk.locator("#received tbody[data-state=refused]")).to_have_count(60)

        bar = clerk.locator("#received [data-pasted]")
        bar.get_by_label("“many” means").fill("2")
        bar.get_by_role("button", name="Correct 65 lines").click()

        expect(clerk.locator("#save-status")).to_contain_text("All lines are saved.")
        assert [load.loads for load in ReceivedMaterial.objects.all()] == [2] * 65

    @pytest.mark.parametrize(("rows", "most_seconds"), [(520, 1), (5_000, 10)])
    def test_takes_many_rows_in_time_and_drops_none(
        self, clerk: Page, yard: Yard, rows: int, most_seconds: int
    ) -> None:
        open_sheet(clerk, yard)
        lines = [f"Concrete debris\t{number / 100}\tCity works" for number in range(1, rows + 1)]

        took = paste(clerk, "received", "\n".join(["Material\tTons\tSource", *lines]))

        expect(clerk.locator("#received [data-pasted]")).to_contain_text(f"{rows} lines were pasted.")
        kept = 'Object.values(localStorage).filter((text) => text.includes(\'"state":"pasted"\')).length'
        assert clerk.evaluate(kept) == rows
        assert took < most_seconds * 1000

    def test_costs_no_key_press_more_with_many_lines_that_wait(self, clerk: Page, yard: Yard) -> None:
        open_sheet(clerk, yard)
        lines = [f"Concrete debris\t{number}\tCity works" for number in range(1, 500)]
        paste(clerk, "received", "\n".join(["Material\tTons\tSource", *lines]))
        clerk.locator("#received tbody[data-line]").last.locator("[name=source]").focus()

        took: float = clerk.evaluate(
            """() => {
              const cell = document.activeElement;
              const event = () => new InputEvent("input", { bubbles: true, inputType: "insertText" });
              const times = [..."Harbour quay 12 north"].map((letter) => {
                const from = performance.now();
                cell.value += letter;
                cell.dispatchEvent(event());
                return performance.now() - from;
              });
              return times.sort((one, other) => one - other)[Math.floor(times.length / 2)];
            }"""
        )

        assert took < 10
