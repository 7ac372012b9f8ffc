"""The fixtures are those of tests/e2e."""

import os
import sys

for directory in "edge-exim", "edge", "e2e":
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..",
                                    directory))

from harness import (lmtp, modules, pytest_configure,  # noqa: E402,F401
                     server, start)
