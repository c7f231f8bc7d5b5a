"""What must be set before libraries are imported, which read it once."""

import os

from hypothesis import HealthCheck, settings

# No test talks to the Hugging Face Hub.
os.environ["HF_HUB_OFFLINE"] = "1"

# As `eager_core.load_engine` does, for tests that import torch before they call it.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")
os.environ.setdefault("MKL_CBWR", "AUTO,STRICT")

# How long an example takes says how busy the machine is, and nothing of what is tested.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
