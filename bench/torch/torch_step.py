#!/usr/bin/env python3
"""Times the reference network in PyTorch: one training epoch, one training step, and inference. Prints one line of JSON.

    python3 bench/torch/torch_step.py [DATA_FOLDER] [--threads 2] [--epochs 1] [--steps N] [--mode eager] [--infer 1 32 300]

The training loop is the one a user would write: a new order every epoch, batches of 300 gathered by index, normalised, forward,
backward, torch.optim.Adam (the fastest variant that this version has), and the running loss and accuracy. The data set is held either as bytes,
normalised batch by batch, or as float32, normalised beforehand; --data-type auto tries both and takes the faster.

"stepSeconds" is the median step, gathering included; "secondsPerEpoch" the median epoch by the clock, or, when --steps cuts an
epoch short, the mean step times the number of steps in an epoch ("extrapolated": true).
"""

import argparse
import json
import os
import statistics
import sys
import time

import torch
from torch.nn import functional as F

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from reference_network import DEBIAN_FOLDER, load, reference_network  # noqa: E402

BATCH = 300
WARM_UP = 3


def make_adam(parameters):
    """torch.optim.Adam by its fastest way that this version offers on the CPU: fused, else over all tensors at once, else plain."""
    parameters = list(parameters)
    for extra in ({"fused": True}, {"foreach": True}):
        try:
            probe = torch.zeros(1, requires_grad=True)
            probe.grad = torch.zeros(1)
            torch.optim.Adam([probe], **extra).step()
            return torch.optim.Adam(parameters, lr=0.001, eps=1e-7, **extra), next(iter(extra))
        except (RuntimeError, TypeError, ValueError):
            continue
    return torch.optim.Adam(parameters, lr=0.001, eps=1e-7), "plain"


class Trainer:
    def __init__(self, mode):
        self.network = reference_network()
        if mode == "channels_last":
            self.network = self.network.to(memory_format=torch.channels_last)
        self.channels_last = mode == "channels_last"
        self.adam, self.adam_variant = make_adam(self.network.parameters())
        self.run = torch.compile(self.network) if mode == "compiled" else self.network

    def batch(self, images, rows):
        x = images[rows]
        if x.dtype == torch.uint8:
            x = x.float().div_(255)
        return x.contiguous(memory_format=torch.channels_last) if self.channels_last else x

    def steps(self, images, labels, limit):
        """Trains for one epoch, or `limit` steps of it. Returns the seconds of each step."""
        self.network.train()
        seconds, loss_sum, right = [], 0.0, 0
        previous = time.perf_counter()
        order = torch.randperm(len(images))
        for start in range(0, min(len(order), limit * BATCH), BATCH):
            rows = order[start : start + BATCH]
            truth = labels[rows]
            logits = self.run(self.batch(images, rows))
            loss = F.cross_entropy(logits, truth)
            self.adam.zero_grad(set_to_none=True)
            loss.backward()
            self.adam.step()
            loss_sum += loss.item() * len(rows)
            right += (logits.argmax(1) == truth).sum().item()
            now = time.perf_counter()
            seconds.append(now - previous)
            previous = now
        assert loss_sum == loss_sum and right > 0, "training went wrong"
        return seconds

    @torch.no_grad()
    def infer(self, images, size, budget):
        """Median microseconds an image at one batch size, from bytes to logits."""
        self.network.eval()
        seconds, started, row = [], time.perf_counter(), 0
        while len(seconds) < WARM_UP + 3 or time.perf_counter() - started < budget:
            begun = time.perf_counter()
            self.run(self.batch(images, torch.arange(row, row + size)))
            seconds.append(time.perf_counter() - begun)
            row = (row + size) % (len(images) - size)
        return statistics.median(seconds[WARM_UP:]) / size * 1e6


def choose_data(trainer, images, labels, data_type="auto"):
    """Warms up, and holds the images the way that trains faster: its name, and the images."""
    held = {"uint8": lambda: images, "float32": lambda: images.float().div_(255)}
    trainer.steps(images, labels, WARM_UP)
    if data_type == "auto":
        order = [*held.items(), *reversed(held.items())]
        rounds = [(name, statistics.median(trainer.steps(make(), labels, 8))) for name, make in order]
        data_type = min(rounds, key=lambda pair: pair[1])[0]
    return data_type, held[data_type]()


def train_epochs(trainer, images, labels, epochs, steps=None):
    """The seconds of each step, the seconds of each epoch, and whether these are extrapolated from `steps` of them."""
    full = -(-len(images) // BATCH)
    limit = min(steps or full, full)
    seconds, by_epoch = [], []
    for _ in range(epochs):
        started = time.perf_counter()
        seconds += trainer.steps(images, labels, limit)
        by_epoch.append((time.perf_counter() - started) * full / limit)
    return seconds, by_epoch, limit < full


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", default=DEBIAN_FOLDER, help="folder with the four IDX files, .gz or plain")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--steps", type=int, help="stop each epoch after this many steps")
    parser.add_argument("--mode", choices=["eager", "channels_last", "compiled"], default="eager")
    parser.add_argument("--data-type", choices=["auto", "uint8", "float32"], default="auto")
    parser.add_argument("--infer", type=int, nargs="*", default=[1, 32, 300])
    parser.add_argument("--infer-seconds", type=float, default=3.0, help="time spent on each batch size")
    options = parser.parse_args()
    if options.mode == "compiled" and not hasattr(torch, "compile"):
        parser.error(f"PyTorch {torch.__version__} has no torch.compile")

    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    images, labels = load(options.data, "train")
    trainer = Trainer(options.mode)
    choice, chosen = choose_data(trainer, images, labels, options.data_type)
    seconds, epochs, extrapolated = train_epochs(trainer, chosen, labels, options.epochs, options.steps)
    result = {
        "framework": "pytorch",
        "version": torch.__version__,
        "threads": options.threads,
        "mode": options.mode,
        "secondsPerEpoch": round(statistics.median(epochs), 3),
        "extrapolated": extrapolated,
        "stepSeconds": round(statistics.median(seconds), 5),
        "steps": len(seconds),
        "inferMicrosecondsPerImage": {str(size): round(trainer.infer(images, size, options.infer_seconds), 1) for size in options.infer},
        "dataType": choice,
        "adam": trainer.adam_variant,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
