"""What the sliders would give elsewhere: curves, intervals, and looking ahead while nobody asks.

May enter: what tells a page of the neighbourhood of a run that has ended, and what explores it unasked.
Calls: frame, `eager_core.what_if` and `eager_core.anticipation`. Called by: visitors, app.py.
"""
