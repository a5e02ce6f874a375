"""Trains the network on synthetic scenes, for so many steps.

    python -m training.train --out training/runs/NAME [--steps N] [--seed S] [--workers 1]

Interrupted, by whatever, the same command goes on from the last checkpoint, at most `EVERY` seconds of work ago, and
comes to the same weights as if nothing had happened. How fast it is does not change what comes out. One thread trains,
`workers` processes draw scenes.
"""

from __future__ import annotations

import argparse
import copy
import math
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from training.batches import Batch, Draw, Makers, planned
from training.checkpoints import Checkpoint, Recipe, keep, kept, log
from training.losses import Loss, Wanted, loss
from training.network import PlateNetwork
from training.rehearsal import Rehearsal
from training.scenes import scene

if TYPE_CHECKING:
    from training.targets import Target

AHEAD = 8
"""Batches planned before they are needed."""

RATE, WARM_UP, LEAST = 3e-3, 150, 0.01
"""Highest learning rate, steps until it is reached, and the share of it that is left at the end."""

DECAY = 2e-2
"""Of weights."""

LINES = 0.4
"""What the lines' head counts beside the plates'."""

CORNERS = 1.0
"""What corners count beside scores."""

STEEPEST = 5.0
"""Norm that gradients are cut to."""

MEMORY = 0.998
"""Share of the moving average of the weights that each step leaves."""

EVERY = 120.0
"""Seconds between checkpoints."""

LOGGED = 20
"""Steps between lines of the log."""


class Run:
    """One training run: the network and all that changes with it."""

    def __init__(self, recipe: Recipe) -> None:
        torch.manual_seed(recipe.seed)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.recipe = recipe
        self.step = 0
        self.network = PlateNetwork().to(self.device, memory_format=torch.channels_last)
        self.averaged = copy.deepcopy(self.network).eval()
        self.optimiser = torch.optim.AdamW(self.network.parameters(), lr=RATE, weight_decay=DECAY)
        self.rehearsal = Rehearsal()

    def resume(self, checkpoint: Checkpoint, draw: Draw = scene) -> None:
        """Go on from there."""
        self.step = checkpoint.step
        self.network.load_state_dict(checkpoint.weights)
        self.averaged.load_state_dict(checkpoint.averaged)
        self.optimiser.load_state_dict(checkpoint.optimiser)
        self.rehearsal = Rehearsal.recalled(checkpoint.hard, draw)

    def checkpoint(self) -> Checkpoint:
        """All that is needed to go on from here."""
        return Checkpoint(
            self.recipe,
            self.step,
            self.network.state_dict(),
            self.averaged.state_dict(),
            self.optimiser.state_dict(),
            self.rehearsal.told,
        )

    def learn(self, batch: Batch) -> tuple[Loss, Loss]:
        """One step."""
        self.network.train()
        for group in self.optimiser.param_groups:
            group["lr"] = rate(self.step, self.recipe.steps)
        plates, lines = self.network(self.shown(batch))
        of_plates = loss(plates, self.wanted(batch.plates))
        of_lines = loss(lines, self.wanted(batch.lines))
        whole = of_plates.scores + CORNERS * of_plates.corners + LINES * (of_lines.scores + CORNERS * of_lines.corners)
        self.optimiser.zero_grad()
        whole.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), STEEPEST)
        self.optimiser.step()
        self.step += 1
        self.average()
        self.rehearsal.note(batch, (of_plates.false + LINES * of_lines.false).tolist())
        return of_plates, of_lines

    def shown(self, batch: Batch) -> Tensor:
        """Pictures as the network takes them."""
        pictures = torch.from_numpy(batch.pictures).to(self.device).permute(0, 3, 1, 2)
        scaled: Tensor = (pictures.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)
        return scaled

    def wanted(self, target: Target) -> Wanted:
        """A target where the network is."""
        arrays = (target.score, target.weight, target.offsets, target.extent)
        return Wanted(*(torch.from_numpy(array).to(self.device) for array in arrays))

    def average(self) -> None:
        """Let the averaged weights follow."""
        memory = min(MEMORY, (1 + self.step) / (10 + self.step))
        pairs = zip(self.averaged.state_dict().values(), self.network.state_dict().values(), strict=True)
        for old, new in pairs:
            if old.dtype.is_floating_point:
                old.lerp_(new, 1 - memory)


def rate(step: int, steps: int) -> float:
    """Learning rate: up in a straight line, then down along a cosine."""
    if step < WARM_UP:
        return RATE * (step + 1) / WARM_UP
    done = (step - WARM_UP) / max(1, steps - WARM_UP)
    return RATE * (LEAST + (1 - LEAST) * (1 + math.cos(math.pi * done)) / 2)


def train(folder: Path, recipe: Recipe, workers: int, draw: Draw = scene) -> Run:
    """The run in that folder, at its end. Raises ValueError where the folder holds a run of another recipe."""
    folder.mkdir(parents=True, exist_ok=True)
    run = Run(recipe)
    before = kept(folder)
    if before and before.recipe != recipe:
        message = f"{folder} holds a run of seed {before.recipe.seed} and {before.recipe.steps} steps: name another"
        raise ValueError(message)
    if before:
        run.resume(before, draw)
    with Makers(workers, draw) as makers:
        go_on(run, folder, makers)
    keep(folder, run.checkpoint())
    return run


def go_on(run: Run, folder: Path, makers: Makers) -> None:
    """Learn until the last step is done, keep a checkpoint now and then, and log."""
    saved = logged = time.monotonic()
    while run.step < run.recipe.steps:
        while makers.waiting < min(AHEAD, run.recipe.steps - run.step):
            makers.give(planned(run.recipe.seed, run.step + makers.waiting))
        losses = run.learn(run.rehearsal.mixed(makers.take()))
        now = time.monotonic()
        if run.step % LOGGED == 0:
            log(folder, told(run, losses, LOGGED / (now - logged)))
            logged = now
        if now - saved > EVERY:
            keep(folder, run.checkpoint())
            saved = now


def told(run: Run, losses: tuple[Loss, Loss], pace: float) -> dict[str, float]:
    """A line of the log: losses of both heads, learning rate, and steps a second."""
    plates, lines = losses
    return {
        "step": run.step,
        "plates": round(plates.scores.item(), 4),
        "plate corners": round(plates.corners.item(), 4),
        "lines": round(lines.scores.item(), 4),
        "line corners": round(lines.corners.item(), 4),
        "rate": round(rate(run.step, run.recipe.steps), 6),
        "pace": round(pace, 2),
    }


def main() -> None:
    """Train as the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--steps", type=int, default=7000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1, help="processes that draw scenes")
    options = parser.parse_args()
    torch.set_num_threads(1)
    recipe = Recipe(options.seed, options.steps)
    run = train(options.out, recipe, options.workers)
    print(f"{options.out}: {run.step} steps of {asdict(recipe)} done")


if __name__ == "__main__":
    main()
