from harness import (lmtp, modules, pytest_configure,  # noqa: F401
                     server, start)
