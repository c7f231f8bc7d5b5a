"""Trees that leave the page and come back: traces, GraphML, a web page of their own, downloads.

May enter: whatever writes or reads a file for a reader. Nothing in a file is ever evaluated.
Calls: comparing, visitors, tree, inspector, frame and `eager_core.traces`. Called by: experiments (downloads, opening a
prompt's tree) and app.py.
"""
