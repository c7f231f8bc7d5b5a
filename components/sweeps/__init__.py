"""Sweeps and calibrations on the page: a grid of theta and M over a task set, and the theta that a goal asks for.

May enter: the form, the walk of a sweep for one visitor, what the page is told of it, and what is chosen from it.
Calls: experiments, files, visitors, frame, `eager_core.sweeps` and `eager_core.calibration`. Called by: app.py.
"""
