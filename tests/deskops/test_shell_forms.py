"""How a form's fields and their errors are drawn, everywhere."""

from django import forms
from django.template.loader import render_to_string


class Entry(forms.Form):
    tons = forms.DecimalField(help_text="With up to 3 decimals.")
    notes = forms.CharField(required=False)
    sure = forms.BooleanField(label="Save it all the same")
    shift = forms.ChoiceField(choices=[("m", "Morning"), ("n", "Night")], widget=forms.RadioSelect)

    def clean(self) -> None:
        self.add_error(None, "The day is <closed>.")


class TestField:
    def test_has_its_label_above_and_a_mark_where_it_must_be_filled(self) -> None:
        tons, notes = Entry()["tons"].as_field_group(), Entry()["notes"].as_field_group()

        label = '<label for="id_tons">Tons <span class="field__required" aria-hidden="true">*</span> </label>'
        assert label in " ".join(tons.split())
        assert tons.index("<label") < tons.index("<input")
        assert "field__required" not in notes

    def test_ties_help_and_error_to_the_input(self) -> None:
        tons = Entry({"tons": "x"})["tons"].as_field_group()

        assert 'aria-describedby="id_tons_helptext id_tons_error"' in tons
        assert 'aria-invalid="true"' in tons
        assert 'id="id_tons_helptext"' in tons
        assert 'id="id_tons_error"' in tons
        assert "field--error" in tons

    def test_puts_a_box_to_tick_before_its_words(self) -> None:
        sure = Entry()["sure"].as_field_group()

        assert "field--check" in sure
        assert sure.index("<input") < sure.index("<label")

    def test_groups_several_choices_under_one_name(self) -> None:
        shift = Entry()["shift"].as_field_group()

        assert "<fieldset" in shift
        assert "<legend>Shift" in shift


class TestSummary:
    def test_lists_every_error_and_leads_to_its_field(self) -> None:
        summary = render_to_string("_form_summary.html", {"form": Entry({"tons": "x"})})

        assert "Correct 4 things" in summary
        assert '<a href="#id_tons">Tons: Enter a number.</a>' in summary
        assert "The day is &lt;closed&gt;." in summary
        assert 'tabindex="-1"' in summary

    def test_is_nothing_where_nothing_is_wrong(self) -> None:
        assert render_to_string("_form_summary.html", {"form": Entry()}).strip() == ""
