-- What came in and went out of a site on each day, in kilograms.
SELECT date, SUM(received_kg), SUM(dispatched_kg)
FROM inventory_inventorysnapshot
WHERE site_id = %(site)s AND date BETWEEN %(first)s AND %(last)s
GROUP BY date
