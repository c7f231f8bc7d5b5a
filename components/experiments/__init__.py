"""Experiments on the page: many prompts, what easy ones save, and who gets it.

May enter: the form, the run of an experiment for one visitor, and its report: tiles, pot, table and plots as deltas.
Calls: files, visitors, tree, frame and `eager_core.experiment`. Called by: app.py.
"""
