"""Which weights a model has, told from a few of them, so that two models of one name are never taken for one."""

import json
from hashlib import blake2b

import torch
from transformers import PreTrainedModel

_VALUES_PER_TENSOR = 64
_OF_THE_FILES = ("_name_or_path", "transformers_version", "dtype", "torch_dtype")
"""What a configuration says of where it was read and how, and not of what the model computes."""


def weights_digest(model: PreTrainedModel) -> str:
    """Return a hash, in hexadecimal, of the configuration, of all tensors' names and shapes, and of 64 values of each.

    Training changes about every value of a tensor that it changes at all, so that these few tell. Costs one small copy
    from the model's device. The same weights in another precision have another digest.
    """
    digest = blake2b(digest_size=16)
    config = {name: value for name, value in model.config.to_diff_dict().items() if name not in _OF_THE_FILES}
    digest.update(json.dumps(config, sort_keys=True, default=str).encode())
    samples = []
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tuple(tensor.shape)}".encode())
        values = tensor.detach().reshape(-1)
        step = max(1, values.numel() // _VALUES_PER_TENSOR)
        samples.append(values[::step][:_VALUES_PER_TENSOR].to(torch.float32))
    if samples:
        digest.update(torch.cat(samples).cpu().numpy().tobytes())
    return digest.hexdigest()
