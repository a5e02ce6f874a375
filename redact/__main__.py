"""`python -m redact`: the command, without its script."""

import sys

from redact.cli import main

sys.exit(main())
