#!/usr/bin/env python3
"""Trains the reference network in PyTorch with Keras' settings, once for each seed, and scores each run on the test set once, at its end.

    python3 bench/seeds/torch_seeds.py [DATA_FOLDER] [--seeds 0 1 2 3 4] [--threads 2] [--out bench/seeds]

Settings: Glorot uniform kernels, zero biases, inverted dropout 0.5, pixels / 255, a new order every epoch, batches of 300,
5 epochs, Adam with learning rate 0.001, beta 0.9 and 0.999, epsilon 1e-7. Adam is written out, because torch.optim.Adam adds
epsilon after it has corrected v and Keras before:  w -= lr * sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + epsilon).

Writes torch.json and torch.md, again after every seed. Seeds that torch.json already holds, with the same settings, version
and threads, are kept and not trained again.
"""

import argparse
import json
import math
import os
import sys
import time

import torch
from torch.nn import functional as F

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "torch"))
from reference_network import DEBIAN_FOLDER, load, reference_network  # noqa: E402

BATCH, EPOCHS = 300, 5
LEARNING_RATE, BETA1, BETA2, EPSILON = 0.001, 0.9, 0.999, 1e-7
FIGURES = ["testAccuracy", "testLoss", "trainAccuracy", "trainAccuracyEvaluated"]


class KerasAdam:
    def __init__(self, parameters):
        self.parameters = list(parameters)
        self.m = [torch.zeros_like(p) for p in self.parameters]
        self.v = [torch.zeros_like(p) for p in self.parameters]
        self.t = 0

    @torch.no_grad()
    def step(self):
        self.t += 1
        rate = LEARNING_RATE * math.sqrt(1 - BETA2**self.t) / (1 - BETA1**self.t)
        for p, m, v in zip(self.parameters, self.m, self.v):
            m.mul_(BETA1).add_(p.grad, alpha=1 - BETA1)
            v.mul_(BETA2).addcmul_(p.grad, p.grad, value=1 - BETA2)
            p.addcdiv_(m, v.sqrt().add_(EPSILON), value=-rate)
            p.grad = None


@torch.no_grad()
def evaluate(network, images, labels):
    """Accuracy and mean cross-entropy with dropout off."""
    network.eval()
    right, loss = 0, 0.0
    for start in range(0, len(images), 1000):
        logits = network(images[start : start + 1000].float() / 255)
        truth = labels[start : start + 1000]
        loss += F.cross_entropy(logits, truth, reduction="sum").item()
        right += (logits.argmax(1) == truth).sum().item()
    return right / len(images), loss / len(images)


def train(seed, images, labels, test_images, test_labels):
    torch.manual_seed(seed)
    network = reference_network()
    adam = KerasAdam(network.parameters())
    epochs = []
    for epoch in range(EPOCHS):
        epoch_started = time.perf_counter()
        network.train()
        right, loss_sum = 0, 0.0
        order = torch.randperm(len(images))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            logits = network(images[rows].float() / 255)
            loss = F.cross_entropy(logits, labels[rows])
            loss.backward()
            adam.step()
            right += (logits.argmax(1) == labels[rows]).sum().item()
            loss_sum += loss.item() * len(rows)
        epochs.append({"accuracy": right / len(order), "loss": loss_sum / len(order)})
        print(f"seed {seed} epoch {epoch + 1}", epochs[-1], f"{time.perf_counter() - epoch_started:.1f} s", flush=True)
    evaluated, _ = evaluate(network, images, labels)
    test_accuracy, test_loss = evaluate(network, test_images, test_labels)
    return {
        "seed": seed,
        "testAccuracy": test_accuracy,
        "testLoss": test_loss,
        "trainAccuracy": epochs[-1]["accuracy"],
        "trainAccuracyEvaluated": evaluated,
        "epochs": epochs,
    }


def write_whole(path, text):
    with open(path + ".part", "w") as file:
        file.write(text)
    os.replace(path + ".part", path)


def describe(threads):
    settings = {
        "network": "seed", "batchSize": BATCH, "epochs": EPOCHS, "learningRate": LEARNING_RATE,
        "beta1": BETA1, "beta2": BETA2, "epsilon": EPSILON, "adam": "keras",
    }  # fmt: skip
    return {"framework": "pytorch", "version": torch.__version__, "threads": threads, "settings": settings}


def earlier_runs(folder, description):
    path = os.path.join(folder, "torch.json")
    if not os.path.exists(path):
        return []
    with open(path) as file:
        record = json.load(file)
    same = all(record.get(name) == value for name, value in description.items())
    return record["runs"] if same else []


def write(folder, description, runs):
    mean = {name: sum(run[name] for run in runs) / len(runs) for name in FIGURES}
    text = json.dumps({**description, "runs": runs, "mean": mean}, indent=2).replace("e-0", "e-")
    write_whole(os.path.join(folder, "torch.json"), text + "\n")

    def row(name, r):
        accuracy = [f"{100 * r[f]:.2f} %" for f in ("testAccuracy", "trainAccuracy", "trainAccuracyEvaluated")]
        return [str(name), accuracy[0], f"{r['testLoss']:.4f}", *accuracy[1:]]

    heads = ["seed", "test accuracy", "test loss", "training accuracy, dropout on", "training accuracy, dropout off"]
    rows = [heads, ["-" * len(head) for head in heads], *[row(run["seed"], run) for run in runs], row("mean", mean)]
    lines = [
        f"PyTorch {torch.__version__}, reference network, {EPOCHS} epochs, batches of {BATCH}, Adam in Keras' form; {description['threads']} threads.",
        "Training accuracy with dropout on is the running mean of the last epoch, as Keras reports it.",
        "",
        *["| " + " | ".join(cell.ljust(len(head)) for cell, head in zip(cells, heads)) + " |" for cells in rows],
    ]
    write_whole(os.path.join(folder, "torch.md"), "\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", default=DEBIAN_FOLDER, help="folder with the four IDX files, .gz or plain")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", default=os.path.dirname(os.path.abspath(__file__)))
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    training, test = load(options.data, "train"), load(options.data, "t10k")
    description = describe(options.threads)
    runs = {run["seed"]: run for run in earlier_runs(options.out, description)}
    for seed in options.seeds:
        if seed not in runs:
            runs[seed] = train(seed, *training, *test)
        write(options.out, description, [runs[s] for s in sorted(runs)])
        print(f"seed {seed}", {name: runs[seed][name] for name in FIGURES}, flush=True)


if __name__ == "__main__":
    main()
