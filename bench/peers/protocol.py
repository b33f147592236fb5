"""What the Python peers share: the requests and answers that protocol.mjs describes, and the files a request names."""

import json
import math
import os
import statistics
import sys
import time

# Before any framework counts the cores: those without a setting for it take as many threads as they see cores.
with open(sys.argv[1]) as _file:
    REQUEST = json.load(_file)
if "threads" in REQUEST and hasattr(os, "sched_setaffinity"):
    _cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, _cores[: max(1, REQUEST["threads"])])

import numpy as np  # noqa: E402

WARM_UP = 3
CLASSES = 10
SHAPES = {
    "conv2d_1/kernel": (3, 3, 1, 32),
    "conv2d_1/bias": (32,),
    "conv2d_2/kernel": (3, 3, 32, 64),
    "conv2d_2/bias": (64,),
    "dense_1/kernel": (3136, 128),
    "dense_1/bias": (128,),
    "dense_2/kernel": (128, 10),
    "dense_2/bias": (10,),
}


def _read(name, skip=0):
    with open(os.path.join(REQUEST["folder"], name), "rb") as file:
        return np.frombuffer(file.read(), np.uint8, offset=skip)


def weights():
    """The golden weights by name: kernels [R, S, C, K] and [in, out], float32."""
    flat = _read("weights").view(np.float32)
    arrays, at = {}, 0
    for name, shape in SHAPES.items():
        size = math.prod(shape)
        arrays[name] = flat[at : at + size].reshape(shape).copy()
        at += size
    return arrays


def training_set():
    """uint8 images [N, 28, 28, 1] and int32 labels [N]."""
    images = _read("train-images-idx3-ubyte", 16).reshape(-1, 28, 28, 1)
    return images, _read("train-labels-idx1-ubyte", 8).astype(np.int32)


def check_set():
    return _read("check-images").reshape(-1, 28, 28, 1), _read("check-labels").astype(np.int32)


def normalised(images):
    return images.astype(np.float32) / np.float32(255)


def check_batches():
    """The golden batches: (x [N, 28, 28, 1], labels [N]), one for each step."""
    images, labels = check_set()
    size = REQUEST["batch"]
    for step in range(REQUEST["steps"]):
        rows = slice(step * size, (step + 1) * size)
        yield normalised(images[rows]), labels[rows]


def timed_training(train):
    """Times `train(rows)`, which must wait for its result: a new order every epoch, warm-up first."""
    images, _ = training_set()
    batch = REQUEST["batch"]
    full = -(-len(images) // batch)
    limit = (REQUEST["steps"] or full) * REQUEST["epochs"]
    generator, order, seconds = np.random.default_rng(0), None, []
    previous = time.perf_counter()
    for step in range(WARM_UP + limit):
        at = step % full * batch
        if at == 0:
            order = generator.permutation(len(images))
        train(order[at : at + batch])
        now = time.perf_counter()
        seconds.append(now - previous)
        previous = now
    return training_answer(seconds[WARM_UP:], statistics.mean(seconds[WARM_UP:]) * full, limit < full)


def training_answer(seconds, per_epoch, extrapolated):
    step = statistics.median(seconds)
    return {"stepSeconds": step, "secondsPerEpoch": per_epoch, "extrapolated": extrapolated, "steps": len(seconds)}


def timed_inference(infer):
    """Median microseconds an image of `infer(row, size)`, which must wait for its result."""
    images, _ = training_set()
    result = {}
    for size in REQUEST["sizes"]:
        seconds, started, row = [], time.perf_counter(), 0
        while len(seconds) < WARM_UP + 3 or time.perf_counter() - started < REQUEST["seconds"]:
            begun = time.perf_counter()
            infer(row, size)
            seconds.append(time.perf_counter() - begun)
            row = (row + size) % (len(images) - size)
        result[str(size)] = statistics.median(seconds[WARM_UP:]) / size * 1e6
    return {"microsecondsPerImage": result}


def serve(tasks):
    """Answers the request with what the function of its task returns."""
    print(json.dumps(tasks[REQUEST["task"]]()), flush=True)
