"""DICOM headers of phantom cines: Ultrasound Multi-frame with regions, time base and plain words."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, UltrasoundMultiFrameImageStorage

from ius_vision.phantom.cine import Cine
from ius_vision.phantom.plan import ExamOrder, Visit
from ius_vision.phantom.screen import bar_box
from ius_vision.phantom.words import ANATOMY_CODES, SEGMENTS, VIEWS
from ius_vision.vocabulary import Mode

UNIT_CM, UNIT_CM_S = 3, 7
UNIT_DB = 2
TISSUE, COLOUR_FLOW, COLOUR_BAR = 1, 2, 0xE
GRAPHICS = 5
FRAME_TIME, FRAME_TIME_VECTOR = 0x00181063, 0x00181065
WITHOUT_REGIONS = 0.1
UPWARD = 0.15
WITHOUT_RANGE = ("range_unknown", "screen_only")
SCALED_BAR = 0.5
COMMENT = "PHANTOM: simulated picture, not a patient"


def make_uid(*parts: object) -> UID:
    """A UID that follows from its parts: a 128-bit hash under 2.25."""
    digest = hashlib.sha256("|".join(map(str, parts)).encode()).digest()[:16]
    return UID(f"2.25.{int.from_bytes(digest, 'big')}")


@dataclass(frozen=True, slots=True)
class Habits:
    """How a file is written: with regions or only a ruler, with axes pointing up, where the names stand, and
    whether the header gives the colour bar in cm/s.
    """

    regions: bool
    upward: bool
    coded: bool
    in_protocol: bool
    scaled_bar: bool


def draw_habits(rng: np.random.Generator, mode: Mode) -> Habits:
    """Draw habits; Doppler and contrast files always have regions."""
    regions = mode != Mode.B_MODE or rng.random() >= WITHOUT_REGIONS
    upward, coded, in_protocol = (rng.random() < share for share in (UPWARD, 0.2, 0.3))
    return Habits(bool(regions), upward, coded, in_protocol, bool(rng.random() < SCALED_BAR))


def build_header(order: ExamOrder, visit: Visit, cine: Cine, habits: Habits) -> Dataset:
    """All attributes but the pixels.

    Returns
    -------
    A dataset with file meta information; the transfer syntax is set by whoever adds the pixels.
    """
    key = (*order.key, visit.name)
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    _identify(dataset, order, visit, cine, key)
    _name(dataset, visit, cine, habits)
    _describe_machine(dataset, cine)
    if cine.plan.fault != "screen_only":
        _time_base(dataset, cine.plan.times_s)
    if habits.regions:
        dataset.SequenceOfUltrasoundRegions = Sequence(_regions(cine, habits))
    if cine.plan.mode == Mode.CONTRAST:
        _contrast(dataset, cine)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.ImplementationClassUID = make_uid("ius-vision", "phantom")
    meta.ImplementationVersionName = "IUS_VISION_PHANT"
    dataset.file_meta = meta
    return dataset


def _identify(dataset: Dataset, order: ExamOrder, visit: Visit, cine: Cine, key: tuple) -> None:
    number = cine.plan.number
    day = visit.day.strftime("%Y%m%d")
    minute = f"{9 + number // 30:02d}{(2 * number) % 60:02d}00"
    dataset.SOPClassUID = UltrasoundMultiFrameImageStorage
    dataset.SOPInstanceUID = make_uid(*key, "instance", number)
    dataset.StudyInstanceUID = make_uid(*key, "study")
    dataset.SeriesInstanceUID = make_uid(*key, "series", number)
    dataset.PatientName = f"PHANTOM^{order.patient}"
    dataset.PatientID = order.patient
    dataset.PatientBirthDate = ""
    dataset.PatientSex = "O"
    dataset.StudyDate = dataset.SeriesDate = dataset.ContentDate = dataset.AcquisitionDate = day
    dataset.StudyTime, dataset.ContentTime = "090000", minute
    dataset.AccessionNumber = dataset.ReferringPhysicianName = dataset.StudyID = ""
    dataset.StudyDescription = f"PHANTOM {visit.name}"
    dataset.SeriesNumber, dataset.InstanceNumber = number, 1
    dataset.ImageComments = COMMENT
    dataset.BurnedInAnnotation = "NO"


def _name(dataset: Dataset, visit: Visit, cine: Cine, habits: Habits) -> None:
    """Segment and view in the words of the exam's language, and sometimes as a code."""
    rng = np.random.default_rng([*cine.plan.key, 4])
    segment, view = cine.plan.state.segment, cine.plan.view
    spellings = SEGMENTS[segment][visit.language]
    sights = VIEWS[view][visit.language]
    words = f"{spellings[rng.integers(len(spellings))]} {sights[rng.integers(len(sights))]}"
    if habits.in_protocol:
        dataset.ProtocolName = words
        dataset.SeriesDescription = "PHANTOM"
    else:
        dataset.SeriesDescription = words
    if habits.coded and segment in ANATOMY_CODES:
        code = Dataset()
        code.CodeValue, code.CodeMeaning = ANATOMY_CODES[segment]
        code.CodingSchemeDesignator = "SCT"
        dataset.AnatomicRegionSequence = Sequence([code])


