-- People at work on the days %(first)s to %(last)s: each of the %(roles)s roles, in three shifts.
INSERT INTO manpower_manpowerlog (
    site_id, date, notes, version, change_number, entry_source, import_key, confirmed_warnings,
    created_at, created_by_id, updated_at, updated_by_id,
    role_id, shift, headcount, hours
)
SELECT
    site.site_id, day.date, '', 1, day.n * %(a_day)s + %(before_manpower)s + k.n + 1, 'import', '', '[]',
    %(at)s, %(user)s, %(at)s, %(user)s,
    role.role_id, shift.name, 1 + (k.n * 5 + day.n + site.n) %% 9, 800
FROM bench_day AS day
CROSS JOIN bench_site AS site
CROSS JOIN bench_number AS k
JOIN bench_role AS role ON role.n = k.n %% %(roles)s
JOIN bench_shift AS shift ON shift.n = 1 + k.n / %(roles)s
WHERE day.n BETWEEN %(first)s AND %(last)s AND k.n < %(worked)s
ORDER BY day.n, site.n, k.n
