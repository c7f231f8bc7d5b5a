"""Two trees on the page: A, which is pinned and stays as it was, and B, the one that the controls grow.

May enter: what pins a tree, what is told of the two beside each other, the pinned run in the page's address, and both
in one file. Calls: visitors, tree, inspector, frame and `eager_core.comparing`. Called by: files and app.py.
"""