def _describe_machine(dataset: Dataset, cine: Cine) -> None:
    scanner = cine.scene.scanner
    flow = cine.plan.mode == Mode.COLOR_DOPPLER
    dataset.Modality = "US"
    dataset.Manufacturer = "ius-vision"
    dataset.ManufacturerModelName = "PHANTOM"
    dataset.SoftwareVersions = "1"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "ABDOMINAL", "0011" if flow else "0001"]
    dataset.UltrasoundColorDataPresent = int(flow)
    dataset.TransducerData = ["PHANTOM", "", ""]
    dataset.TransducerType = "LINEAR" if scanner.probe == "linear" else "CURVED LINEAR"
    dataset.MechanicalIndex = "0.06" if cine.plan.mode == Mode.CONTRAST else "0.9"
    dataset.DepthOfScanField = round(scanner.depth_mm)


def _time_base(dataset: Dataset, times_s: tuple[float, ...]) -> None:
    steps_ms = np.round(np.diff(times_s) * 1000, 4)
    if len(steps_ms) == 0 or np.ptp(steps_ms) < 1e-3:
        dataset.FrameTime = f"{steps_ms[0] if len(steps_ms) else 40.0:g}"
        dataset.FrameIncrementPointer = FRAME_TIME
        return
    dataset.FrameTimeVector = ["0", *(f"{step:g}" for step in steps_ms)]
    dataset.FrameIncrementPointer = FRAME_TIME_VECTOR


def _regions(cine: Cine, habits: Habits) -> list[Dataset]:
    screen, scanner, box, upward = cine.screen, cine.scene.scanner, cine.colour_box, habits.upward
    whole = (screen.left, screen.top, scanner.columns, scanner.rows)
    regions = [_region(cine, whole, TISSUE, upward)]
    if box is not None:
        inner = (screen.left + box.column0, screen.top + box.row0, box.columns, box.rows)
        regions.append(_region(cine, inner, COLOUR_FLOW, upward))
        if habits.scaled_bar:
            regions.append(_colour_bar(cine))
    if screen.panel_shift_px:
        panel = _region(cine, (screen.left + screen.panel_shift_px, *whole[1:]), TISSUE, upward)
        if cine.plan.fault not in WITHOUT_RANGE:
            _range_table(panel, cine.range_db)
        regions.append(panel)
    return regions


def _region(cine: Cine, box: tuple[int, int, int, int], data_type: int, upward: bool) -> Dataset:
    """A region from its first column and row, width and height in pixels; corners are inclusive."""
    left, top, wide, high = box
    spacing = cine.scene.scanner.spacing
    region = Dataset()
    region.RegionSpatialFormat = 1
    region.RegionDataType = data_type
    region.RegionFlags = 1 if data_type == COLOUR_FLOW else 0
    region.RegionLocationMinX0, region.RegionLocationMinY0 = left, top
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = left + wide - 1, top + high - 1
    region.ReferencePixelX0, region.ReferencePixelY0 = wide // 2, 0
    region.ReferencePixelPhysicalValueX = region.ReferencePixelPhysicalValueY = 0.0
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = UNIT_CM
    region.PhysicalDeltaX = spacing.column_mm / 10
    region.PhysicalDeltaY = (-1 if upward else 1) * spacing.row_mm / 10
    return region


def _colour_bar(cine: Cine) -> Dataset:
    """The colour bar in cm/s, its zero at the middle of its height."""
    box = bar_box(cine.screen)
    region = Dataset()
    region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = GRAPHICS, COLOUR_BAR, 1
    region.RegionLocationMinX0, region.RegionLocationMinY0 = box.column0, box.row0
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = box.column1 - 1, box.row1 - 1
    region.ReferencePixelX0, region.ReferencePixelY0 = 0, box.rows // 2
    region.ReferencePixelPhysicalValueX = region.ReferencePixelPhysicalValueY = 0.0
    region.PhysicalUnitsXDirection, region.PhysicalUnitsYDirection = 0, UNIT_CM_S
    region.PhysicalDeltaX, region.PhysicalDeltaY = 0.0, -2 * cine.velocity_cm_s / box.rows
    return region


def _range_table(region: Dataset, range_db: float) -> None:
    """The stored value in dB, 0 dB at peak white: the standard's map from pixel to echo level."""
    region.PixelComponentOrganization = 1
    region.PixelComponentRangeStart, region.PixelComponentRangeStop = 0, 255
    region.PixelComponentPhysicalUnits = UNIT_DB
    region.PixelComponentDataType = TISSUE
    region.NumberOfTableBreakPoints = 2
    region.TableOfXBreakPoints = [0, 255]
    region.TableOfYBreakPoints = [-float(range_db), 0.0]


def _contrast(dataset: Dataset, cine: Cine) -> None:
    agent = Dataset()
    agent.CodeValue, agent.CodingSchemeDesignator = "125906", "DCM"
    agent.CodeMeaning = "SonoVue"
    dataset.ContrastBolusAgent = "SonoVue"
    dataset.ContrastBolusAgentSequence = Sequence([agent])
    dataset.ContrastBolusRoute = "IV"
    dataset.ContrastBolusVolume = "2.4"
    # The bolus starts with the clip, so curve times count from the first frame.
    dataset.ContrastBolusStartTime = dataset.ContentTime
    if cine.plan.fault not in WITHOUT_RANGE:
        dataset.ProcessingFunction = f"CONTRAST DR {cine.range_db:.0f} dB"
