from manpower.models import ManpowerLog
from manpower.module import MANPOWER
from records.pages import views


class ManpowerList(views.RecordList[ManpowerLog]):
    module = MANPOWER


class ManpowerCreate(views.RecordCreate[ManpowerLog]):
    module = MANPOWER


class ManpowerEdit(views.RecordEdit[ManpowerLog]):
    module = MANPOWER


class ManpowerDelete(views.RecordDelete[ManpowerLog]):
    module = MANPOWER


class ManpowerHistory(views.RecordHistory[ManpowerLog]):
    module = MANPOWER
