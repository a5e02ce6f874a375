"""Do the bytes of the copy tell a place, whoever may have put them there?

No parser is involved. Two searches over every byte, told by a quick one (`quick`) where to look closely:

* marks of a place that no clean file holds (`marks`);
* the original's own coordinates, gathered from its bytes (`gathered`) and looked for in every spelling (`spellings`),
  but for one that is no finer than the policy lets a position stay: the centre of a cell.

Compressed data is noise, and noise must not match: every mark fixes at least 7 bytes, which a gigabyte of noise holds
with a chance of 1e-8, or fixes as much by the kinds of its characters. What is packed (zlib, base64) is not opened
here: the walk of the structure does not let it in.
"""

from __future__ import annotations

from array import array

from redact.checks.evidence import Evidence
from redact.checks.reading import Flaw, answered, blaming_the_source, container, mapped, mapped_source
from redact.checks.structure import xmp
from redact.checks.sweep.gathered import coordinates
from redact.checks.sweep.marks import marks
from redact.checks.sweep.quick import stretches, telling
from redact.checks.sweep.spellings import told_again
from redact.model import Check

NAME = "sweep"


def ask(evidence: Evidence) -> Check:
    """Passed when no byte of the copy tells a place: neither a known mark nor one of the source's coordinates.

    Raises DamagedFileError when the source cannot be read.
    """
    return answered(NAME, lambda: _look(evidence))


def _look(evidence: Evidence) -> str:
    with mapped_source(evidence.source) as source, blaming_the_source():
        known = coordinates(source).but_for_centres(evidence.keep.grid_km)
    with mapped(evidence.copy) as copy:
        # The wrapper of a packet that stands alone is a mark of places in any other file.
        copy = xmp.said(copy) if container(copy) == "XMP" else copy
        starts = array("Q", telling(copy))
        found = marks(stretches(copy, starts))
        if found:
            message = f"marks of a place: {', '.join(sorted(found))}"
            raise Flaw(message)
        told = told_again(copy, starts, known)
        if told:
            message = f"coordinates of the source, as {', '.join(sorted(told))}"
            raise Flaw(message)
    return f"no mark of a place, none of {len(known.numbers)} known coordinates"
