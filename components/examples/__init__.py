"""The trees that come with the page: shown at once, with no model, where prompt and settings are theirs.

May enter: what finds a bundled tree, and what shows it in the place of a run. Calls: files, to put it on the page, and
visitors, to run what is not bundled. Called by: app, which says where the files are.
"""
