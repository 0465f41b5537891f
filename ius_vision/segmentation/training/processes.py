"""Several processes that train one network, one a GPU, as torchrun starts them."""

from __future__ import annotations

import os
from typing import TypeVar

import torch
from torch import distributed

T = TypeVar("T")


class Processes:
    """This process among those that train together; alone unless torchrun started several.

    Attributes
    ----------
    rank, count : number of this process, from 0, and of all.
    device : where it computes.
    """

    def __init__(self) -> None:
        self.count = int(os.environ.get("WORLD_SIZE", "1"))
        self.rank = int(os.environ.get("RANK", "0")) if self.count > 1 else 0
        cuda = torch.cuda.is_available()
        local = int(os.environ.get("LOCAL_RANK", "0")) if self.count > 1 else 0
        self.device = torch.device("cuda", local) if cuda else torch.device("cpu")
        if self.count > 1:
            if cuda:
                torch.cuda.set_device(self.device)
            distributed.init_process_group("nccl" if cuda else "gloo")

    @property
    def first(self) -> bool:
        """Whether this process writes the files."""
        return self.rank == 0

    def wrap(self, network: torch.nn.Module) -> torch.nn.Module:
        """The network with gradients averaged over all processes."""
        if self.count == 1:
            return network
        devices = [self.device] if self.device.type == "cuda" else None
        return torch.nn.parallel.DistributedDataParallel(network, device_ids=devices)

    def share(self, value: T) -> T:
        """The first process's value, in all of them."""
        if self.count == 1:
            return value
        box = [value]
        distributed.broadcast_object_list(box, src=0, device=self.device)
        return box[0]

    def leave(self) -> None:
        """Wait for the others and part from them."""
        if self.count > 1:
            distributed.barrier()
            distributed.destroy_process_group()
