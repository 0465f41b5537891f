"""One clip: the fork by mode. What differs between modes is decided here and nowhere further down."""

from __future__ import annotations

import logging
from dataclasses import replace

from ius_vision.dicom.clip import Clip
from ius_vision.errors import IusError, kind_and_place
from ius_vision.outcomes import Abstained, Failed
from ius_vision.pipeline.contrast_join import Siblings
from ius_vision.pipeline.contrast_pass import measure_contrast
from ius_vision.pipeline.contrast_rows import bare_row
from ius_vision.pipeline.doppler_pass import grade_doppler
from ius_vision.pipeline.frames_pass import measure_b_mode
from ius_vision.pipeline.memory import ran_out_of_memory
from ius_vision.pipeline.pictures import PictureFolder
from ius_vision.pipeline.rows import ClipLook
from ius_vision.pipeline.scene import one_frame
from ius_vision.pipeline.spectral_pass import measure_spectral
from ius_vision.pipeline.tools import Tools
from ius_vision.report.evidence import ClipEvidence
from ius_vision.report.words import MODES
from ius_vision.vocabulary import Mode

logger = logging.getLogger(__name__)

PRIMARY = {Mode.B_MODE: "bwt", Mode.COLOR_DOPPLER: "cds", Mode.POWER_DOPPLER: "cds"}


def look_at(
    clip: Clip, name: str, tools: Tools, pictures: PictureFolder, siblings: Siblings | None = None
) -> ClipLook:
    """Measure what a clip's mode can give; a clip that cannot be analysed is a failed look, no exception.

    Parameters
    ----------
    siblings : the files of its exam, among which a bolus may go on; None where there are no others.

    Raises
    ------
    OSError
        The results cannot be written: that is the exam's failure, not the clip's.
    """
    try:
        look = _fork(clip, name, tools, pictures, siblings)
        return look if look.evidence else _with_thumbnail(look, name, pictures)
    except IusError as error:
        # The file is named as the user sees it, not by this machine's path.
        failure = Failed(error.reason, IusError(error.reason, error.what, clip.file, error.next_step).detail)
    except Exception as error:  # one clip's failure is its row; the exam's other clips go on
        if isinstance(error, OSError) and error.errno is not None and not ran_out_of_memory(error):
            raise
        logger.debug("analysing %s", clip.file, exc_info=True)
        failure = _failure(clip.file, error)
    pictures.remove(name)
    primary = PRIMARY.get(clip.mode, "")
    rows = (bare_row(clip, None, failure),) if clip.mode == Mode.CONTRAST else ()
    return ClipLook(clip, primary, {primary: failure} if primary else {}, failure, contrast=rows)


def _failure(file: str, error: Exception) -> Failed:
    if ran_out_of_memory(error):
        return Failed("out_of_memory", f"The clip needs more memory than there is. File: {file}.")
    said = kind_and_place(error)
    return Failed("analysis_failed", f"The analysis of {file} ended with {said}; please report it.")


def _fork(
    clip: Clip, name: str, tools: Tools, pictures: PictureFolder, siblings: Siblings | None
) -> ClipLook:
    match clip.mode:
        case Mode.B_MODE:
            return measure_b_mode(clip, name, tools, pictures)
        case Mode.COLOR_DOPPLER | Mode.POWER_DOPPLER:
            return grade_doppler(clip, name, tools, pictures)
        case Mode.SPECTRAL_DOPPLER:
            return measure_spectral(clip, name, pictures)
        case Mode.CONTRAST:
            return measure_contrast(clip, name, tools, pictures, siblings)
        case _:
            said = (
                f"Nothing is measured in {MODES[clip.mode]} clips; if it is another, name it in the manifest."
            )
            return ClipLook(clip, outcome=Abstained("mode_not_measured", said))


def _with_thumbnail(look: ClipLook, name: str, pictures: PictureFolder) -> ClipLook:
    """Show the middle frame of a clip that gave no value, cut to its image area."""
    area = look.clip.main_area
    if area is None:
        return look
    middle = look.clip.frames // 2
    pixels = one_frame(look.clip, middle, colour=True)
    picture, box = pictures.save_picture(name, middle, pixels, area.box, small=True)
    return replace(look, evidence=ClipEvidence(look.clip.file, picture, middle + 1, box))
