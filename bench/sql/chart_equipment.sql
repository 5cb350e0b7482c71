-- What each machine of a site ran, in hundredths of an hour, in how many shifts and days, and its breakdowns.
SELECT equipment_id, SUM(hours * count),
       SUM(CASE WHEN shift = '' THEN count END), SUM(CASE WHEN shift <> '' THEN count END),
       COUNT(DISTINCT CASE WHEN status = 'breakdown' THEN date END)
FROM equipment_equipmentlog
WHERE site_id = %(site)s AND date BETWEEN %(first)s AND %(last)s
GROUP BY equipment_id
