"""Checks ONNX files with onnx.checker and compares ONNX Runtime's outputs with expected ones.

Reads cases.json of the folder given: a list of {"file", "inputs", "outputs", "tolerance"}, where inputs
(by name) and outputs (in order) are {"file", "shape", "dtype"}, little-endian numbers in row-major order.

usage: compare_onnxruntime.py FOLDER
"""

import json
import pathlib
import sys

import numpy
import onnx
import onnxruntime


def load(folder, entry):
    values = numpy.fromfile(folder / entry["file"], dtype=entry["dtype"])
    return values.reshape(entry["shape"])


def main(folder):
    failures = 0
    for case in json.loads((folder / "cases.json").read_text()):
        path = folder / case["file"]
        try:
            onnx.checker.check_model(onnx.load(path), full_check=True)
            session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
            feeds = {name: load(folder, entry) for name, entry in case["inputs"].items()}
            tolerance = case["tolerance"]
            outputs = [load(folder, entry) for entry in case["outputs"]]
            for found, expected in zip(session.run(None, feeds), outputs, strict=True):
                assert found.dtype == expected.dtype, f"{found.dtype} instead of {expected.dtype}"
                assert found.shape == expected.shape, f"{found.shape} instead of {expected.shape}"
                numpy.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)
        except Exception as error:  # every case is reported, whatever is wrong with it
            failures += 1
            print(f"{case['file']}: {error}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
