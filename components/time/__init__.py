"""The scrubber that shows the tree as it stood after any step.

All of it happens in the page, whose store has the order in which nodes came; see assets/page/time.
May enter: what Python has to say of moments of a run. Calls: frame. Called by: app.py.
"""
