"""Ask the web server in this container whether it is ready; exit with 1 where it is not."""  # noqa: INP001  # a program, not a package

import os
import sys
import urllib.request

request = urllib.request.Request(
    f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/readyz",
    headers={"Host": os.environ["ALLOWED_HOSTS"].split(",")[0].strip()},
)
try:
    urllib.request.urlopen(request, timeout=8)  # noqa: S310  # always http
except OSError as error:
    sys.exit(f"Not ready: {error}")
