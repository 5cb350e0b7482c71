-- What there is of each material at a site, its low mark there, and the least and most there was, in kilograms.
SELECT material.name, (
    SELECT closing_kg FROM inventory_inventorysnapshot AS row_
    WHERE row_.site_id = %(site)s AND row_.material_id = material.id AND row_.date <= %(last)s
    ORDER BY row_.date DESC LIMIT 1
), (
    SELECT low_kg FROM inventory_stockthreshold AS mark
    WHERE mark.site_id = %(site)s AND mark.material_id = material.id
), (
    SELECT closing_kg FROM inventory_inventorysnapshot AS row_
    WHERE row_.site_id = %(site)s AND row_.material_id = material.id AND row_.date <= %(first)s
    ORDER BY row_.date DESC LIMIT 1
), moved.lowest, moved.highest
FROM sites_material AS material
LEFT JOIN (
    SELECT material_id, MIN(closing_kg) AS lowest, MAX(closing_kg) AS highest
    FROM inventory_inventorysnapshot
    WHERE site_id = %(site)s AND date > %(first)s AND date <= %(last)s
    GROUP BY material_id
) AS moved ON moved.material_id = material.id
