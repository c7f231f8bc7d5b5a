"""The strategies as the page names them, wherever it offers them, and which of them never fork."""

STRATEGY_NAMES = {
    "paper": "EAGer (paper)",
    "reference": "EAGer (authors' code)",
    "percentile": "Percentile",
    "parallel": "Parallel samples",
    "greedy": "Greedy",
}

NEVER_FORK = frozenset({"parallel", "greedy"})
"""Baselines: they compare nothing with theta, and are no strategies of an experiment, which measures against them."""
