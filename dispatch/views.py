from dispatch.models import Dispatch
from dispatch.module import DISPATCH
from records.pages import views


class DispatchList(views.RecordList[Dispatch]):
    module = DISPATCH


class DispatchCreate(views.RecordCreate[Dispatch]):
    module = DISPATCH


class DispatchEdit(views.RecordEdit[Dispatch]):
    module = DISPATCH


class DispatchDelete(views.RecordDelete[Dispatch]):
    module = DISPATCH


class DispatchHistory(views.RecordHistory[Dispatch]):
    module = DISPATCH


class DispatchCompletion(views.RecordCompletion[Dispatch]):
    module = DISPATCH
