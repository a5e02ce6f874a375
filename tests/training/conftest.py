"""What is tested is drawn with what every clone has: what was fetched differs from one machine to the next.

`TRAINING_ASSETS=training/assets python -m pytest tests/training` tests with what was fetched here as well.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

# Before anything of `training` is imported, and in the processes that tests start, too.
if "TRAINING_ASSETS" not in os.environ:
    os.environ["TRAINING_ASSETS"] = tempfile.mkdtemp(prefix="redact-training-")
    atexit.register(shutil.rmtree, os.environ["TRAINING_ASSETS"], ignore_errors=True)
