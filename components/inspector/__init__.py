"""Everything that is said of one token: its alternatives, its dice, and why it did or did not fork.

May enter: what is told of a single node or ghost, as JSON values and Plotly figures; the page sets them as text.
Calls: tree and frame, and an exploration for predictions that are known. Called by: visitors and files.
What may wait for the model is called from waiting threads only (`visitors.pacing`).
"""
