"""The fixtures are those of tests/e2e."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../e2e"))

from harness import (lmtp, modules, pytest_configure,  # noqa: E402,F401
                     server, start)
