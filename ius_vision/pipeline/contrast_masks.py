"""The region that a user drew on a contrast clip, brought onto the panel of the reference frame."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ius_vision.contrast.crop import Crop
from ius_vision.contrast.motion import LEAST_LIKENESS
from ius_vision.contrast.recorder import moved_panel
from ius_vision.contrast.reference import Reference
from ius_vision.dicom.clip import Clip
from ius_vision.dicom.manifest import ManifestRow
from ius_vision.outcomes import Abstained
from ius_vision.pipeline.scene import one_frame

_LEAST_PIXELS = 50
_LEAST_INSIDE = 0.9


def user_region(
    clip: Clip, row: ManifestRow | None, crop: Crop, reference: Reference | None
) -> NDArray[np.bool_] | Abstained | None:
    """The mask that the manifest names, (rows, columns) bool of the panel.

    Parameters
    ----------
    row : the manifest's row of the clip.
    reference : the frame that all others are laid on; None where nothing is followed.

    Returns
    -------
    None where no mask was given; `mask_not_usable` where it does not fit the clip.

    Notes
    -----
    It may be drawn on either panel, in the frame `mask_frame` (the first where that is empty); from there it
    moves with the tissue.
    """
    if row is None or row.mask is None:
        return None
    drawn = _read(row.mask, (clip.rows, clip.columns))
    if isinstance(drawn, Abstained):
        return drawn
    index = (row.mask_frame or 1) - 1
    if index >= clip.frames:
        return _refused(f"is said to be drawn on frame {index + 1}, and the clip has {clip.frames}")
    boxes = [box for box in (crop.contrast, crop.tissue) if box is not None]
    mask = max((drawn[box.slices] for box in boxes), key=np.count_nonzero)
    if np.count_nonzero(mask) < _LEAST_INSIDE * np.count_nonzero(drawn):
        return _refused("lies partly outside of the contrast panel and of the B-mode panel")
    if reference is not None and crop.tissue is not None and index != reference.index:
        place = reference.tracker.locate(one_frame(clip, index)[crop.tissue.slices])
        if not place.similarity >= LEAST_LIKENESS:
            return _refused(f"is drawn on frame {index + 1}, which shows another plane than the others")
        mask = moved_panel(mask.astype(np.uint8), (place.rows, place.columns)) > 0
    mask = mask & crop.valid
    if np.count_nonzero(mask) < _LEAST_PIXELS:
        return _refused(f"covers fewer than {_LEAST_PIXELS} pixels of the contrast picture")
    return mask


def _read(path: Path, shape: tuple[int, int]) -> NDArray[np.bool_] | Abstained:
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        return _refused(f"cannot be read ({error.strerror})")
    picture = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if data.size else None
    if picture is None:
        return _refused("is no picture")
    if picture.shape != shape:
        rows, columns = picture.shape
        return _refused(f"has {columns} x {rows} pixels and the clip {shape[1]} x {shape[0]}")
    return picture > 0


def _refused(what: str) -> Abstained:
    return Abstained(
        "mask_not_usable",
        f"The mask that the manifest names {what}; give a PNG of the frame's size, 0 outside of the region.",
    )
