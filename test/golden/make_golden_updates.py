#!/usr/bin/env python3
"""Writes the golden traces of optimizers, label smoothing and averaged weights, updates.json, with PyTorch in float64.

    python3 test/golden/make_golden_updates.py [--subset test/fixtures/fashion-mnist-subset] [--out test/golden/fixtures]

Ten training steps of the reference network without dropout, with the weights, images and batches of `make_golden.py`'s part
"seed". Each part has its own optimizer of `torch.optim`, whose rate is set before every step:

    sgd      SGD with Nesterov's momentum and weight decay on kernels alone, at a constant rate
    adamW    AdamW with weight decay on kernels alone, linear warm-up and decay, label smoothing
    clipped  SGD with momentum, gradients clipped by their global norm, biases at twice the rate
    average  AdamW with an exponential moving average of the weights (torch.optim.swa_utils)

A part has the settings, in this project's words, the mean loss before each step, sum, norm and a few elements of every
gradient of the first step, and of every parameter after the last one, with the norm of its change; of the averaged parameters
too. The norm of all gradients is above the limit of the part "clipped" in some steps and below it in others.
"""

import argparse
import json
import os

import numpy as np
import torch
from torch.nn import functional as F
from torch.optim.swa_utils import get_ema_multi_avg_fn

import make_golden as golden

PARTS = {
    "sgd": {"optimizer": "sgd", "learningRate": 0.05, "momentum": 0.9, "nesterov": True, "weightDecay": 0.05},
    "adamW": {
        "optimizer": "adamW", "learningRate": 0.002, "weightDecay": 0.5, "schedule": "linear", "warmupEpochs": 3 / 10,
        "labelSmoothing": 0.1,
    },
    "clipped": {
        "optimizer": "sgd", "learningRate": 0.05, "momentum": 0.5, "globalClipnorm": 1.5,
        "learningRateMultipliers": {"bias": 2},
    },
    "average": {"optimizer": "adamW", "learningRate": 0.001, "emaDecay": 0.8},
}
SAMPLES = 5


def factor(settings, step):
    """What the rate is multiplied by in step `step` (from 1) of an epoch of ten steps."""
    warmup = round(settings.get("warmupEpochs", 0) * golden.STEPS)
    if step <= warmup:
        return step / warmup
    done = (step - 1 - warmup) / (golden.STEPS - warmup)
    return 1 - done if settings.get("schedule") == "linear" else 1


def optimizer_of(settings, parameters):
    kernels = [w for name, w in parameters.items() if name.endswith("/kernel")]
    biases = [w for name, w in parameters.items() if name.endswith("/bias")]
    multipliers = settings.get("learningRateMultipliers", {})
    decay = settings.get("weightDecay", 0.01 if settings["optimizer"] == "adamW" else 0)
    groups = [
        {"params": kernels, "weight_decay": decay, "multiplier": multipliers.get("kernel", 1)},
        {"params": biases, "weight_decay": 0, "multiplier": multipliers.get("bias", 1)},
    ]
    if settings["optimizer"] == "adamW":
        return torch.optim.AdamW(groups, lr=0, eps=1e-8)
    return torch.optim.SGD(groups, lr=0, momentum=settings["momentum"], nesterov=settings.get("nesterov", False))


def figures(values, before=None):
    def of(name, w):
        stride = max(1, w.numel() // SAMPLES)
        change = {"change": (w - before[name]).norm().item()} if before else {}
        return {**golden.checksum(w), **change, "stride": stride, "sample": w.reshape(-1)[::stride][:SAMPLES].tolist()}

    return {name: of(name, w) for name, w in values.items()}


def run(settings, images, labels, dtype):
    parameters = golden.draw(golden.parameter_table(golden.SEED_LAYERS, golden.WEIGHT_SEED), dtype)
    before = {name: w.detach().clone() for name, w in parameters.items()}
    x = (torch.from_numpy(images).float() / 255).to(dtype).unsqueeze(3)
    y = torch.from_numpy(labels.astype(np.int64))
    optimizer = optimizer_of(settings, parameters)
    average, gradients, losses, norms = None, {}, [], []
    for step in range(1, golden.STEPS + 1):
        rows = slice((step - 1) * golden.BATCH, step * golden.BATCH)
        optimizer.zero_grad()
        logits = golden.forward(golden.SEED_LAYERS, parameters, x[rows])
        loss = F.cross_entropy(logits, y[rows], label_smoothing=settings.get("labelSmoothing", 0))
        loss.backward()
        losses.append(loss.item())
        if step == 1:
            gradients = figures({name: w.grad for name, w in parameters.items()})
        if "globalClipnorm" in settings:
            norms.append(torch.nn.utils.clip_grad_norm_(parameters.values(), settings["globalClipnorm"]).item())
        for group in optimizer.param_groups:
            group["lr"] = settings["learningRate"] * factor(settings, step) * group["multiplier"]
        optimizer.step()
        if "emaDecay" in settings:
            now = [w.detach().clone() for w in parameters.values()]
            if average is None:
                average = now
            else:
                get_ema_multi_avg_fn(settings["emaDecay"])(average, now, None)
    after = {name: w.detach() for name, w in parameters.items()}
    result = {"settings": settings, "losses": losses, "gradients": gradients, "after": figures(after, before)}
    if norms:
        assert min(norms) < settings["globalClipnorm"] < max(norms), norms
        result["gradientNorms"] = norms
    if average is not None:
        result["average"] = figures(dict(zip(parameters, average)), before)
    return result


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subset", default=os.path.join(here, "..", "fixtures", "fashion-mnist-subset"))
    parser.add_argument("--out", default=os.path.join(here, "fixtures"))
    options = parser.parse_args()
    images, labels = golden.read_images(options.subset)
    parts = {name: run(settings, images, labels, torch.float64) for name, settings in PARTS.items()}
    for name, settings in PARTS.items():
        single = run(settings, images, labels, torch.float32)
        exact = parts[name]
        print(name, exact["losses"])
        print("  float32: losses differ by", max(abs(a / b - 1) for a, b in zip(single["losses"], exact["losses"])))
        print("  changes by", max(abs(single["after"][n]["change"] / c["change"] - 1) for n, c in exact["after"].items()))
        if "gradientNorms" in exact:
            print("  gradient norms", exact["gradientNorms"])
    index = {
        "format": "selvedge-golden-updates",
        "version": 1,
        "framework": f"pytorch {torch.__version__}",
        "computedIn": "float64",
        "batchSize": golden.BATCH,
        "parts": parts,
    }
    with open(os.path.join(options.out, "updates.json"), "w") as file:
        file.write(json.dumps(index, indent=2) + "\n")


if __name__ == "__main__":
    main()
