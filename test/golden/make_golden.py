#!/usr/bin/env python3
"""Writes the golden training trace, golden.json and golden.bin.gz, computed with PyTorch on the CPU.

    python3 test/golden/make_golden.py [--subset test/fixtures/fashion-mnist-subset] [--out test/golden/fixtures]

Every figure is computed in float64 from float32 inputs and weights, and only then rounded for storage: the trace is the true
value that a float32 implementation is measured against, not another float32 implementation's opinion. The script also runs
itself in float32 and prints how far that is from the trace.

Weights, masks and the small networks' inputs are not stored. Both sides draw them from one hash of an element's index `i`
(row-major in the layouts below) and a seed, all on unsigned 32-bit integers:

    x = i * 0x9E3779B9 + seed
    x ^= x >> 16;  x *= 0x7FEB352D;  x ^= x >> 15;  x *= 0x846CA68B;  x ^= x >> 16
    u = (x >> 8) * 2**-24                              uniform in [0, 1)
    weight = float32((u - 0.5) * 2 * limit)            the product in float64
    mask   = u >= 0.5                                  kept, and multiplied by 2

A float32 implementation that rounds in another order may move a ReLU across its kink or prefer another of two nearly equal
values in a pooling window; one such flip changes a gradient by some 1e-4 of its maximum although nothing is wrong. The seeds
are therefore chosen so that batch 0 has no such place within reach, and the script checks it: with random errors added to every
convolution's output, 2e-7 of its maximum for one input channel and 1e-6 for more, no gradient moves by more than 1e-5 of its maximum,
and no loss of the ten, later batches included, by more than 5e-5 of itself.

Layouts: activations [N, H, W, C], convolution kernels [R, S, C, K], dense kernels [in, out], flatten in H, W, C order.
The limit of a kernel is Glorot's, sqrt(6 / (fan in + fan out)); biases have 0.05.

Parts:
    seed             batch 0, no dropout: logits, mean loss, every gradient; then ten steps of Adam in Keras' form, one batch
                     each: the loss before each step, and sum and norm of every parameter after the last.
                     Batch b is images 12 b to 12 b + 11 of the committed subset's training images, pixels / 255 in float32.
    masked           batch 0 with given dropout masks: logits, loss, every gradient
    small            odd shapes: logits, loss, every gradient, the input's included
    smallAsymmetric  the same with a padding that differs on the four sides

golden.json says where each tensor lies in the unzipped binary file, little-endian. "float32" is stored as it is; "int16" holds
round(value / scale) with scale = max|value| / 32767, so that its error is at most 1.53e-5 of the tensor's maximum; "stride": s
means that elements 0, s, 2s, ... of the flat tensor are stored, and sum and norm of the whole stand beside it.
"""

import argparse
import gzip
import hashlib
import json
import math
import os

import numpy as np
import torch
from torch.nn import functional as F

BATCH, STEPS = 12, 10
LEARNING_RATE, BETA1, BETA2, EPSILON = 0.001, 0.9, 0.999, 1e-7
BIAS_LIMIT = 0.05
SMALL_BATCH = 5
WEIGHT_SEED, MASK_SEED, SMALL_SEED, SMALL_INPUT_SEED = 5170, 100120, 100, 200
CONV_NOISE = {1: 2e-7, 32: 1e-6}
MASKED_STRIDE = 7

SEED_LAYERS = [
    {"type": "input", "shape": [28, 28, 1]},
    {"type": "zeroPadding2d", "padding": 1},
    {"type": "conv2d", "filters": 32, "kernelSize": 3},
    {"type": "relu"},
    {"type": "dropout", "rate": 0.5},
    {"type": "maxPooling2d", "poolSize": 2},
    {"type": "zeroPadding2d", "padding": 1},
    {"type": "conv2d", "filters": 64, "kernelSize": 3},
    {"type": "relu"},
    {"type": "dropout", "rate": 0.5},
    {"type": "maxPooling2d", "poolSize": 2},
    {"type": "flatten"},
    {"type": "dense", "units": 128},
    {"type": "relu"},
    {"type": "dropout", "rate": 0.5},
    {"type": "dense", "units": 10},
    {"type": "softmax"},
]


