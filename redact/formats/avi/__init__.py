"""AVI (RIFF, OpenDML), one module per concern: chunks, streams, names, the copy."""
