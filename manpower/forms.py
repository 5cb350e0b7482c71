from manpower.models import ManpowerLog
from records.choices import SHIFT_HOURS
from records.forms import RecordForm
from records.warnings import BEYOND_SHIFT, LONG_AGO, WarningRules


class ManpowerLogForm(RecordForm[ManpowerLog]):
    warning_rules = WarningRules[ManpowerLog]((LONG_AGO, BEYOND_SHIFT))

    class Meta:
        model = ManpowerLog
        fields = ("date", "shift", "role", "headcount", "hours", "notes")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own signature
        # Most people work a shift, or as long as the site does.
        self.fields["hours"].initial = min(
            SHIFT_HOURS, self.site.settings_on(self.site.today()).working_hours
        )
