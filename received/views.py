from received.models import ReceivedMaterial
from received.module import RECEIVED
from records.pages import views


class ReceivedList(views.RecordList[ReceivedMaterial]):
    module = RECEIVED


class ReceivedCreate(views.RecordCreate[ReceivedMaterial]):
    module = RECEIVED


class ReceivedEdit(views.RecordEdit[ReceivedMaterial]):
    module = RECEIVED


class ReceivedDelete(views.RecordDelete[ReceivedMaterial]):
    module = RECEIVED


class ReceivedHistory(views.RecordHistory[ReceivedMaterial]):
    module = RECEIVED


class ReceivedCompletion(views.RecordCompletion[ReceivedMaterial]):
    module = RECEIVED
