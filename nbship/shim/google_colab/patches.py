"""Colab's replacement for ``cv2.imshow``, which needs a window."""

from typing import Any


def cv2_imshow(a: Any) -> None:
    """Show an image of OpenCV as the cell's output."""
    import cv2  # type: ignore[import-not-found,unused-ignore]
    from IPython.display import display
    from PIL import Image

    image = a.clip(0, 255).astype("uint8")
    if image.ndim == 3:  # noqa: PLR2004 - height, width, channels
        to = cv2.COLOR_BGRA2RGBA if image.shape[2] == 4 else cv2.COLOR_BGR2RGB  # noqa: PLR2004
        image = cv2.cvtColor(image, to)
    display(Image.fromarray(image))
