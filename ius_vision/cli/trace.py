"""`ius-vision trace`: both borders of a layer from a rough line or box, without the network."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from ius_vision.cli.examples import examples
from ius_vision.errors import BadUsage


def add_parser(subparsers) -> argparse.ArgumentParser:
    parser = subparsers.add_parser(
        "trace",
        help="trace both borders of a wall from a rough line or box",
        description="Trace both borders of a layer to parts of a pixel from a rough box, or from a rough "
        "line along its middle and its rough thickness. Coordinates are pixels, from 0; x runs to the right. "
        "Every border has to be a step from dark to bright outwards.",
        **examples(
            "trace frame.png --box 120 200 480 260 --mm-per-pixel 0.08",
            "trace IM0001.dcm --frame 12 --line 120,230 480,240 --thickness-px 45 --picture traced.png",
        ),
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="picture, or DICOM file")
    parser.add_argument(
        "--box", type=int, nargs=4, metavar=("X0", "Y0", "X1", "Y1"), help="box about filled by the layer"
    )
    parser.add_argument("--line", nargs="+", metavar="X,Y", help="points along the layer's middle")
    parser.add_argument("--thickness-px", type=float, help="rough thickness, with --line")
    parser.add_argument("--frame", type=int, default=1, help="frame of a DICOM clip, from 1 (default 1)")
    parser.add_argument("--mm-per-pixel", type=float, help="scale; overrules the file's own")
    parser.add_argument("--picture", type=Path, metavar="PNG", help="draw the borders into this file")
    parser.add_argument("--json", action="store_true", help="print the borders and figures as JSON")
    return parser


def run(args: argparse.Namespace) -> int:
    from ius_vision.pipeline.trace import trace_file

    traced = trace_file(_order(args))
    row = _figures(traced)
    if args.json:
        print(json.dumps(row, indent=1))
    elif row["status"] == "abstained":
        print(f"abstained: {row['reason']}: {row['detail']}")
    else:
        for unit in ("mm", "px"):
            if (mean := row[f"thickness_{unit}"]) is not None:
                least, most = row[f"thinnest_{unit}"], row[f"thickest_{unit}"]
                print(f"thickness {mean:.2f} {unit} ({least:.2f} to {most:.2f} over {row['points']} points)")
        if row["thickness_mm"] is None:
            print("no scale is known, so no millimetres: give --mm-per-pixel")
    return 0


def _order(args: argparse.Namespace):
    from ius_vision.geometry import Box, Spacing
    from ius_vision.pipeline.trace import TraceOrder

    if (args.box is None) == (args.line is None):
        raise BadUsage("number_out_of_range", "give either --box or --line", "--box")
    if args.line is not None and not (args.thickness_px and args.thickness_px > 0):
        raise BadUsage("number_out_of_range", "--line needs --thickness-px above 0", "--thickness-px")
    try:
        x0, y0, x1, y1 = args.box or (0, 0, 0, 0)
        box = Box(y0, x0, y1 + 1, x1 + 1) if args.box else None
        points = [tuple(float(part) for part in word.split(",")) for word in args.line or ()]
        line = tuple((y, x) for x, y in points)
        spacing = None if args.mm_per_pixel is None else Spacing(args.mm_per_pixel, args.mm_per_pixel)
    except ValueError as error:
        raise BadUsage("number_out_of_range", f"that cannot be read: {error}", "trace") from error
    return TraceOrder(args.file, box, line, args.thickness_px, args.frame, spacing, args.picture)


def _figures(traced) -> dict:
    from ius_vision.outcomes import Abstained

    layer, spacing = traced.layer, traced.spacing
    if isinstance(layer, Abstained):
        return {"status": layer.status, "reason": layer.reason, "detail": layer.detail}
    row = {"status": "measured", "points": len(layer.upper)}
    for unit, values in (
        ("px", layer.thickness_px()),
        ("mm", None if spacing is None else layer.thickness_mm(spacing)),
    ):
        known = values is not None
        row[f"thickness_{unit}"] = float(values.mean()) if known else None
        row[f"thinnest_{unit}"] = float(values.min()) if known else None
        row[f"thickest_{unit}"] = float(values.max()) if known else None
    borders = {"upper_xy_px": layer.upper, "lower_xy_px": layer.lower}
    return row | {name: border[:, ::-1].round(2).tolist() for name, border in borders.items()}
