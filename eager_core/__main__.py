"""Entry of `python -m eager_core`."""

import sys

from eager_core.terminal import main

if __name__ == "__main__":
    sys.exit(main())
