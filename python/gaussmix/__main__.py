"""`python -m gaussmix` is the command `gaussmix`."""

import sys

from gaussmix.cli import main

sys.exit(main())
