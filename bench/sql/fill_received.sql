-- Loads received on the days %(first)s to %(last)s: %(received)s a day at each site, in the order of entry.
INSERT INTO received_receivedmaterial (
    site_id, date, notes, version, change_number, entry_source, import_key, confirmed_warnings,
    created_at, created_by_id, updated_at, updated_by_id,
    material_id, qty_kg, is_estimated, source, vehicle_ref
)
SELECT
    site.site_id, day.date, '', 1, day.n * %(a_day)s + k.n + 1, 'import', '', '[]',
    %(at)s, %(user)s, %(at)s, %(user)s,
    material.material_id, 8000 + (k.n * 7919 + day.n * 31 + site.n) %% 20000, FALSE, '', 'T-' || (k.n %% 40)
FROM bench_day AS day
CROSS JOIN bench_site AS site
CROSS JOIN bench_number AS k
JOIN bench_material AS material ON material.n = k.n %% %(materials)s
WHERE day.n BETWEEN %(first)s AND %(last)s AND k.n < %(received)s
ORDER BY day.n, site.n, k.n