def small_layers(padding):
    return [
        {"type": "input", "shape": [9, 7, 3]},
        {"type": "conv2d", "filters": 5, "kernelSize": [3, 2], "strides": [2, 1]},
        {"type": "relu"},
        {"type": "zeroPadding2d", "padding": padding},
        {"type": "conv2d", "filters": 6, "kernelSize": 2},
        {"type": "maxPooling2d", "poolSize": 2, "strides": 1},
        {"type": "relu"},
        {"type": "flatten"},
        {"type": "dense", "units": 7},
        {"type": "relu"},
        {"type": "dense", "units": 4},
        {"type": "softmax"},
    ]


def hash32(count, seed):
    x = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9) + np.uint32(seed)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


def uniform(count, seed):
    return (hash32(count, seed) >> np.uint32(8)).astype(np.float64) * 2.0**-24


def symmetric(shape, seed, limit):
    """float32 values in [-limit, limit) of the given shape."""
    return ((uniform(math.prod(shape), seed) - 0.5) * 2 * limit).astype(np.float32).reshape(shape)


def pair(value):
    return (value, value) if isinstance(value, int) else tuple(value)


def sides(padding):
    """[[top, bottom], [left, right]] of a padding written as n, [h, w] or that."""
    height, width = pair(padding)
    return pair(height), pair(width)


def windows(size, window, stride):
    return (size - window) // stride + 1


def parameter_table(layers, first_seed):
    """Name, shape, hash seed and limit of every parameter, in the spec's order."""
    table, counts = [], {}
    shape = layers[0]["shape"]
    for layer in layers[1:]:
        kind = layer["type"]
        counts[kind] = counts.get(kind, 0) + 1
        if kind == "zeroPadding2d":
            (top, bottom), (left, right) = sides(layer["padding"])
            shape = [shape[0] + top + bottom, shape[1] + left + right, shape[2]]
        elif kind == "maxPooling2d":
            pool = pair(layer["poolSize"])
            stride = pair(layer.get("strides", pool))
            shape = [windows(shape[0], pool[0], stride[0]), windows(shape[1], pool[1], stride[1]), shape[2]]
        elif kind == "flatten":
            shape = [math.prod(shape)]
        elif kind in ("conv2d", "dense"):
            if kind == "conv2d":
                (r, s), stride, k = pair(layer["kernelSize"]), pair(layer.get("strides", 1)), layer["filters"]
                kernel, fans = [r, s, shape[2], k], r * s * (shape[2] + k)
                shape = [windows(shape[0], r, stride[0]), windows(shape[1], s, stride[1]), k]
            else:
                kernel, fans = [shape[0], layer["units"]], shape[0] + layer["units"]
                shape = [layer["units"]]
            for role, size, limit in (("kernel", kernel, math.sqrt(6 / fans)), ("bias", kernel[-1:], BIAS_LIMIT)):
                table.append({"name": f"{kind}_{counts[kind]}/{role}", "shape": size, "seed": first_seed + len(table), "limit": limit})
    return table


def draw(table, dtype):
    tensors = {p["name"]: torch.from_numpy(symmetric(p["shape"], p["seed"], p["limit"])).to(dtype) for p in table}
    for tensor in tensors.values():
        tensor.requires_grad_()
    return tensors


