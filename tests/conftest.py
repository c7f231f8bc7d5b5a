"""What must be set before libraries are imported, which read it once."""

import os

# No test talks to the Hugging Face Hub.
os.environ["HF_HUB_OFFLINE"] = "1"

# As `eager_core.load_engine` does: torch's threads soon sleep instead of spinning on cores that a browser test wants.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
