-- The four cards of one site on one day with their fourteen days, in one statement: the floor.
-- Kilograms by date: made to be sold, received, dispatched, and what stock changed by; the stock itself has
-- no date.
SELECT date, 0 AS made, SUM(received_kg) AS received, SUM(dispatched_kg) AS dispatched,
       SUM(produced_kg + received_kg - consumed_kg - dispatched_kg - used_kg - disposed_kg + adjustment_kg) AS net
FROM inventory_inventorysnapshot
WHERE site_id = %(site)s AND date BETWEEN %(first)s AND %(last)s
GROUP BY date
UNION ALL
SELECT record.date, SUM(record.qty_kg), 0, 0, 0
FROM production_production AS record
WHERE record.site_id = %(site)s AND record.date BETWEEN %(first)s AND %(last)s
  AND record.operation_id IN (SELECT id FROM sites_operation WHERE purpose = 'product')
  AND record.material_id IN (SELECT id FROM sites_material WHERE is_final)
GROUP BY record.date
UNION ALL
SELECT NULL, 0, 0, 0, SUM((
    SELECT closing_kg FROM inventory_inventorysnapshot AS row_
    WHERE row_.site_id = %(site)s AND row_.material_id = material.id AND row_.date <= %(last)s
    ORDER BY row_.date DESC LIMIT 1
))
FROM sites_material AS material
