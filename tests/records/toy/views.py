from records.pages import views
from tests.records.toy.models import PumpLog
from tests.records.toy.module import TOY


class ToyList(views.RecordList[PumpLog]):
    module = TOY


class ToyCreate(views.RecordCreate[PumpLog]):
    module = TOY


class ToyEdit(views.RecordEdit[PumpLog]):
    module = TOY


class ToyDelete(views.RecordDelete[PumpLog]):
    module = TOY


class ToyHistory(views.RecordHistory[PumpLog]):
    module = TOY