def forward(layers, parameters, x, masks=None):
    """Logits [N, Y] of x [N, H, W, C]. Without masks, dropout passes its input through. Softmax belongs to the loss."""
    x = x.permute(0, 3, 1, 2)
    counts = {}
    for layer in layers[1:]:
        kind = layer["type"]
        counts[kind] = counts.get(kind, 0) + 1
        name = f"{kind}_{counts[kind]}"
        if kind == "zeroPadding2d":
            (top, bottom), (left, right) = sides(layer["padding"])
            x = F.pad(x, (left, right, top, bottom))
        elif kind == "conv2d":
            kernel = parameters[name + "/kernel"].permute(3, 2, 0, 1)
            x = F.conv2d(x, kernel, parameters[name + "/bias"], stride=pair(layer.get("strides", 1)))
        elif kind == "relu":
            x = F.relu(x)
        elif kind == "dropout" and masks is not None:
            sizes = x.permute(0, 2, 3, 1).shape if x.ndim == 4 else x.shape
            kept = uniform(math.prod(sizes), masks[name]).reshape(sizes) >= 0.5
            kept = torch.from_numpy(kept).to(x.dtype)
            x = x * (kept.permute(0, 3, 1, 2) if x.ndim == 4 else kept) / (1 - layer["rate"])
        elif kind == "maxPooling2d":
            pool = pair(layer["poolSize"])
            x = F.max_pool2d(x, pool, pair(layer.get("strides", pool)))
        elif kind == "flatten":
            x = x.permute(0, 2, 3, 1).flatten(1)
        elif kind == "dense":
            x = x @ parameters[name + "/kernel"] + parameters[name + "/bias"]
    return x


def differentiate(layers, parameters, x, labels, masks=None):
    """Logits, mean cross-entropy and the gradient of every parameter, and of x if it asks for one."""
    for tensor in parameters.values():
        tensor.grad = None
    logits = forward(layers, parameters, x, masks)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    gradients = {name: tensor.grad.clone() for name, tensor in parameters.items()}
    if x.requires_grad:
        gradients["input"] = x.grad.clone()
    return {"logits": logits.detach(), "loss": loss.item(), "gradients": gradients}


@torch.no_grad()
def keras_adam(parameters, moments, t):
    rate = LEARNING_RATE * math.sqrt(1 - BETA2**t) / (1 - BETA1**t)
    for name, w in parameters.items():
        m, v = moments[name]
        m.mul_(BETA1).add_(w.grad, alpha=1 - BETA1)
        v.mul_(BETA2).addcmul_(w.grad, w.grad, value=1 - BETA2)
        w -= rate * m / (v.sqrt() + EPSILON)


def run_seed(images, labels, dtype):
    table = parameter_table(SEED_LAYERS, WEIGHT_SEED)
    parameters = draw(table, dtype)
    x = (torch.from_numpy(images).float() / 255).to(dtype).unsqueeze(3)
    y = torch.from_numpy(labels.astype(np.int64))
    moments = {name: (torch.zeros_like(w), torch.zeros_like(w)) for name, w in parameters.items()}
    first, losses, difference = None, [], 0.0
    for step in range(STEPS):
        rows = slice(step * BATCH, (step + 1) * BATCH)
        result = differentiate(SEED_LAYERS, parameters, x[rows], y[rows])
        losses.append(result["loss"])
        if step == 0:
            first = result
            twins = [w.detach().clone() for w in parameters.values()]
            for twin, w in zip(twins, parameters.values()):
                twin.grad = w.grad.clone()
            torch.optim.Adam(twins, lr=LEARNING_RATE, betas=(BETA1, BETA2), eps=EPSILON).step()
        keras_adam(parameters, moments, step + 1)
        if step == 0:
            difference = max((w - twin).abs().max().item() for w, twin in zip(parameters.values(), twins))
    after = {name: checksum(w.detach()) for name, w in parameters.items()}
    return {**first, "parameters": table, "losses": losses, "after": after, "adamDifference": difference}


def run_masked(images, labels, dtype):
    table = parameter_table(SEED_LAYERS, WEIGHT_SEED)
    x = (torch.from_numpy(images[:BATCH]).float() / 255).to(dtype).unsqueeze(3)
    y = torch.from_numpy(labels[:BATCH].astype(np.int64))
    masks = {f"dropout_{d + 1}": MASK_SEED + d for d in range(3)}
    return {**differentiate(SEED_LAYERS, draw(table, dtype), x, y, masks), "parameters": table, "masks": masks}


