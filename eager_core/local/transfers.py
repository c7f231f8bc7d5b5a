"""Numbers on their way to the model's device."""

import numpy as np
import torch


def to_device(values: np.ndarray | torch.Tensor, device: torch.device) -> torch.Tensor:
    """Return `values` on `device`; they may be forgotten as soon as this returns.

    Only CUDA may copy on while Python goes on: it first takes ordinary memory into a buffer of its own. Others, Apple's
    MPS among them, read the memory later, when a temporary array has made way for something else.

    References:
        https://github.com/pytorch/pytorch/issues/139550
    """
    tensor = torch.from_numpy(np.ascontiguousarray(values)) if isinstance(values, np.ndarray) else values
    return tensor.to(device, non_blocking=device.type == "cuda")
