-- The loads %(first)s to %(last)s of a site, weighed at a weighbridge of another system: %(a_day)s a day, the last of yesterday.
INSERT INTO received_receivedmaterial (
    site_id, date, notes, version, change_number, entry_source, import_key, confirmed_warnings,
    created_at, created_by_id, updated_at, updated_by_id,
    material_id, qty_kg, loads, is_estimated, source, vehicle_ref,
    time, weighbridge_id, ticket_no, vehicle_id, party_id,
    gross_kg, tare_kg, tare_source, mass_method, load_state
)
SELECT
    %(site)s, day.date, '', 1, day.n * %(a_day)s + k.n + 1, 'import', '', '[]',
    %(at)s, %(user)s, %(at)s, %(user)s,
    %(material)s, 38000 - 14000, 1, FALSE, '', '',
    %(at)s, %(bridge)s, 'OLD-' || (day.n * %(a_day)s + k.n), %(vehicle)s, %(party)s,
    38000, 14000, 'weighed', 'weighed', 'complete'
FROM bench_load_day AS day
CROSS JOIN bench_load_number AS k
WHERE day.n BETWEEN %(first)s AND %(last)s
ORDER BY day.n, k.n