def run_small(padding, dtype):
    layers = small_layers(padding)
    table = parameter_table(layers, SMALL_SEED)
    shape = [SMALL_BATCH, *layers[0]["shape"]]
    x = torch.from_numpy(symmetric(shape, SMALL_INPUT_SEED, 1)).to(dtype).requires_grad_()
    labels = [n % 4 for n in range(SMALL_BATCH)]
    result = differentiate(layers, draw(table, dtype), x, torch.tensor(labels))
    drawn = {"shape": shape, "seed": SMALL_INPUT_SEED, "limit": 1}
    return {**result, "layers": layers, "labels": labels, "input": drawn, "parameters": table}


def run_all(images, labels, dtype):
    return {
        "seed": run_seed(images, labels, dtype),
        "masked": run_masked(images, labels, dtype),
        "small": run_small([1, 2], dtype),
        "smallAsymmetric": run_small([[1, 0], [0, 2]], dtype),
    }


def checksum(tensor):
    return {"sum": tensor.double().sum().item(), "norm": tensor.double().norm().item()}


class Binary:
    def __init__(self):
        self.data = bytearray()

    def add(self, tensor, encoding="float32", stride=1):
        entry = {"shape": list(tensor.shape), "encoding": encoding, "offset": len(self.data)}
        values = tensor.double().reshape(-1).numpy()
        if stride > 1:
            entry = {**entry, "stride": stride, **checksum(tensor)}
            values = values[::stride]
        if encoding == "int16":
            entry["scale"] = float(np.abs(values).max() / 32767)
            self.data += np.rint(values / entry["scale"]).astype("<i2").tobytes()
        else:
            self.data += values.astype("<f4").tobytes()
        self.data += bytes(-len(self.data) % 4)
        return entry


def place(binary, part, result):
    def encoding(name):
        if name != "dense_1/kernel" or part.startswith("small"):
            return {}
        return {"encoding": "int16"} if part == "seed" else {"stride": MASKED_STRIDE}

    placed = {name: value for name, value in result.items() if name != "adamDifference"}
    placed["logits"] = binary.add(result["logits"])
    placed["gradients"] = {name: binary.add(g, **encoding(name)) for name, g in result["gradients"].items()}
    return placed


def distance(a, b):
    return ((a.double() - b.double()).abs().max() / b.double().abs().max()).item()


def report(exact, single):
    for part, result in exact.items():
        other = single[part]
        print(f"{part}: float32 against the trace, max|a-b| / max|b|")
        print(f"  logits {distance(other['logits'], result['logits']):.1e}, loss {result['loss']:.7f} {abs(other['loss'] / result['loss'] - 1):.1e}")
        for name, gradient in result["gradients"].items():
            print(f"  {name} {distance(other['gradients'][name], gradient):.1e}, largest {gradient.abs().max().item():.3g}")
        if part == "seed":
            print("  ten losses", max(abs(a / b - 1) for a, b in zip(other["losses"], result["losses"])))
            print("  ", result["losses"])
            print("  norms after", max(abs(other["after"][n]["norm"] / c["norm"] - 1) for n, c in result["after"].items()))
            print(f"  Keras' Adam and PyTorch's after step 1: weights differ by up to {result['adamDifference']:.2e}")


def sensitivity(images, labels, trials=8):
    """The largest change of any gradient and of any of the ten losses under errors of CONV_NOISE in the convolutions."""
    convolve = F.conv2d

    def noisy(x, *rest, **options):
        y = convolve(x, *rest, **options)
        return y + (2 * torch.rand_like(y) - 1) * y.detach().abs().max() * CONV_NOISE.get(x.shape[1], 1e-6)

    exact = run_all(images, labels, torch.float64)
    gradients, losses = 0.0, 0.0
    torch.manual_seed(0)
    F.conv2d = noisy
    for _ in range(trials):
        for part, result in run_all(images, labels, torch.float64).items():
            expected = exact[part]
            gradients = max(gradients, *(distance(g, expected["gradients"][name]) for name, g in result["gradients"].items()))
            if part == "seed":
                losses = max(losses, *(abs(a / b - 1) for a, b in zip(result["losses"], expected["losses"])))
    F.conv2d = convolve
    return gradients, losses


