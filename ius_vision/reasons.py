"""Every reason code a row can carry, with its meaning. A test compares this with the source and the docs."""

from __future__ import annotations

REASONS: dict[str, str] = {
    # files
    "not_dicom": "The file is not DICOM.",
    "hidden_folder": "A hidden or system folder, which is not entered.",
    "not_an_image": "A DICOM object without pixels to measure, such as a report or presentation state.",
    "not_ultrasound": "A DICOM image of another modality.",
    "unsupported_3d": "A 3D ultrasound volume, which is not analysed.",
    "unreadable_file": "The file could not be read as DICOM, for example because it is truncated.",
    "path_not_found": "A path that was given does not exist.",
    "unsupported_transfer_syntax": "No installed decoder reads the pixel data.",
    "unsupported_pixel_format": "A kind of pixel that ultrasound objects do not hold.",
    "pixel_data_corrupt": "The pixel data contradict the header or could not be decoded.",
    "no_frames": "The object declares no frames.",
    "declared_size_absurd": "The declared image size is beyond what any scanner stores.",
    "duplicate_file": "The same image was given twice and is counted once.",
    "conflicting_duplicate": "Two files share a SOPInstanceUID and hold different pixels.",
    # scale and time
    "no_spacing": "No trustworthy scale: no millimetres.",
    "implausible_spacing": "The header's scale is beyond what ultrasound can be.",
    "region_outside_frame": "The calibrated region does not fit the image, so its scale is not trusted.",
    "spacing_conflict": "Two sources of scale disagree.",
    "no_time_base": "The clip carries no frame times.",
    # manifest
    "bad_manifest": "The manifest cannot be read, contradicts itself, or holds a value that is not allowed.",
    # scores
    "item_missing": "An item that decides this was not assessed.",
    "limberg_undefined_thin_wall": "There is flow but no thick wall: the scale has no grade for that.",
    "limberg_needs_thickness": "A Limberg grade needs the wall's thickness.",
    "limberg_needs_doppler": "A Limberg grade needs a Doppler grade.",
    "baseline_wall_normal": "The wall was normal before, so it cannot respond.",
    # running
    "table_unreadable": "A table of an earlier run cannot be read back.",
    "findings_unreadable": "The findings of an earlier run cannot be read back.",
    "out_not_writable": "The output folder cannot be made or written to.",
    "unknown_name": "A name given to an option is not one of those it knows.",
    "number_out_of_range": "A number given to an option is outside what it can be.",
    # model and training
    "model_missing": "No model bundle is where one was asked for.",
    "bad_model_bundle": "A model bundle's configuration cannot be used.",
    "model_changed": "A model's weights are not those its bundle describes.",
    "bad_dataset": "A dataset folder lacks a file or column, or holds a value that cannot be used.",
    "bad_config": "A training configuration cannot be read, or a field is unknown or out of range.",
    "bad_checkpoint": "A saved training state is damaged or belongs to another training.",
    "export_disagrees": "The exported network does not give the answers of the trained one.",
    "missing_extra": "A command needs packages of an extra that is not installed.",
    # contrast curves
    "bad_curve_table": "A table of curves cannot be read or lacks a column.",
    "bad_out_file": "The name given for a table to write cannot be used.",
    "unreadable_rows": "Rows of a table of curves belong to no curve or hold a word for a number.",
    "non_finite": "Too many of a curve's values are missing or infinite.",
    "too_short": "A curve has too few samples over the bolus, or ends before its peak has passed.",
    "no_bolus": "A curve does not rise above its own noise.",
    "no_arrival": "A curve is already half enhanced at its first sample.",
    "second_bolus": "A curve rises twice.",
    "poor_curve_fit": "The bolus model does not follow the curve.",
    # measurement
    "no_wall_found": "No bowel wall, or only specks of it, was found in the picture.",
    "lumen_not_found": "Wall without a lumen beside it: one wall cannot be told from two on each other.",
    "low_confidence": "The model is not sure of the wall it found.",
    "wall_too_short": "Too short a stretch of wall shows both of its edges.",
    "wall_not_plausible": "The labelled wall is too thin, too thick or too uneven to be one bowel wall.",
    "too_few_frames": "Too few frames of the clip show a wall that can be measured.",
    "frames_disagree": "The frames of the clip differ by more than one wall can.",
    "layer_resolution": "The wall is too thin for the picture to tell lost layers from unresolved ones.",
    "layers_too_short": "Too little wall lies so that its layers can be judged.",
    "fat_not_visible": "Too little tissue is seen beside the wall.",
    "no_reference_tissue": "No other tissue at the bowel's depth is there to compare its fat with.",
    "not_recorded": "No clip of the segment shows the item.",
}
