"""No test talks to the Hugging Face Hub: set before anything imports its client, which reads this once."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"
