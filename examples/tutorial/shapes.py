"""Draws pictures of discs, squares and triangles, trains a small PyTorch network on them and exports it for faultline.

Writes into the folder given (default: shapes):
  shapes.pt        the network as TorchScript; it wants (x - 0.5) / 0.25
  pictures/*.png   24 test pictures of 32 x 32 pixels
  pictures/labels.csv
Needs PyTorch and torchvision; takes some seconds.
"""
import os
import sys

import torch
from torch import nn
from torchvision.utils import save_image

NAMES = ["disc", "square", "triangle"]


def picture(label, generator):
    """One picture [3,32,32] in [0,1]: a shape of random place, size and colour on noise."""
    place, size = torch.rand(2, generator=generator) * 10 + 11, torch.rand(1, generator=generator) * 3 + 6
    y, x = torch.meshgrid(torch.arange(32.0) - place[0], torch.arange(32.0) - place[1], indexing="ij")
    inside = {
        0: x**2 + y**2 < size**2,
        1: torch.maximum(x.abs(), y.abs()) < 0.85 * size,
        2: (y < 0.7 * size) & (y > 2 * x.abs() - size),
    }[label]
    colour = torch.rand(3, 1, 1, generator=generator) * 0.6 + 0.4
    noise = torch.rand(3, 32, 32, generator=generator) * 0.3
    return torch.where(inside, colour, noise)


def pictures(count, seed):
    generator = torch.Generator().manual_seed(seed)
    labels = [i % 3 for i in range(count)]
    return torch.stack([picture(label, generator) for label in labels]), torch.tensor(labels)


def main(folder):
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(16 * 8 * 8, 32), nn.ReLU(), nn.Linear(32, 3))
    x, labels = pictures(1200, seed=1)
    optimizer = torch.optim.Adam(network.parameters(), 2e-3)
    for _ in range(6):
        for rows in torch.randperm(len(x)).split(50):
            optimizer.zero_grad()
            nn.functional.cross_entropy(network((x[rows] - 0.5) / 0.25), labels[rows]).backward()
            optimizer.step()

    # The export: evaluation mode, one example of the right shape, trace, save.
    network.eval()
    os.makedirs(os.path.join(folder, "pictures"), exist_ok=True)
    torch.jit.trace(network, torch.zeros(1, 3, 32, 32)).save(os.path.join(folder, "shapes.pt"))

    x, labels = pictures(24, seed=2)
    with open(os.path.join(folder, "pictures", "labels.csv"), "w") as table:
        table.write("file,class,name\n")
        for i, label in enumerate(labels.tolist()):
            save_image(x[i], os.path.join(folder, "pictures", f"{i:02}.png"))
            table.write(f"{i:02}.png,{label},{NAMES[label]}\n")
    correct = (network((x - 0.5) / 0.25).argmax(1) == labels).float().mean().item()
    print(f"test accuracy {correct:.2f}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "shapes")
