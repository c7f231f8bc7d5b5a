"""State -> figures, rows and text, and the Gradio parts of our own. No torch, no model."""
