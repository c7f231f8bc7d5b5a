"""State -> figures, rows and text, and the Gradio parts of our own. No torch, no model.

Rooms from the lowest floor up; each imports from its own floor and those below (a test holds it), and each has the
name of its scripts' folder in assets/page:

    frame        what every part of the page stands in: controls, look, notices, the base of our views
    tree         the living tree: where its tokens are drawn, and what of it travels to the page
    inspector    everything that is said of one token
    time         the scrubber
    visitors     sessions, runs on their way to the page, loaded engines
    comparing    two trees beside each other, one of them pinned
    sequences    what is said of a run as a whole: sequences, entropies, cost, what went wrong
    files        trees and results that are saved and opened
    experiments  many prompts
    sweeps       many settings over many prompts; theta for a goal

`page_facts` stands above all of them: what Python and the scripts must agree on, from every room.
"""
