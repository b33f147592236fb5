"""PyTorch as a peer: the network and the loop of bench/torch, which can also be run by hand."""

import os
import statistics
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "torch"))
from protocol import REQUEST, check_set, serve, training_answer, training_set, weights  # noqa: E402

import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402
from torch_step import Trainer, choose_data, train_epochs  # noqa: E402


def tensors(images, labels):
    return torch.from_numpy(images.copy()).permute(0, 3, 1, 2).contiguous(), torch.from_numpy(labels).long()


def load_golden(network):
    given = weights()
    # Flattening gives H, W, C there and C, H, W here.
    first = given["dense_1/kernel"].reshape(7, 7, 64, 128).transpose(3, 2, 0, 1).reshape(128, 3136)
    convolutions = [given[f"conv2d_{i}/{part}"] for i in (1, 2) for part in ("kernel", "bias")]
    values = [v.transpose(3, 2, 0, 1) if v.ndim == 4 else v for v in convolutions]
    values += [first, given["dense_1/bias"], given["dense_2/kernel"].T, given["dense_2/bias"]]
    with torch.no_grad():
        for parameter, value in zip(network.parameters(), values):
            parameter.copy_(torch.from_numpy(value.copy()))


def make_trainer(golden=False):
    """A trainer of the requested mode; traced ones, folded and fused by torch.jit, can only answer."""
    mode = REQUEST["mode"]
    trainer = Trainer("eager" if mode == "traced" else mode)
    if golden:
        load_golden(trainer.network)
    if mode == "traced":
        network = trainer.network.eval()
        with torch.no_grad():
            frozen = torch.jit.freeze(torch.jit.trace(network, torch.zeros(300, 1, 28, 28)))
            trainer.run = torch.jit.optimize_for_inference(frozen)
    return trainer


def describe():
    modes = ["eager", "channels_last"] + (["compiled"] if hasattr(torch, "compile") else [])
    return {"name": "PyTorch", "version": torch.__version__, "trainModes": modes, "inferModes": modes + ["traced"]}


def check():
    trainer = make_trainer(golden=True)
    images, labels = tensors(*check_set())
    rows = torch.arange(REQUEST["batch"])
    trainer.network.eval()
    with torch.no_grad():
        logits = trainer.run(trainer.batch(images, rows)).reshape(-1).tolist()
    if REQUEST["mode"] == "traced":
        return {"logits": logits, "losses": None}
    for layer in trainer.network:
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0
    trainer.network.train()
    losses = []
    for _ in range(REQUEST["steps"]):
        loss = F.cross_entropy(trainer.run(trainer.batch(images, rows)), labels[rows])
        trainer.adam.zero_grad(set_to_none=True)
        loss.backward()
        trainer.adam.step()
        losses.append(loss.item())
        rows = rows + REQUEST["batch"]
    return {"logits": logits, "losses": losses}


def train():
    images, labels = tensors(*training_set())
    trainer = make_trainer()
    held, chosen = choose_data(trainer, images, labels)
    seconds, epochs, extrapolated = train_epochs(trainer, chosen, labels, REQUEST["epochs"], REQUEST["steps"])
    answer = training_answer(seconds, statistics.median(epochs), extrapolated)
    return {**answer, "dataType": held, "adam": trainer.adam_variant}


def infer():
    images, _ = tensors(*training_set())
    trainer = make_trainer()
    sizes = REQUEST["sizes"]
    return {"microsecondsPerImage": {str(size): trainer.infer(images, size, REQUEST["seconds"]) for size in sizes}}


torch.manual_seed(0)
if "threads" in REQUEST:
    torch.set_num_threads(REQUEST["threads"])
serve({"describe": describe, "check": check, "train": train, "infer": infer})
