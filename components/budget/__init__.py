"""The page's experiment: many prompts, what easy ones save, and who gets it."""
