#!/usr/bin/env python3
"""Writes the golden trace of a network with batch normalisation, normalization.json, with PyTorch in float64.

    python3 test/golden/make_golden_normalization.py [--subset test/fixtures/fashion-mnist-subset] [--out test/golden/fixtures]

Ten steps of plain SGD, one batch each, and then inference with the moving statistics. The network has convolutions with
padding 'same' and strides 1 and 2, without bias, a residual block, a depthwise convolution of stride 2, ReLU6, a concatenation
and global average pooling. One normalisation has groups of four images. Images, batches and draws are those of `make_golden.py`;
a parameter's value is float32(middle + draw).

Padding 'same' is TensorFlow's: of an odd number of zeros the larger part comes after. Batch statistics are computed here, and not
by PyTorch's module, because its running variance is the unbiased one; the moving variance is the population's, as in Keras:

    moving = moving * momentum + statistic * (1 - momentum)        a layer with groups does so once for each group, in order

The trace has the logits of batch 0, the mean loss before each step, every gradient of the first step, the norm of every
parameter's change and every moving statistic after the last, and logits and mean loss of batch 0 in inference then. Parameters
and gradients are in the layouts of `make_golden.py`, a depthwise kernel is [R, S, C]. The seed is chosen so that no ReLU is
within reach of its kinks, and the script checks it as `make_golden.py` does, with random errors of CONV_NOISE of the maximum
added to every convolution's output.
"""

import argparse
import json
import os

import numpy as np
import torch
from torch.nn import functional as F

import make_golden as golden

LEARNING_RATE, MOMENTUM, EPSILON = 0.02, 0.9, 1e-3
SEED = 2400
CONV_NOISE = 1e-6

LAYERS = [
    {"type": "input", "shape": [28, 28, 1]},
    {"type": "conv2d", "name": "stem", "filters": 8, "kernelSize": 5, "strides": 2, "padding": "same", "useBias": False},
    {"type": "batchNormalization", "name": "stem.bn"},
    {"type": "relu", "name": "start"},
    {"type": "conv2d", "name": "first", "filters": 8, "kernelSize": 3, "padding": "same", "useBias": False},
    {"type": "batchNormalization", "name": "first.bn"},
    {"type": "relu", "name": "first.relu"},
    {"type": "conv2d", "name": "second", "filters": 8, "kernelSize": 3, "padding": "same", "useBias": False},
    {"type": "batchNormalization", "name": "second.bn"},
    {"type": "add", "name": "sum", "inputs": ["second.bn", "start"]},
    {"type": "relu", "name": "block"},
    {"type": "depthwiseConv2d", "name": "depthwise", "kernelSize": 3, "strides": 2, "padding": "same", "useBias": False},
    {"type": "batchNormalization", "name": "depthwise.bn"},
    {"type": "relu6", "name": "depthwise.relu6"},
    {"type": "conv2d", "name": "pointwise", "filters": 16, "kernelSize": 1, "useBias": False},
    {"type": "batchNormalization", "name": "pointwise.bn"},
    {"type": "relu6", "name": "left"},
    {"type": "conv2d", "name": "strided", "inputs": ["block"], "filters": 16, "kernelSize": 3, "strides": 2, "padding": "same", "useBias": False},
    {"type": "batchNormalization", "name": "strided.bn", "groupSize": 4},
    {"type": "relu", "name": "right"},
    {"type": "concatenate", "name": "both", "inputs": ["left", "right"]},
    {"type": "globalAveragePooling2d", "name": "means"},
    {"type": "dense", "name": "scores", "units": 10},
    {"type": "softmax", "name": "probabilities"},
]
# Channels of the layers that have parameters.
CHANNELS = {"stem": 1, "first": 8, "second": 8, "depthwise": 8, "pointwise": 8, "strided": 8, "scores": 32}
NORMALIZED = {"stem.bn": 8, "first.bn": 8, "second.bn": 8, "depthwise.bn": 8, "pointwise.bn": 16, "strided.bn": 16}


def inputs_of(i):
    return LAYERS[i].get("inputs", [LAYERS[i - 1].get("name", "input")])


