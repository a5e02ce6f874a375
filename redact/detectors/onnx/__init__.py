"""Models of one's own: `kind = "onnx"` in a policy names a file, its digest, and how its answers are laid out."""

from redact.detectors.onnx.detector import OnnxDetector

__all__ = ["OnnxDetector"]
