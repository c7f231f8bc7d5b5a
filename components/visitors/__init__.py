"""Who is on the page: sessions, their runs on the way to them, and the engines that they share.

May enter: what belongs to one visitor, decides which run is the newest, or keeps work off the event loop.
Calls: inspector, what_if, tree, frame and `eager_core.exploration`. Called by: comparing, sequences, files,
experiments, app.py.
Visitors share nothing but engines.
"""
