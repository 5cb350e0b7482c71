-- People and hundredths of labour hours of each shift and role of a site, and its people of each day.
SELECT shift AS part, role_id, SUM(headcount), SUM(headcount * hours)
FROM manpower_manpowerlog
WHERE site_id = %(site)s AND date BETWEEN %(first)s AND %(last)s
GROUP BY shift, role_id
UNION ALL
SELECT CAST(date AS VARCHAR(10)), NULL, SUM(headcount), NULL
FROM manpower_manpowerlog
WHERE site_id = %(site)s AND date BETWEEN %(first)s AND %(last)s
GROUP BY date
