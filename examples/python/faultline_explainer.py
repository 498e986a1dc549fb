"""The loop that answers faultline's requests, around a function of yours: import it and call serve(explain).

explain(model, inputs, targets, seeds) -> maps
    model    the network, torch.jit.load(path), in evaluation mode and in the inputs' dtype
    inputs   tensor [N, ...], without a gradient yet
    targets  tensor [N] of classes to be explained
    seeds    list of N integers, one a sample: whatever is random about a sample's map must come from its own
    maps     tensor or array of the inputs' shape (or [N, 1, H, W] where the spec says single-channel=1)

The protocol is docs/reference/external-explainers.md. Needs torch and numpy, and nothing else.
"""
import json
import os
import sys
import traceback

import numpy
import torch


def serve(explain):
    # Answers go to the stdout that faultline reads; what anybody prints goes to stderr, where it does no harm.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    torch.set_num_threads(1)  # sums in another order are other numbers
    models = {}
    for line in sys.stdin:
        request = json.loads(line)
        answer = {"request": request["request"]}
        try:
            if request["faultline"] != 1:
                raise ValueError(f"protocol version {request['faultline']}, and this adapter speaks 1")
            inputs = torch.from_numpy(numpy.load(request["inputs"]))
            targets = torch.from_numpy(numpy.load(request["targets"]))
            key = request["model"], inputs.dtype
            if key not in models:
                models[key] = torch.jit.load(request["model"]).to(inputs.dtype).eval()
            maps = explain(models[key], inputs, targets, request["seeds"])
            if isinstance(maps, torch.Tensor):
                maps = maps.detach().cpu().numpy()
            numpy.save(request["maps"], maps)
        except Exception as error:
            traceback.print_exc()  # its last line stands beside the sample in the report
            answer["error"] = f"{type(error).__name__}: {error}"
        print(json.dumps(answer), file=answers, flush=True)
