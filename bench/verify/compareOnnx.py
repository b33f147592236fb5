"""Checks exported ONNX files with onnx.checker, and compares ONNX Runtime's answers with given ones; called by onnx.mjs."""

import json
import os
import sys

import numpy as np
import onnx
import onnxruntime

task = json.loads(sys.argv[1])
folder = task["folder"]
results = []
for case in task["cases"]:
    onnx.checker.check_model(onnx.load(case["file"]), full_check=True)
    pictures = np.fromfile(os.path.join(folder, case["name"] + ".u8"), np.uint8).reshape(-1, *case["shape"])
    expected = np.fromfile(os.path.join(folder, case["name"] + ".f32"), np.float32).reshape(len(pictures), -1)
    session = onnxruntime.InferenceSession(case["file"], providers=["CPUExecutionProvider"])
    if case["form"] == "uint8":
        given = pictures
    else:
        given = (pictures / 255).astype(np.float32).transpose(0, 3, 1, 2)
    (answers,) = session.run(None, {session.get_inputs()[0].name: given})
    if case["form"] == "hub":
        powers = np.exp(answers.astype(np.float64) - answers.max(axis=1, keepdims=True))
        answers = powers / powers.sum(axis=1, keepdims=True)
    results.append(
        {
            "name": case["name"],
            "form": case["form"],
            "same": int((answers.argmax(1) == expected.argmax(1)).sum()),
            "difference": float(np.abs(answers - expected).max()),
        }
    )
print(json.dumps(results))
