"""The reference network in PyTorch, and the data it is trained on: shared by the scripts of this folder and by bench/seeds."""

import gzip
import os

import numpy as np
import torch
from torch import nn

DEBIAN_FOLDER = "/usr/share/datasets/fashion-mnist"


def read_idx(path):
    """The array of an IDX file of unsigned bytes, gzipped or plain."""
    if os.path.exists(path + ".gz"):
        with gzip.open(path + ".gz", "rb") as file:
            data = file.read()
    else:
        with open(path, "rb") as file:
            data = file.read()
    if data[:3] != b"\0\0\x08":
        raise SystemExit(f"{path}: not an IDX file of unsigned bytes")
    dimensions = [int.from_bytes(data[4 + 4 * d : 8 + 4 * d], "big") for d in range(data[3])]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * len(dimensions)).reshape(dimensions)


def load(folder, part):
    """uint8 images [N, 1, 28, 28] and int64 labels [N]; part is 'train' or 't10k'."""
    images = read_idx(os.path.join(folder, f"{part}-images-idx3-ubyte"))
    labels = read_idx(os.path.join(folder, f"{part}-labels-idx1-ubyte"))
    return torch.from_numpy(images.copy()).unsqueeze(1), torch.from_numpy(labels.astype(np.int64))


def reference_network():
    """13 layers, 421,642 parameters; it ends in logits, the softmax being part of the loss."""
    network = nn.Sequential(
        nn.ZeroPad2d(1), nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Dropout(0.5), nn.MaxPool2d(2),
        nn.ZeroPad2d(1), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.Dropout(0.5), nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(3136, 128), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(128, 10),
    )  # fmt: skip
    for layer in network:
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    assert sum(p.numel() for p in network.parameters()) == 421_642
    return network
