#!/usr/bin/env python3
"""The gradient of the target's logit, as an explainer for faultline:

    faultline audit --model lenet.pt --data mnist --explainer 'external:command=(python3 examples/python/saliency.py)'

--smooth=N averages it over N noisy copies of each input (SmoothGrad, Smilkov et al. 2017), to show what seeds are for.
"""
import argparse

import torch
from faultline_explainer import serve

parser = argparse.ArgumentParser()
parser.add_argument("--smooth", type=int, default=0)
options = parser.parse_args()


def gradient(model, inputs, targets):
    inputs = inputs.clone().requires_grad_(True)
    logits = model(inputs)
    logits.gather(1, targets.unsqueeze(1)).sum().backward()
    return inputs.grad


def explain(model, inputs, targets, seeds):
    if options.smooth == 0:
        return gradient(model, inputs, targets)
    # A generator a sample: its noise depends on its seed alone, not on what else is asked for.
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    total = torch.zeros_like(inputs)
    for _ in range(options.smooth):
        noise = torch.stack([torch.randn(x.shape, generator=g, dtype=x.dtype) for x, g in zip(inputs, generators)])
        total += gradient(model, inputs + 0.15 * noise, targets)
    return total / options.smooth


serve(explain)