def parameter_table():
    """Name, shape, hash seed, limit and middle of every parameter, in the spec's order."""
    table = []

    def add(name, shape, limit, middle=0):
        table.append({"name": name, "shape": shape, "seed": SEED + len(table), "limit": limit, "middle": middle})

    for i, layer in enumerate(LAYERS):
        kind, name = layer["type"], layer.get("name")
        if kind == "conv2d":
            size, c, k = layer["kernelSize"], CHANNELS[name], layer["filters"]
            add(f"{name}/kernel", [size, size, c, k], (6 / (size * size * (c + k))) ** 0.5)
        elif kind == "depthwiseConv2d":
            add(f"{name}/kernel", [layer["kernelSize"]] * 2 + [CHANNELS[name]], 0.4)
        elif kind == "dense":
            add(f"{name}/kernel", [CHANNELS[name], layer["units"]], 0.1)
            add(f"{name}/bias", [layer["units"]], golden.BIAS_LIMIT)
        elif kind == "batchNormalization":
            # In front of ReLU6, values on both sides of zero and of six.
            gamma, beta = (2, 3) if LAYERS[i + 1]["type"] == "relu6" else (1, 0)
            add(f"{name}/gamma", [NORMALIZED[name]], 0.5, gamma)
            add(f"{name}/beta", [NORMALIZED[name]], 0.25, beta)
            add(f"{name}/movingMean", [NORMALIZED[name]], 0.5)
            add(f"{name}/movingVariance", [NORMALIZED[name]], 0.5, 1)
    return table


def draw(table, dtype):
    def values(p):
        drawn = golden.symmetric(p["shape"], p["seed"], p["limit"]).astype(np.float64)
        return torch.from_numpy((p["middle"] + drawn).astype(np.float32)).to(dtype)

    parameters = {p["name"]: values(p) for p in table}
    for name, tensor in parameters.items():
        tensor.requires_grad_("moving" not in name)
    return parameters


