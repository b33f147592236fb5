"""Keras on TensorFlow as a peer: model.fit and a compiled call, as a graph or through XLA. On the CPU it has channels last only."""

import os
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"
from protocol import REQUEST, WARM_UP, check_batches, normalised, serve, timed_inference, training_answer, training_set, weights  # noqa: E402

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

import keras  # noqa: E402
from keras import layers  # noqa: E402

if "threads" in REQUEST:
    tf.config.threading.set_intra_op_parallelism_threads(REQUEST["threads"])
    tf.config.threading.set_inter_op_parallelism_threads(REQUEST["threads"])


def reference_network(rate=0.5):
    """The network that the seed configuration describes; the softmax is part of the loss."""
    return keras.Sequential([
        layers.Input((28, 28, 1)),
        layers.ZeroPadding2D(1), layers.Conv2D(32, 3, activation="relu"), layers.Dropout(rate), layers.MaxPooling2D(2),
        layers.ZeroPadding2D(1), layers.Conv2D(64, 3, activation="relu"), layers.Dropout(rate), layers.MaxPooling2D(2),
        layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dropout(rate), layers.Dense(10),
    ])  # fmt: skip


def compiled(model):
    """Adam's defaults; "…, 20 steps at once" runs so many in one call of the graph."""
    mode = REQUEST["mode"]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    at_once = 20 if "at once" in mode else 1
    model.compile("adam", loss, metrics=["accuracy"], jit_compile=mode.startswith("xla"), steps_per_execution=at_once)
    return model


def describe():
    modes = ["graph", "xla"]
    return {
        "name": "Keras, TensorFlow",
        "version": f"{keras.__version__}, {tf.__version__}",
        "trainModes": [*modes, *(f"{mode}, 20 steps at once" for mode in modes)],
        "inferModes": modes,
    }


def caller(model):
    return tf.function(lambda x: model(x, training=False), jit_compile=REQUEST["mode"].startswith("xla"), reduce_retracing=False)


def check():
    model = reference_network(0.0)
    model.set_weights(list(weights().values()))
    batches = list(check_batches())
    logits = caller(model)(tf.constant(batches[0][0])).numpy().reshape(-1).tolist()
    compiled(model)
    losses = []
    for x, labels in batches:
        losses.append(float(model.train_on_batch(x, labels, return_dict=True)["loss"]))
        model.reset_metrics()
    return {"logits": logits, "losses": losses}


def train():
    images, labels = training_set()
    x = normalised(images)
    batch = REQUEST["batch"]
    full = -(-len(x) // batch)
    limit = min(REQUEST["steps"] or full, full)
    model = compiled(reference_network())
    fit = lambda steps: model.fit(x[: steps * batch], labels[: steps * batch], batch_size=batch, shuffle=True, verbose=0)  # noqa: E731
    # Compiled for the steps that run at once, before the clock starts.
    fit(20 if "at once" in REQUEST["mode"] else WARM_UP)
    seconds = []
    for _ in range(REQUEST["epochs"]):
        started = time.perf_counter()
        fit(limit)
        seconds.append(time.perf_counter() - started)
    per_step = [second / limit for second in seconds]
    return training_answer(per_step, statistics.median(per_step) * full, limit < full) | {"steps": limit * len(seconds)}


def infer():
    images, _ = training_set()
    run = caller(reference_network())
    return timed_inference(lambda row, size: run(tf.constant(normalised(images[row : row + size]))).numpy())


np.random.seed(0)
keras.utils.set_random_seed(0)
serve({"describe": describe, "check": check, "train": train, "infer": infer})
