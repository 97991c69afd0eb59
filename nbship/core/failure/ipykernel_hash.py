"""The number in the file name that ipykernel gives to a cell's code: MurmurHash2 of its text.

Source: ``compiler.py`` of ipykernel 6 and 7, ``/tmp/ipykernel_<pid>/<hash of the raw cell>.py``.
"""

_SEED = 0xC70F6907
_M = 0x5BD1E995
_WORD = 0xFFFFFFFF


def cell_number(text: str) -> int:
    """Return the number in the file name of a cell with this text, as ipykernel computes it."""
    data = text.encode("utf-8", "surrogatepass")
    whole = len(data) & ~3
    h = _SEED ^ len(data)
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i : i + 4], "little") * _M & _WORD
        h = (h * _M & _WORD) ^ ((k ^ k >> 24) * _M & _WORD)
    if rest := data[whole:]:
        h = (h ^ int.from_bytes(rest, "little")) * _M & _WORD
    h = (h ^ h >> 13) * _M & _WORD
    return h ^ h >> 15
