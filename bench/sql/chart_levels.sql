-- What there is of each material at a site and its low mark there, in kilograms.
SELECT material.name, (
    SELECT closing_kg FROM inventory_inventorysnapshot AS row_
    WHERE row_.site_id = %(site)s AND row_.material_id = material.id AND row_.date <= %(last)s
    ORDER BY row_.date DESC LIMIT 1
), (
    SELECT low_kg FROM inventory_stockthreshold AS mark
    WHERE mark.site_id = %(site)s AND mark.material_id = material.id
)
FROM sites_material AS material
