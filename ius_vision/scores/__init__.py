"""Scores, cut-offs and response definitions: numbers and grades in, numbers out. Standard library only."""

from ius_vision.scores.cut_offs import CHANGE_CUT_OFFS, CUT_OFFS
from ius_vision.scores.definitions import DEFINITIONS, Definition
from ius_vision.scores.doppler import LimbergGrade, cds_of_limberg, limberg, modified_limberg
from ius_vision.scores.endoscopy import Endoscopy, stride2_remission, stride2_response
from ius_vision.scores.ibus_sas import ibus_sas
from ius_vision.scores.indices import buss, muc, simple_us, sus_cd, uc_ius
from ius_vision.scores.normal_wall import DEFAULT_NORMAL_WALL, NORMAL_WALL
from ius_vision.scores.numbers_in import ScoreInputError
from ius_vision.scores.records import MARKS, Record
from ius_vision.scores.response import Decision, NotStatedError, remission, response
from ius_vision.scores.score import Score
from ius_vision.scores.sheet import ScoreSheet, Verdict, score_sheet
from ius_vision.scores.visit import Change, Visit

__all__ = [
    "CHANGE_CUT_OFFS",
    "CUT_OFFS",
    "DEFAULT_NORMAL_WALL",
    "DEFINITIONS",
    "MARKS",
    "NORMAL_WALL",
    "Change",
    "Decision",
    "Definition",
    "Endoscopy",
    "LimbergGrade",
    "NotStatedError",
    "Record",
    "Score",
    "ScoreInputError",
    "ScoreSheet",
    "Verdict",
    "Visit",
    "buss",
    "cds_of_limberg",
    "ibus_sas",
    "limberg",
    "modified_limberg",
    "muc",
    "remission",
    "response",
    "score_sheet",
    "simple_us",
    "stride2_remission",
    "stride2_response",
    "sus_cd",
    "uc_ius",
]
