"""What is odd about a production record. The same line twice cannot be: that is a duplicate."""

from inventory.plausibility import usual_tons
from production.models import Production
from records.plausibility import LONG_AGO, Plausibility

PLAUSIBILITY = Plausibility((LONG_AGO, usual_tons(Production, "material", "operation")))
