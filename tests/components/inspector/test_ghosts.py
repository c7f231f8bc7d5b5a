"""A ghost is told of as a node is, but nothing grows from it, and it is said not to be there."""

import json

from components.inspector.ghosts import NO_RUN, inspect_ghost
from components.tree.drawing import Drawing
from components.tree.growth import Growth
from eager_core import Exploration, Settings
from tests.scripted_engine import ScriptedEngine, hashed_logprobs


def test_a_ghost_keeps_what_is_known_of_it():
    exploration = Exploration(ScriptedEngine(hashed_logprobs(30)), "hello")
    drawing = Drawing()
    Growth(1, drawing).take(exploration.run(Settings(theta=0.8, max_sequences=5, max_new_tokens=12)))
    number = drawing.num_places
    Growth(2, drawing).take(exploration.run(Settings(theta=3.0, max_sequences=5, max_new_tokens=3)))
    for place in range(1, number):
        told = inspect_ghost(drawing, place, exploration.tree.started, exploration)
        token = drawing.tokens[place]
        assert (told["id"], told["run"], told["can_grow"]) == (-place, NO_RUN, False)
        assert told["why"].startswith("Not in the present tree: an earlier run took this token, ")
        assert ["rank", str(token.rank)] in told["facts"]
        assert told["figure"] is not None and all(choice["node"] is None for choice in told["choices"])
        json.dumps(told)


def test_without_a_model_the_token_itself_is_told():
    exploration = Exploration(ScriptedEngine(hashed_logprobs(30)), "hello")
    drawing = Drawing()
    Growth(1, drawing).take(exploration.run(Settings(max_new_tokens=4)))
    told = inspect_ghost(drawing, 2, exploration.tree.started)
    assert told["figure"] is None and told["facts"]
