-- Production of the days %(first)s to %(last)s: %(produced)s records a day at each site, no two alike.
INSERT INTO production_production (
    site_id, date, notes, version, change_number, entry_source, import_key, confirmed_warnings,
    created_at, created_by_id, updated_at, updated_by_id,
    material_id, qty_kg, shift, operation_id
)
SELECT
    site.site_id, day.date, '', 1, day.n * %(a_day)s + %(received)s + k.n + 1, 'import', '', '[]',
    %(at)s, %(user)s, %(at)s, %(user)s,
    material.material_id, 1000 + (k.n * 6007 + day.n * 17 + site.n) %% 9000, shift.name, operation.operation_id
FROM bench_day AS day
CROSS JOIN bench_site AS site
CROSS JOIN bench_number AS k
JOIN bench_material AS material ON material.n = k.n %% %(materials)s
JOIN bench_shift AS shift ON shift.n = k.n / %(materials)s %% 4
JOIN bench_operation AS operation ON operation.n = k.n / (%(materials)s * 4)
WHERE day.n BETWEEN %(first)s AND %(last)s AND k.n < %(produced)s
ORDER BY day.n, site.n, k.n
