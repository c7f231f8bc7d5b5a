"""What must be set before libraries are imported, which read it once."""

import os

# No test talks to the Hugging Face Hub.
os.environ["HF_HUB_OFFLINE"] = "1"

# As `eager_core.load_engine` does, for tests that import torch before they call it.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")
os.environ.setdefault("MKL_CBWR", "AUTO,STRICT")
