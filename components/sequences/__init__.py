"""What is said of a run as a whole: its sequences as text, its entropies, its cost, and what went wrong in it.

Most of it is drawn in the page from the tree's own store; see assets/page/sequences.
May enter: views over all sequences, and what Python finds in a finished run.
Calls: visitors, frame and `eager_core.diagnosis`. Called by: app.py.
"""
