from equipment.models import EquipmentLog
from equipment.module import EQUIPMENT
from records.pages import views


class EquipmentList(views.RecordList[EquipmentLog]):
    module = EQUIPMENT


class EquipmentCreate(views.RecordCreate[EquipmentLog]):
    module = EQUIPMENT


class EquipmentEdit(views.RecordEdit[EquipmentLog]):
    module = EQUIPMENT


class EquipmentDelete(views.RecordDelete[EquipmentLog]):
    module = EQUIPMENT


class EquipmentHistory(views.RecordHistory[EquipmentLog]):
    module = EQUIPMENT
