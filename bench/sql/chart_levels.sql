-- What there is of each material at a site, in kilograms.
SELECT material.name, (
    SELECT closing_kg FROM inventory_inventorysnapshot AS row_
    WHERE row_.site_id = %(site)s AND row_.material_id = material.id AND row_.date <= %(last)s
    ORDER BY row_.date DESC LIMIT 1
)
FROM sites_material AS material
