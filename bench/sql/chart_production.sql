-- What a site made to be sold on each day, in kilograms: the floor of production against targets.
SELECT record.date, SUM(record.qty_kg)
FROM production_production AS record
WHERE record.site_id = %(site)s AND record.date BETWEEN %(first)s AND %(last)s
  AND record.operation_id IN (SELECT id FROM sites_operation WHERE purpose = 'product')
  AND record.material_id IN (SELECT id FROM sites_material WHERE is_final)
GROUP BY record.date
