"""What is odd about a production record. The same line twice cannot be: that is a duplicate."""

from inventory.checks.outliers import usual_tons
from production.models import Production
from records.warnings import LONG_AGO, WarningRules

WARNINGS = WarningRules((LONG_AGO, usual_tons(Production, "material", "operation")))
