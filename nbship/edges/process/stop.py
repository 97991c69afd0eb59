"""The sign for threads that wait for programs: nobody needs these any more."""

import os


class Stop:
    """A descriptor that can be read from the moment on when the work is to stop."""

    def __init__(self) -> None:
        """Begin without the sign."""
        self.descriptor, self._writer = os.pipe()

    def tell(self) -> None:
        """Give the sign, which stays."""
        os.write(self._writer, b".")

    def close(self) -> None:
        """Close the descriptor; no thread may wait any more."""
        os.close(self.descriptor)
        os.close(self._writer)
