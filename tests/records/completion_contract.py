"""What the forms of every record module promise about fields that complete from what the site used."""

from http import HTTPStatus
from urllib.parse import urlencode

from django.urls import reverse

from records.models import DailyRecord
from tests.records.sheet_contract import SheetContract

FRAGMENT = {"HX-Request": "true"}


class CompletionContract[R: DailyRecord](SheetContract[R]):
    """Named fields × own site × other site × every form."""

    __test__ = False

    def address(self, page: str, record: R | None = None) -> str:
        raise NotImplementedError

    def test_completes_each_named_field_from_what_the_site_used(self) -> None:
        for field in self.module.completed:
            used = str(self.values(0)[field])

            answer = self.as_(self.people.alice).get(
                self.completion(field, used[1:].upper()), headers=FRAGMENT
            )

            assert used, "the contract's values fill what is completed"
            self.assertContains(answer, f'<option value="{used}">', html=False)

    def test_completes_nothing_for_a_person_of_another_site(self) -> None:
        oscar = self.as_(self.people.oscar)

        for field in self.module.completed:
            theirs = oscar.get(self.completion(field))
            own = oscar.get(self.completion(field, site="QUARRY-1"))

            assert theirs.status_code == HTTPStatus.NOT_FOUND
            self.assertNotContains(own, "<option")

    def test_completes_fields_on_every_form_of_the_module(self) -> None:
        alice, headers = self.as_(self.people.alice), {**FRAGMENT, "HX-Target": f"row-{self.record.pk}"}
        refused = self.values(1) | {"date": "12/01/2026"}

        for answer in (
            alice.get(self.address("list")),
            alice.get(self.address("create")),
            alice.post(self.address("create"), refused),
            alice.get(self.address("edit")),
            alice.get(self.address("edit"), headers=headers),
        ):
            shown = answer.content.decode()
            for field in self.module.completed:
                assert f'hx-get="/{self.module.slug}/complete/{field}/?site=YARD-NORTH"' in shown
            assert shown.count("<datalist") == len(self.module.completed)

    def completion(self, field: str, typed: str = "", *, site: str = "YARD-NORTH") -> str:
        path = reverse(f"{self.module.slug}:complete", args=[field])
        return f"{path}?{urlencode({'site': site, field: typed})}"
