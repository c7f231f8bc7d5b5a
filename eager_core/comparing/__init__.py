"""Two trees side by side: what they share, where they part first and why, and what each cost."""

from eager_core.comparing.alignment import Alignment, align
from eager_core.comparing.comparison import Comparison, Difference, compare
from eager_core.comparing.divergence import Cause, Divergence, first_divergence

__all__ = ["Alignment", "Cause", "Comparison", "Difference", "Divergence", "align", "compare", "first_divergence"]
