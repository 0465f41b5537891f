"""Perfusion parameters of a fitted bolus, and how they change with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ius_vision.contrast.models import Array
from ius_vision.contrast.shapes import Landmarks, landmarks

PARAMETERS = (
    "t0_s", "baseline", "pe", "ttp_s", "rt_s", "ft_s", "mtt_s", "wi_auc", "wo_auc", "wiwo_auc",
    "wir", "wor", "wipi", "ti_s", "to_s", "mean_s", "auc",
)  # fmt: skip


Gradient = list[Array | None]


@dataclass(frozen=True, slots=True)
class Bolus:
    """Fitted curves: ``baseline + pe * h((t - ttp_s) / width_s; skew)``, each (curves,)."""

    baseline: Array
    pe: Array
    ttp_s: Array
    width_s: Array
    skew: Array


def perfusion(model: str, bolus: Bolus) -> dict[str, Array]:
    """Compute the parameters of contrast quantification from the closed forms.

    Parameters
    ----------
    model : one of `models.MODELS`.
    bolus : the fitted curves.

    Returns
    -------
    One (curves,) array a name of `PARAMETERS`. Times are on the curve's own clock for `t0_s`, `ttp_s`,
    `ti_s`, `to_s` and `mean_s`; `rt_s`, `ft_s` and `mtt_s` are spans (TI to peak, peak to TO, TI to
    mean). Rates are per second, `wor` is negative. `auc` is the whole area, `wiwo_auc` the area from TI
    to TO.

    Notes
    -----
    An entry is NaN where the model has no such thing: wash-in of a gamma curve with a < 1.
    """
    return _scaled(bolus, landmarks(model, bolus.skew))


def _scaled(bolus: Bolus, at: Landmarks) -> dict[str, Array]:
    width, pe = bolus.width_s, bolus.pe
    scale = width * pe
    rise_s = -at.rise_start * width
    rise_area = at.rise_area * scale
    return {
        "t0_s": bolus.ttp_s + at.onset * width,
        "baseline": bolus.baseline,
        "pe": pe,
        "ttp_s": bolus.ttp_s,
        "rt_s": rise_s,
        "ft_s": at.fall_end * width,
        "mtt_s": (at.mean - at.rise_start) * width,
        "wi_auc": rise_area,
        "wo_auc": at.fall_area * scale,
        "wiwo_auc": rise_area + at.fall_area * scale,
        "wir": at.rise_slope * pe / width,
        "wor": at.fall_slope * pe / width,
        "wipi": rise_area / rise_s,
        "ti_s": bolus.ttp_s - rise_s,
        "to_s": bolus.ttp_s + at.fall_end * width,
        "mean_s": bolus.ttp_s + at.mean * width,
        "auc": at.area * scale,
    }


def gradients(model: str, bolus: Bolus, values: dict[str, Array]) -> dict[str, Gradient]:
    """Derivatives of every parameter by (pe, baseline, ttp_s, log width, skew).

    Parameters
    ----------
    values : the answer of `perfusion` for the same curves.

    Returns
    -------
    Five (curves,) arrays a name, None where a parameter does not depend on it.

    Notes
    -----
    Exact in four of the five; the derivative by skewness is a central difference of the closed forms,
    with an error far below what an interval can show.
    """
    step = 1e-4 * np.minimum(bolus.skew, 1.0)
    up, down = (landmarks(model, bolus.skew + sign * step) for sign in (1.0, -1.0))
    by_skew = Landmarks(*((up.stacked() - down.stacked()) / (2.0 * step)))
    slopes = _scaled(bolus, by_skew)
    one, pe = np.ones_like(bolus.pe), bolus.pe
    out: dict[str, Gradient] = {
        "pe": [one, None, None, None, None],
        "baseline": [None, one, None, None, None],
        "ttp_s": [None, None, one, None, None],
    }
    for name in ("rt_s", "ft_s", "mtt_s"):
        out[name] = [None, None, None, values[name], slopes[name]]
    for name in ("t0_s", "ti_s", "to_s", "mean_s"):
        out[name] = [None, None, one, values[name] - bolus.ttp_s, slopes[name] - bolus.ttp_s]
    for name in ("wi_auc", "wo_auc", "wiwo_auc", "auc"):
        out[name] = [values[name] / pe, None, None, values[name], slopes[name]]
    for name in ("wir", "wor"):
        out[name] = [values[name] / pe, None, None, -values[name], slopes[name]]
    wipi = values["wipi"]
    by_skew_wipi = wipi * (slopes["wi_auc"] / values["wi_auc"] - slopes["rt_s"] / values["rt_s"])
    out["wipi"] = [wipi / pe, None, None, None, by_skew_wipi]
    return {name: out[name] for name in PARAMETERS}