def read_images(folder):
    def read(name):
        with gzip.open(os.path.join(folder, name), "rb") as file:
            return file.read()

    images = np.frombuffer(read("train-images-idx3-ubyte.gz"), np.uint8, offset=16).reshape(-1, 28, 28)
    labels = np.frombuffer(read("train-labels-idx1-ubyte.gz"), np.uint8, offset=8)
    return images[: BATCH * STEPS].copy(), labels[: BATCH * STEPS].copy()


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subset", default=os.path.join(here, "..", "fixtures", "fashion-mnist-subset"))
    parser.add_argument("--out", default=os.path.join(here, "fixtures"))
    options = parser.parse_args()
    images, labels = read_images(options.subset)
    exact = run_all(images, labels, torch.float64)
    report(exact, run_all(images, labels, torch.float32))
    assert exact["seed"]["adamDifference"] > 1e-5
    gradients, losses = sensitivity(images, labels)
    print(f"with errors in the convolutions: gradients move by {gradients:.1e}, the ten losses by {losses:.1e}")
    assert gradients < 1e-5 and losses < 5e-5

    os.makedirs(options.out, exist_ok=True)
    binary = Binary()
    parts = {name: place(binary, name, result) for name, result in exact.items()}
    parts["seed"] = {"batchSize": BATCH, "learningRate": LEARNING_RATE, "beta1": BETA1, "beta2": BETA2, "epsilon": EPSILON, **parts["seed"]}
    index = {
        "format": "selvedge-golden",
        "version": 1,
        "framework": f"pytorch {torch.__version__}",
        "computedIn": "float64",
        "bytes": len(binary.data),
        "sha256": hashlib.sha256(binary.data).hexdigest(),
        "parts": parts,
    }
    with open(os.path.join(options.out, "golden.json"), "w") as file:
        file.write(json.dumps(index, indent=2) + "\n")
    with open(os.path.join(options.out, "golden.bin.gz"), "wb") as file:
        file.write(gzip.compress(bytes(binary.data), 9, mtime=0))
    print("hash32(0..3, 5170)", hash32(4, WEIGHT_SEED).tolist(), "hash32(401407, 5174)", int(hash32(401408, WEIGHT_SEED + 4)[-1]))
    for part, name in (("seed", "conv2d_1/kernel"), ("seed", "dense_1/kernel"), ("small", "conv2d_2/bias")):
        entry = next(p for p in parts[part]["parameters"] if p["name"] == name)
        print(part, name, "first 3 and last", symmetric(entry["shape"], entry["seed"], entry["limit"]).reshape(-1)[[0, 1, 2, -1]].tolist())
    print("mask 100120", (uniform(16, MASK_SEED) >= 0.5).astype(int).tolist())
    for name in ("conv2d_1/bias", "dense_2/bias"):
        print("seed gradient", name, exact["seed"]["gradients"][name][:3].float().tolist())
    print("seed dense_1/kernel gradient at its largest", exact["seed"]["gradients"]["dense_1/kernel"].abs().argmax().item(), exact["seed"]["gradients"]["dense_1/kernel"].abs().max().item())
    masked = exact["masked"]["gradients"]["dense_1/kernel"].reshape(-1)
    print("masked dense_1/kernel gradient, elements 4 * 7 * 1000 and following stored", masked[28000:28021:7].tolist(), checksum(masked))
    print("bytes", {name: os.path.getsize(os.path.join(options.out, name)) for name in ("golden.json", "golden.bin.gz")})


if __name__ == "__main__":
    main()