def convolve(x, kernel, layer, groups=1):
    """x [N, C, H, W]; a kernel [R, S, C ÷ groups, K]."""
    size, stride = layer["kernelSize"], layer.get("strides", 1)
    if layer.get("padding") == "same":
        sides = []
        for extent in (x.shape[3], x.shape[2]):
            total = max(0, (-(-extent // stride) - 1) * stride + size - extent)
            sides += [total // 2, total - total // 2]
        x = F.pad(x, sides)
    y = F.conv2d(x, kernel.permute(3, 2, 0, 1), stride=stride, groups=groups)
    if NOISE:
        y = y + (2 * torch.rand_like(y) - 1) * y.detach().abs().max() * NOISE
    return y


NOISE = 0


def normalize(x, parameters, layer, training):
    """x [N, C, H, W]; in training with the statistics of its groups, which also move the moving ones."""
    name = layer["name"]
    gamma, beta, moving_mean, moving_variance = (
        parameters[f"{name}/{role}"] for role in ("gamma", "beta", "movingMean", "movingVariance")
    )

    def affine(part, mean, variance):
        mean, variance, scale, offset = (v.reshape(1, -1, 1, 1) for v in (mean, variance, gamma, beta))
        return (part - mean) / (variance + EPSILON).sqrt() * scale + offset

    if not training:
        return affine(x, moving_mean, moving_variance)
    parts = []
    for part in x.split(layer.get("groupSize", len(x))):
        mean = part.mean((0, 2, 3))
        variance = part.var((0, 2, 3), unbiased=False)
        parts.append(affine(part, mean, variance))
        with torch.no_grad():
            moving_mean.mul_(MOMENTUM).add_(mean, alpha=1 - MOMENTUM)
            moving_variance.mul_(MOMENTUM).add_(variance, alpha=1 - MOMENTUM)
    return torch.cat(parts)


def forward(parameters, x, training):
    """Logits [N, Y] of x [N, H, W, C]."""
    values = {"input": x.permute(0, 3, 1, 2)}
    for i, layer in list(enumerate(LAYERS))[1:]:
        kind, name = layer["type"], layer["name"]
        xs = [values[source] for source in inputs_of(i)]
        x = xs[0]
        if kind == "conv2d":
            y = convolve(x, parameters[f"{name}/kernel"], layer)
        elif kind == "depthwiseConv2d":
            y = convolve(x, parameters[f"{name}/kernel"].unsqueeze(2), layer, groups=x.shape[1])
        elif kind == "batchNormalization":
            y = normalize(x, parameters, layer, training)
        elif kind == "relu":
            y = F.relu(x)
        elif kind == "relu6":
            y = F.relu6(x)
        elif kind == "add":
            y = xs[0] + xs[1]
        elif kind == "concatenate":
            y = torch.cat(xs, 1)
        elif kind == "globalAveragePooling2d":
            y = x.mean((2, 3))
        elif kind == "dense":
            y = x @ parameters[f"{name}/kernel"] + parameters[f"{name}/bias"]
        elif kind == "softmax":
            return x
        values[name] = y


def run(images, labels, dtype):
    table = parameter_table()
    parameters = draw(table, dtype)
    x = (torch.from_numpy(images).float() / 255).to(dtype).unsqueeze(3)
    y = torch.from_numpy(labels.astype(np.int64))
    learned = {name: w for name, w in parameters.items() if w.requires_grad}
    before = {name: w.detach().clone() for name, w in learned.items()}
    optimizer = torch.optim.SGD(learned.values(), lr=LEARNING_RATE)
    losses, first = [], None
    for step in range(golden.STEPS):
        rows = slice(step * golden.BATCH, (step + 1) * golden.BATCH)
        optimizer.zero_grad()
        logits = forward(parameters, x[rows], True)
        loss = F.cross_entropy(logits, y[rows])
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            first = {"logits": logits.detach(), "gradients": {name: w.grad.clone() for name, w in learned.items()}}
        optimizer.step()
    with torch.no_grad():
        inference = forward(parameters, x[: golden.BATCH], False)
        inference_loss = F.cross_entropy(inference, y[: golden.BATCH]).item()
    moving = {name: w for name, w in parameters.items() if name not in learned}
    change = {name: (w.detach() - before[name]).norm().item() for name, w in learned.items()}
    return {
        "parameters": table, **first, "losses": losses, "change": change, "moving": moving,
        "inference": inference, "inferenceLoss": inference_loss,
    }


def check_by_module(images):
    """PyTorch's own module gives the same outputs and, but for N ÷ (N − 1), the same moving variance."""
    torch.manual_seed(0)
    x = torch.randn(12, 3, 5, 4, dtype=torch.float64)
    module = torch.nn.BatchNorm2d(3, eps=EPSILON, momentum=1 - MOMENTUM, dtype=torch.float64)
    zeros, ones = torch.zeros(3, dtype=torch.float64), torch.ones(3, dtype=torch.float64)
    own = {"l/gamma": ones, "l/beta": zeros, "l/movingMean": zeros.clone(), "l/movingVariance": ones.clone()}
    assert golden.distance(normalize(x, own, {"name": "l"}, True), module(x).detach()) < 1e-12
    assert golden.distance(own["l/movingMean"], module.running_mean) < 1e-12
    count = x.numel() / 3
    unbiased = (own["l/movingVariance"] - MOMENTUM) * count / (count - 1) + MOMENTUM
    assert golden.distance(unbiased, module.running_var) < 1e-12


def differences(result, exact):
    """The largest of gradients and of everything else, as shares of the largest value of a tensor or of the loss."""
    gradients = max(golden.distance(g, exact["gradients"][name]) for name, g in result["gradients"].items())
    losses = max(abs(a / b - 1) for a, b in zip(result["losses"], exact["losses"]))
    moving = max(golden.distance(w, exact["moving"][name]) for name, w in result["moving"].items())
    return {
        "gradients": gradients, "losses": losses, "moving": moving, "logits": golden.distance(result["logits"], exact["logits"]),
        "inference": golden.distance(result["inference"], exact["inference"]),
    }


def sensitivity(images, labels, exact, trials=8):
    global NOISE
    NOISE = CONV_NOISE
    torch.manual_seed(0)
    found = [differences(run(images, labels, torch.float64), exact) for _ in range(trials)]
    NOISE = 0
    return {name: max(f[name] for f in found) for name in found[0]}


def rounded(tensor):
    """A tensor's elements, row-major, as the shortest decimals of their float32."""
    return [float(str(value)) for value in tensor.reshape(-1).float().numpy()]


def stored(value):
    if isinstance(value, torch.Tensor):
        return rounded(value)
    if isinstance(value, dict):
        return {name: stored(inner) for name, inner in value.items()}
    return value


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subset", default=os.path.join(here, "..", "fixtures", "fashion-mnist-subset"))
    parser.add_argument("--out", default=os.path.join(here, "fixtures"))
    options = parser.parse_args()
    images, labels = golden.read_images(options.subset)
    check_by_module(images)
    exact = run(images, labels, torch.float64)
    print("losses", exact["losses"], "inference", exact["inferenceLoss"])
    print("float32 differs by", differences(run(images, labels, torch.float32), exact))
    found = sensitivity(images, labels, exact)
    print("with errors in the convolutions:", found)
    assert found["gradients"] < 5e-5 and max(found[name] for name in found if name != "gradients") < 2e-5
    index = {
        "format": "selvedge-golden-normalization",
        "version": 1,
        "framework": f"pytorch {torch.__version__}",
        "computedIn": "float64",
        "batchSize": golden.BATCH,
        "learningRate": LEARNING_RATE,
        "layers": LAYERS,
        **stored(exact),
    }
    # A line for each entry of a list or table, so that a change can be read.
    with open(os.path.join(options.out, "normalization.json"), "w") as file:
        entries = []
        for name, value in index.items():
            lines = [json.dumps(value)]
            if isinstance(value, dict):
                lines = ["{\n" + ",\n".join(f"    {json.dumps(k)}: {json.dumps(v)}" for k, v in value.items()) + "\n  }"]
            elif name in ("layers", "parameters"):
                lines = ["[\n" + ",\n".join("    " + json.dumps(v) for v in value) + "\n  ]"]
            entries.append(f"  {json.dumps(name)}: {lines[0]}")
        file.write("{\n" + ",\n".join(entries) + "\n}\n")


if __name__ == "__main__":
    main()
