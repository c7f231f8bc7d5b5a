"""The thresholds of stage 2 for prompts that failed without reaching M."""

MOST_RETRIES = 3
"""Reruns of one prompt under the reference rules. Neither paper nor code bounds them otherwise than by success."""


def retry_thetas(theta: float, lowers_theta: bool, rules: str) -> tuple[float, ...]:
    """Return the theta of each rerun that a prompt may have, in nats; a success ends them early.

    The paper runs a prompt once more: at 0.8 theta if it failed below M, else at theta. The authors' code lowers theta
    by 20 % at each retry, and by another 10 % after two.
    """
    if not lowers_theta:
        return (theta,)
    if rules == "paper":
        return (0.8 * theta,)
    thetas = []
    for retry in range(1, MOST_RETRIES + 1):
        theta *= 0.8 if retry <= 2 else 0.8 * 0.9
        thetas.append(theta)
    return tuple(thetas)
