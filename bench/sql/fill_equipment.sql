-- Machines logged on the days %(first)s to %(last)s: each of a site's %(machines)s, in two shifts.
INSERT INTO equipment_equipmentlog (
    site_id, date, notes, version, change_number, entry_source, import_key, confirmed_warnings,
    created_at, created_by_id, updated_at, updated_by_id,
    equipment_id, shift, count, hours, status
)
SELECT
    site.site_id, day.date, '', 1, day.n * %(a_day)s + %(before_equipment)s + k.n + 1, 'import', '', '[]',
    %(at)s, %(user)s, %(at)s, %(user)s,
    machine.machine_id, shift.name, 1, 400 + (k.n * 37 + day.n * 11 + site.n) %% 400,
    CASE (k.n + day.n) %% 40 WHEN 0 THEN 'breakdown' ELSE 'operational' END
FROM bench_day AS day
CROSS JOIN bench_site AS site
CROSS JOIN bench_number AS k
JOIN bench_machine AS machine ON machine.n = site.n * %(machines)s + k.n %% %(machines)s
JOIN bench_shift AS shift ON shift.n = 1 + k.n / %(machines)s
WHERE day.n BETWEEN %(first)s AND %(last)s AND k.n < %(logged)s
ORDER BY day.n, site.n, k.n
