"""The frame: what every other part of the page stands in.

Controls and their scales, the page's look, its files, short notices, keys, and the base class of our views.
May enter: whatever several rooms show or ask alike, and knows nothing of trees, runs or visitors.
Calls: `eager_core` alone. Called by: every room above, and app.py.
"""
