"""HDR10+ and Dolby Vision written bit by bit, as cameras write them."""

from __future__ import annotations

CANARY = b"+12.3456-045.6789/"


def _packed(text: str) -> bytes:
    padded = text + "0" * (-len(text) % 8)
    return int(padded, 2).to_bytes(len(padded) // 8, "big")


def hdr10_plus(percentiles: int = 9, *, curve: bool = True) -> bytes:
    """SMPTE ST 2094-40 of one window with so many percentiles, and a curve of nine anchors or none."""
    text = f"{1:08b}{1:02b}{400:027b}0"
    text += "".join(f"{value:017b}" for value in (11_000, 12_000, 13_000, 5_000))
    text += f"{percentiles:04b}" + "".join(f"{6 * number:07b}{77 * number:017b}" for number in range(percentiles))
    text += f"{3:010b}0"
    text += f"1{60:012b}{200:012b}{9:04b}" + f"{512:010b}" * 9 if curve else "0"
    return b"\xb5\0\x3c\0\1\4" + _packed(text + "0")


RPU = bytes.fromhex("08090840616c") + bytes(range(1, 60))
"""Type 2, format 18, profile 1 of level 0, coefficients in 23 bits; its curves are any numbers."""


def reference_unit(content: bytes = RPU) -> bytes:
    """A reference processing unit with its prefix and its checksum."""
    return b"\x19" + _sealed(content)


def dolby_vision(content: bytes = RPU) -> bytes:
    """The same in the envelope that AV1 gives it."""
    unit = _sealed(content)
    text = "00" + "110" + "11111" + "00110" + "1" + "00001" + "0" + "00001"
    text += f"{len(unit):08b}0" + "".join(f"{octet:08b}" for octet in unit) + f"{0x400:017b}"
    return b"\xb5\0\x3b\0\0\x08\0" + _packed(text)


def _sealed(content: bytes) -> bytes:
    crc = 0xFFFFFFFF
    for octet in content:
        crc ^= octet << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc & 1 << 31 else 0)) & 0xFFFFFFFF
    return content + crc.to_bytes(4, "big") + b"\x80"
