from django.urls import path

from gate import files, notes, outbox, spellings, views

app_name = "gate"
urlpatterns = [
    path("", views.page, name="page"),
    path("weights/", views.weights, name="weights"),
    path("plates/", views.plates, name="plates"),
    path("spellings/", spellings.page, name="spellings"),
    path("vehicle/", views.vehicle, name="vehicle"),
    path("sites/<int:site_id>/in/", outbox.weigh_in, name="in"),
    path("sites/<int:site_id>/out/", outbox.weigh_out, name="out"),
    path("transfers/<int:transfer_id>/receive/", views.take_in, name="take_in"),
    path("<int:load_id>/", views.edit, name="edit"),
    path("<int:load_id>/close/", views.close, name="close"),
    path("<int:load_id>/reject/", views.reject, name="reject"),
    path("<int:load_id>/explain/", views.explain, name="explain"),
    path("<int:load_id>/files/", files.upload_to_load, name="files_of_load"),
    path("files/<int:file_id>/", files.file, name="file"),
    path("files/<int:file_id>/thumbnail/", files.thumbnail, name="thumbnail"),
    path("files/<int:file_id>/delete/", files.delete, name="delete_file"),
    path("notes/of/<int:record_id>/", notes.issue, name="issue"),
    path("notes/<int:note_id>/", notes.note, name="note"),
    path("notes/check/<slug:token>/", notes.check, name="check"),
    path("tickets/<slug:slug>/<int:record_id>/", notes.ticket, name="ticket"),
    path("tickets/<slug:slug>/<int:record_id>/files/", files.upload_to_record, name="files_of_record"),
]
