-- The change of stock of each category on each day, and its stock now in the row without a date; kilograms.
SELECT row_.date, material.category,
       SUM(produced_kg + received_kg - consumed_kg - dispatched_kg - used_kg - disposed_kg + adjustment_kg)
FROM inventory_inventorysnapshot AS row_
JOIN sites_material AS material ON material.id = row_.material_id
WHERE row_.site_id = %(site)s AND row_.date BETWEEN %(first)s AND %(last)s
GROUP BY row_.date, material.category
UNION ALL
SELECT NULL, material.category, SUM((
    SELECT closing_kg FROM inventory_inventorysnapshot AS row_
    WHERE row_.site_id = %(site)s AND row_.material_id = material.id AND row_.date <= %(last)s
    ORDER BY row_.date DESC LIMIT 1
))
FROM sites_material AS material
GROUP BY material.category
