from production.models import Production
from production.module import PRODUCTION
from records.pages import views


class ProductionList(views.RecordList[Production]):
    module = PRODUCTION


class ProductionCreate(views.RecordCreate[Production]):
    module = PRODUCTION


class ProductionEdit(views.RecordEdit[Production]):
    module = PRODUCTION


class ProductionDelete(views.RecordDelete[Production]):
    module = PRODUCTION


class ProductionHistory(views.RecordHistory[Production]):
    module = PRODUCTION
