#!/usr/bin/env python3
"""Trains reference-bn in PyTorch with the settings of recipe.mjs, once. One argument, a request in JSON; one line of JSON comes out.

{"spec": [...], "data": FOLDER, "seed": 0, "validation": [indices], "threads": 2}

AdamW 0.004 with decay 0.02 on kernels alone, warm-up over a fifth of the steps, then linear decay to zero; batches of 128, five
epochs, label smoothing 0.1, pictures shifted by up to one pixel and mirrored at random; Glorot uniform kernels, zero biases.
"""

import json
import os
import sys

import torch
from torch import nn
from torch.nn import functional as F

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(here, "..", "torch"), os.path.join(here, "..", "suite")]
from reference_network import DEBIAN_FOLDER, load  # noqa: E402
from torch_network import Network  # noqa: E402

REQUEST = json.loads(sys.argv[1])
EPOCHS, BATCH, RATE, DECAY, SMOOTHING = 5, 128, 0.004, 0.02, 0.1


def augmented(x):
    """Each picture shifted by up to one pixel in both directions, zeros coming in, and mirrored with probability a half."""
    n = len(x)
    padded = F.pad(x, (1, 1, 1, 1))
    rows = torch.randint(0, 3, (n, 1)) + torch.arange(28)
    columns = torch.randint(0, 3, (n, 1)) + torch.arange(28)
    columns = torch.where(torch.rand(n, 1) < 0.5, columns.flip(1), columns)
    return padded[torch.arange(n)[:, None, None], 0, rows[:, :, None], columns[:, None, :]].unsqueeze(1)


def main():
    torch.set_num_threads(REQUEST["threads"])
    torch.manual_seed(REQUEST["seed"])
    images, labels = load(REQUEST.get("data") or DEBIAN_FOLDER, "train")
    held_out = torch.zeros(len(images), dtype=torch.bool)
    held_out[REQUEST["validation"]] = True
    train, validation = (~held_out).nonzero().squeeze(1), held_out.nonzero().squeeze(1)
    network = Network(REQUEST["spec"]).to(memory_format=torch.channels_last)
    kernels, others = [], []
    for module in network.modules():
        for name, parameter in module.named_parameters(recurse=False):
            is_kernel = name == "weight" and parameter.dim() > 1
            (kernels if is_kernel else others).append(parameter)
            if is_kernel:
                nn.init.xavier_uniform_(parameter)
            elif name == "bias":
                nn.init.zeros_(parameter)
    groups = [{"params": kernels, "weight_decay": DECAY}, {"params": others, "weight_decay": 0.0}]
    adam = torch.optim.AdamW(groups, lr=RATE, fused=True)
    per_epoch = -(-len(train) // BATCH)
    total, warm_up = EPOCHS * per_epoch, per_epoch
    step = 0
    for _ in range(EPOCHS):
        network.train()
        order = train[torch.randperm(len(train))]
        for start in range(0, len(order), BATCH):
            step += 1
            factor = step / warm_up if step <= warm_up else 1 - (step - 1 - warm_up) / (total - warm_up)
            for group in adam.param_groups:
                group["lr"] = RATE * factor
            rows = order[start : start + BATCH]
            x = augmented(images[rows].float().div_(255)).contiguous(memory_format=torch.channels_last)
            loss = F.cross_entropy(network(x), labels[rows], label_smoothing=SMOOTHING)
            adam.zero_grad(set_to_none=True)
            loss.backward()
            adam.step()
    network.eval()
    with torch.no_grad():
        right = sum(
            (network(images[rows].float().div_(255)).argmax(1) == labels[rows]).sum().item()
            for rows in validation.split(1000)
        )
    print(json.dumps({"validationAccuracy": right / len(validation)}))


main()
