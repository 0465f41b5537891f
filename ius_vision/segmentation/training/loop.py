"""The training loop: from frames in memory to the best weights on disk."""

from __future__ import annotations

import copy
import csv
import hashlib
import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from ius_vision.errors import BadUsage
from ius_vision.segmentation.dataset import BOWEL
from ius_vision.segmentation.training.batches import Frame, Source, batches
from ius_vision.segmentation.training.checkpoint import (
    BEST,
    Progress,
    load_state,
    load_weights,
    save_state,
    save_tensors,
)
from ius_vision.segmentation.training.config import TrainConfig, to_toml
from ius_vision.segmentation.training.events import Events
from ius_vision.segmentation.training.network import WallLoss, build_network
from ius_vision.segmentation.training.processes import Processes
from ius_vision.segmentation.training.validate import Validation, validate

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """The end of a training: the average network with its best weights, and what it reached."""

    network: torch.nn.Module
    progress: Progress
    validation: Validation


class Trainer:
    """Network, running average, optimizer and progress of one training in one folder."""

    def __init__(
        self,
        config: TrainConfig,
        out: Path,
        frames: Sequence[Frame],
        held: Sequence[Frame],
        labels: tuple[str, ...] = BOWEL,
        processes: Processes | None = None,
        source: Source | None = None,
    ) -> None:
        torch.manual_seed(config.training.seed)
        torch.set_num_threads(config.training.threads)
        self.config, self.out, self.frames, self.held = config, out, frames, held
        self.labels, self.processes = labels, processes or Processes()
        self.source = source
        self.device = self.processes.device
        network = build_network(config.network, len(labels))
        self.network = network.to(self.device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self.loss = WallLoss(_weights(config, labels), config.training.picture_dice).to(self.device)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(),
            config.training.learning_rate,
            weight_decay=config.training.weight_decay,
        )
        self.progress = self._resume()
        # Gradients are averaged over the processes of this one; weights are kept without its wrapper.
        self.together = self.processes.wrap(self.network)
        self.events = Events(out) if self.processes.first else None

    def _resume(self) -> Progress:
        same = {"config": to_toml(self.config), "cases": _fingerprint(self.frames)}
        progress = load_state(self.out, self.network, self.average, self.optimizer)
        if progress.step == 0:
            self._start()
            return Progress(**same)
        if {"config": progress.config, "cases": progress.cases} != same:
            raise BadUsage(
                "bad_checkpoint",
                f"a training with another configuration or other cases stopped at step {progress.step} there",
                str(self.out),
                "Give the same --config and --data to go on, or another --out to start anew",
            )
        log.info("resumed at step %d", progress.step)
        return progress

    def _start(self) -> None:
        """Take the weights of an earlier model where the configuration names one."""
        if self.config.training.start_from is not None:
            load_weights(Path(self.config.training.start_from), self.network)
            self.average.load_state_dict(self.network.state_dict())

    def run(self, tick: Callable[[int, float], None] = lambda step, loss: None) -> Trained:
        """Train to the end; `tick(step, loss)` is called after every step."""
        settings, started = self.config.training, time.monotonic() - self.progress.seconds
        where = self.progress.step, self.processes.rank, self.processes.count
        stream = batches(self.frames, self.config, *where, self.source)
        losses: list[float] = []
        while not self._finished():
            losses.append(self._step(*next(stream)))
            seconds = self.processes.share(time.monotonic() - started)
            self.progress = replace(self.progress, step=self.progress.step + 1, seconds=seconds)
            tick(self.progress.step, losses[-1])
            if self.progress.step % settings.validate_every == 0 or self._finished():
                self._check(sum(losses) / len(losses))
                losses.clear()
        stream.close()
        if self.events is not None:
            self.events.close()
        return self._best()

    def _done_share(self) -> float:
        settings = self.config.training
        by_time = self.progress.seconds / (60 * settings.minutes) if settings.minutes else 0.0
        return min(1.0, max(self.progress.step / settings.steps, by_time))

    def _finished(self) -> bool:
        patience = self.config.training.stop_after
        stopped = patience is not None and self.progress.checks_since_best >= patience
        return stopped or self._done_share() >= 1.0

    def _step(self, pictures, truths) -> float:
        settings = self.config.training
        for group in self.optimizer.param_groups:
            group["lr"] = settings.learning_rate * rate_factor(self._done_share(), settings.warmup_share)
        self.network.train()
        inputs = torch.from_numpy(pictures).to(self.device, memory_format=torch.channels_last)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=settings.mixed_precision):
            logits = self.together(inputs)
        loss = self.loss(logits, torch.from_numpy(truths).to(self.device))
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimizer.step()
        self._follow()
        return float(loss.detach())

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the running average; early on it follows faster, so that it does not lag behind."""
        decay = min(self.config.training.average_decay, (1 + self.progress.step) / (10 + self.progress.step))
        pairs = zip(self.average.state_dict().values(), self.network.state_dict().values(), strict=True)
        for kept, new in pairs:
            if kept.is_floating_point():
                kept.lerp_(new, 1 - decay)
            else:
                kept.copy_(new)

    def _check(self, loss: float) -> None:
        """Validate and write the state, in the first process; the others wait for its progress."""
        if self.processes.first:
            self._check_alone(loss)
        self.progress = self.processes.share(self.progress)

    def _check_alone(self, loss: float) -> None:
        result = self._validate()
        if result.score > self.progress.best_wall_dice:
            self.progress = replace(self.progress, best_wall_dice=result.score, checks_since_best=0)
            save_tensors(self.out / BEST, self.average.state_dict())
        else:
            self.progress = replace(self.progress, checks_since_best=self.progress.checks_since_best + 1)
        save_state(self.out, self.network, self.average, self.optimizer, self.progress)
        row = {
            "step": self.progress.step,
            "minutes": round(self.progress.seconds / 60, 2),
            "loss": round(loss, 5),
        }
        _append(self.out / "metrics.csv", row | result.row())
        self.events.write(row | result.row())
        log.info("step %d loss %.4f %s", self.progress.step, loss, result.row())

    def _best(self) -> Trained:
        from safetensors.torch import load_file

        self.average.load_state_dict(load_file(self.out / BEST))
        return Trained(self.average.eval(), self.progress, self._validate())

    def _validate(self) -> Validation:
        return validate(self.average, self.held, self.config, self.device, self.labels)


def _weights(config: TrainConfig, labels: tuple[str, ...]) -> tuple[float, ...]:
    weights = config.training.class_weights
    if set(weights) == {1.0}:
        return (1.0,) * len(labels)
    if len(weights) != len(labels):
        said = f"training.class_weights: {len(weights)} weights for {len(labels)} labels"
        raise BadUsage("bad_config", f"{said} ({', '.join(labels)})")
    return weights


def rate_factor(done: float, warmup: float) -> float:
    """One cycle: a straight rise over the warm-up share, then a half cosine to 0."""
    if done < warmup:
        return (done + 1e-3) / (warmup + 1e-3)
    return 0.5 * (1 + math.cos(math.pi * (done - warmup) / (1 - warmup)))


def _fingerprint(frames: Sequence[Frame]) -> str:
    digest = hashlib.sha256()
    for frame in frames:
        digest.update(frame.name.encode())
        digest.update(frame.grey.tobytes())
        digest.update(frame.labels.tobytes())
    return digest.hexdigest()


def _append(path: Path, row: dict[str, float]) -> None:
    fresh = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, row)
        if fresh:
            writer.writeheader()
        writer.writerow(row)
