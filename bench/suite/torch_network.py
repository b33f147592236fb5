"""A Selvedge network, a JSON list of layers, as a PyTorch module: the graph, Keras' padding 'same', and its default settings."""

import torch
from torch import nn
from torch.nn import functional as F


def pair(value):
    return tuple(value) if isinstance(value, (list, tuple)) else (value, value)


def same_padding(extent, window, stride):
    total = max((-(-extent // stride) - 1) * stride + window - extent, 0)
    return total // 2, total - total // 2


class Same(nn.Module):
    """A convolution or a pool with padding 'same'; symmetric padding is the module's own, which is faster."""

    def __init__(self, make, spec, shape, size, strides):
        super().__init__()
        top, bottom = same_padding(shape[1], size[0], strides[0])
        left, right = same_padding(shape[2], size[1], strides[1])
        self.outer = (left, right, top, bottom) if (top, left) != (bottom, right) else None
        self.inner = make((top, left) if self.outer is None else 0)

    def forward(self, x):
        return self.inner(x if self.outer is None else F.pad(x, self.outer))


def written_out(spec):
    """Every layer with a name and the names of what it reads; activations are layers of their own."""
    counts, layers, last, outputs = {}, [], None, {}
    for entry in spec:
        entry = dict(entry)
        activation = entry.pop("activation", None)
        for layer in [entry] + ([{"type": activation}] if activation else []):
            kind = layer["type"]
            counts[kind] = counts.get(kind, 0) + 1
            name = layer.get("name", "input" if kind == "input" else f"{kind}_{counts[kind]}")
            inputs = [outputs.get(one, one) for one in layer.get("inputs", [last] if last else [])]
            layers.append({**layer, "name": name, "inputs": inputs})
            last = name
        outputs[entry.get("name", layers[-2 if activation else -1]["name"])] = last
    return layers


def make_layer(spec, shapes):
    """The module, and its output's shape [C, H, W] or [D]."""
    kind, shape = spec["type"], shapes[0]
    bias = spec.get("useBias", True)
    if kind in ("conv2d", "depthwiseConv2d", "maxPooling2d", "averagePooling2d"):
        is_pool = kind.endswith("Pooling2d")
        size = pair(spec.get("poolSize", 2) if is_pool else spec["kernelSize"])
        strides = pair(spec.get("strides", size if is_pool else 1))
        filters = spec["filters"] if kind == "conv2d" else shape[0]

        def make(padding):
            if kind == "maxPooling2d":
                return nn.MaxPool2d(size, strides, padding)
            if kind == "averagePooling2d":
                return nn.AvgPool2d(size, strides, padding, count_include_pad=False)
            groups = 1 if kind == "conv2d" else shape[0]
            return nn.Conv2d(shape[0], filters, size, strides, padding, groups=groups, bias=bias)

        if spec.get("padding") == "same":
            return Same(make, spec, shape, size, strides), [filters, -(-shape[1] // strides[0]), -(-shape[2] // strides[1])]
        return make(0), [filters, (shape[1] - size[0]) // strides[0] + 1, (shape[2] - size[1]) // strides[1] + 1]
    if kind == "zeroPadding2d":
        n = spec.get("padding", 1)
        return nn.ZeroPad2d(n), [shape[0], shape[1] + 2 * n, shape[2] + 2 * n]
    if kind == "batchNormalization":
        make = nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d
        return make(shape[0], eps=spec.get("epsilon", 1e-3), momentum=1 - spec.get("momentum", 0.9)), shape
    if kind == "dense":
        return nn.Linear(shape[0], spec["units"]), [spec["units"]]
    if kind == "globalAveragePooling2d":
        return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()), [shape[0]]
    if kind == "globalMaxPooling2d":
        return nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten()), [shape[0]]
    if kind == "flatten":
        return nn.Flatten(), [shape[0] * shape[1] * shape[2]]
    if kind == "dropout":
        return nn.Dropout(spec["rate"]), shape
    if kind in ("relu", "relu6"):
        return (nn.ReLU() if kind == "relu" else nn.ReLU6()), shape
    if kind in ("softmax", "add"):
        return nn.Identity(), shape
    raise ValueError(f"no {kind} here")


class Network(nn.Module):
    """Logits: the last softmax belongs to the loss."""

    def __init__(self, spec):
        super().__init__()
        self.layers = written_out(spec)
        shapes = {}
        modules = []
        for layer in self.layers:
            if layer["type"] == "input":
                height, width, channels = layer["shape"]
                shapes[layer["name"]] = [channels, height, width]
                continue
            module, shapes[layer["name"]] = make_layer(layer, [shapes[one] for one in layer["inputs"]])
            modules.append(module)
        self.steps = nn.ModuleList(modules)

    def forward(self, x):
        values = {self.layers[0]["name"]: x}
        for layer, module in zip(self.layers[1:], self.steps):
            inputs = [values[one] for one in layer["inputs"]]
            if layer["type"] == "add":
                x = inputs[0]
                for other in inputs[1:]:
                    x = x + other
            else:
                x = module(inputs[0])
            values[layer["name"]] = x
        return x
