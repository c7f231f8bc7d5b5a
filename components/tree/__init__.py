"""The living tree: events become lanes, places, labels and small deltas for the page's store.

May enter: what decides where a token is drawn, how it reads and which colour it has.
Calls: frame. Called by: the inspector (labels), visitors (`growth.Growth`), files and experiments.
Everything here is arithmetic on events; nothing asks a model or knows a visitor.
"""
