-- Each third received load leaves again, to one of %(customers)s customers.
INSERT INTO dispatch_dispatch (
    site_id, date, notes, version, change_number, entry_source, import_key, confirmed_warnings,
    created_at, created_by_id, updated_at, updated_by_id,
    material_id, qty_kg, is_estimated, operation_id, trips, owner, reference, party_id
)
SELECT
    site_id, date, '', 1, change_number, 'import', '', '[]',
    created_at, %(user)s, updated_at, %(user)s,
    material_id, qty_kg, FALSE, %(operation)s, 1, '', '', %(first_party)s + id / 3 %% %(customers)s
FROM received_receivedmaterial
WHERE id %% 3 = 0
ORDER BY id
