-- The ledger of all records, as inventory/rebuild.py would write it: one row per site, material and day.
INSERT INTO inventory_inventorysnapshot (
    site_id, material_id, date,
    opening_kg, produced_kg, received_kg, consumed_kg, dispatched_kg, adjustment_kg, closing_kg
)
SELECT
    site_id, material_id, date,
    closing - net, produced, received, consumed, 0, 0, closing
FROM (
    SELECT
        *, SUM(net) OVER (PARTITION BY site_id, material_id ORDER BY date) AS closing
    FROM (
        SELECT
            site_id, material_id, date,
            SUM(produced) AS produced, SUM(received) AS received, SUM(consumed) AS consumed,
            SUM(produced) + SUM(received) - SUM(consumed) AS net
        FROM (
            SELECT site_id, material_id, date, 0 AS produced, qty_kg AS received, 0 AS consumed
            FROM received_receivedmaterial
            UNION ALL
            SELECT
                record.site_id, record.material_id, record.date,
                CASE operation.stock_effect WHEN 'adds' THEN record.qty_kg ELSE 0 END,
                0,
                CASE operation.stock_effect WHEN 'removes' THEN record.qty_kg ELSE 0 END
            FROM production_production AS record
            JOIN sites_operation AS operation ON operation.id = record.operation_id
            WHERE operation.stock_effect <> 'none'
        ) AS moved
        GROUP BY site_id, material_id, date
    ) AS days
) AS rows_of_the_ledger
ORDER BY date, site_id, material_id
