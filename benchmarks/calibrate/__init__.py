"""Fits the numbers of the detectors and tells honestly how good they are with them.

`__main__` is the command; `folds` says which pictures are set aside for what; `regression`, `scoring` and `numbers` are
what everything that is fitted shares; every other module fits one detector.
"""
