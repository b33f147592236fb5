#!/usr/bin/env python3
"""Times one network in PyTorch, or its inference in ONNX Runtime. One argument, a request in JSON; one line of JSON comes out.

{"spec": [...], "batch": 128, "threads": 2, "mode": "eager", "steps": 20, "sizes": [1, 128], "seconds": 1}
"""

import json
import os
import statistics
import sys
import tempfile
import time

import torch
from torch.nn import functional as F

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from torch_network import Network  # noqa: E402

REQUEST = json.loads(sys.argv[1])
WARM_UP = 4


def images(count):
    """Random bytes, half of them zero."""
    height, width, channels = REQUEST["spec"][0]["shape"]
    x = torch.randint(-255, 256, (count, channels, height, width)).clamp_(min=0)
    return x.to(torch.uint8), torch.randint(0, 10, (count,))


def prepared(x):
    x = x.float().div_(255)
    return x.contiguous(memory_format=torch.channels_last) if REQUEST["mode"] == "channels_last" else x


def make_network():
    network = Network(REQUEST["spec"])
    if REQUEST["mode"] == "channels_last":
        network = network.to(memory_format=torch.channels_last)
    return network


def train():
    network = make_network()
    network.train()
    run = torch.compile(network) if REQUEST["mode"] == "compiled" else network
    adam = torch.optim.Adam(network.parameters(), lr=0.001, eps=1e-7, fused=True)
    batch = REQUEST["batch"]
    x, labels = images(4 * batch)
    seconds = []
    for step in range(WARM_UP + REQUEST["steps"]):
        rows = (torch.randperm(batch) + step * batch) % len(x)
        began = time.perf_counter()
        truth = labels[rows]
        logits = run(prepared(x[rows]))
        loss = F.cross_entropy(logits, truth)
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        assert loss.item() == loss.item()
        (logits.argmax(1) == truth).sum().item()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds[WARM_UP:]) / batch * 1e6


def runner(size):
    """What answers a batch: of the module, traced and folded, or of ONNX Runtime."""
    network = make_network().eval()
    if REQUEST["mode"] == "onnxruntime":
        import onnxruntime

        example = prepared(images(size)[0])
        with tempfile.NamedTemporaryFile(suffix=".onnx") as file:
            torch.onnx.export(network, (example,), file.name, input_names=["x"], dynamo=False)
            settings = onnxruntime.SessionOptions()
            settings.intra_op_num_threads = REQUEST["threads"]
            session = onnxruntime.InferenceSession(file.name, settings, providers=["CPUExecutionProvider"])
        # PyTorch's own threads would wait actively beside those of ONNX Runtime and slow them down threefold.
        torch.set_num_threads(1)
        return lambda x: session.run(None, {"x": x.numpy()})
    if REQUEST["mode"] == "traced":
        return torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(network, prepared(images(size)[0]))))
    return torch.compile(network) if REQUEST["mode"] == "compiled" else network


@torch.no_grad()
def infer(size):
    run = runner(size)
    x, _ = images(4 * size)
    seconds, started, row = [], time.perf_counter(), 0
    while len(seconds) < WARM_UP + 3 or time.perf_counter() - started < REQUEST["seconds"]:
        began = time.perf_counter()
        run(prepared(x[row : row + size]))
        seconds.append(time.perf_counter() - began)
        row = (row + size) % len(x)
    return statistics.median(seconds[WARM_UP:]) / size * 1e6


torch.set_num_threads(REQUEST["threads"])
torch.manual_seed(0)
answer = {"version": torch.__version__}
if REQUEST.get("steps"):
    answer["train"] = train()
if REQUEST.get("sizes"):
    answer["infer"] = {str(size): infer(size) for size in REQUEST["sizes"]}
print(json.dumps(answer))
