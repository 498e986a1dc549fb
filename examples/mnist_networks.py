"""Trains the networks of two papers on MNIST and writes them as TorchScript, for `faultline replicate`.

    python mnist_networks.py MNIST_FOLDER OUT_FOLDER [IMAGES]

kindermans_mlp.pt   three hidden layers of 1024 (Kindermans et al. 2017)
adebayo_mlp.pt      784-2500-1500-500-10 (Adebayo et al. 2018)
adebayo_cnn.pt      conv 5x5x32, pool, conv 5x5x64, pool, 1024, 10 (Adebayo et al. 2018)

Adam, 1e-4, batches of 50; fewer epochs than the papers', on the first IMAGES (8000) training pictures.
"""
import gzip
import pathlib
import struct
import sys

import numpy
import torch
from torch import nn


def read_idx(folder, part, kind):
    path = next(p for p in sorted(pathlib.Path(folder).iterdir()) if part in p.name and kind in p.name)
    data = (gzip.open if path.suffix == ".gz" else open)(path, "rb").read()
    shape = struct.unpack(">" + "I" * data[3], data[4:4 + 4 * data[3]])
    return torch.tensor(numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * data[3]).reshape(shape).copy())


def mlp(*widths):
    layers = [nn.Flatten()]
    for width, following in zip(widths[:-2], widths[1:-1]):
        layers += [nn.Linear(width, following), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(widths[-2], widths[-1]))


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden1, self.hidden2 = nn.Conv2d(1, 32, 5, padding=2), nn.Conv2d(32, 64, 5, padding=2)
        self.fc1, self.softmax_linear = nn.Linear(7 * 7 * 64, 1024), nn.Linear(1024, 10)
        self.pool, self.relu1, self.relu2, self.relu3 = nn.MaxPool2d(2), nn.ReLU(), nn.ReLU(), nn.ReLU()

    def forward(self, x):
        x = self.pool(self.relu1(self.hidden1(x)))
        x = self.pool(self.relu2(self.hidden2(x)))
        return self.softmax_linear(self.relu3(self.fc1(x.flatten(1))))


def main(folder, out, images=8000):
    torch.manual_seed(0)
    pictures = {part: read_idx(folder, part, "images").float().unsqueeze(1) / 255 for part in ("train", "t10k")}
    labels = {part: read_idx(folder, part, "labels").long() for part in ("train", "t10k")}
    x, y = pictures["train"][:int(images)], labels["train"][:int(images)]
    for name, network, epochs in [("kindermans_mlp", mlp(784, 1024, 1024, 1024, 10), 8),
                                  ("adebayo_mlp", mlp(784, 2500, 1500, 500, 10), 10), ("adebayo_cnn", Cnn(), 15)]:
        optimiser = torch.optim.Adam(network.parameters(), 1e-4)
        for _ in range(epochs):
            order = torch.randperm(len(x))
            for begin in range(0, len(x), 50):
                some = order[begin:begin + 50]
                optimiser.zero_grad()
                nn.functional.cross_entropy(network(x[some]), y[some]).backward()
                optimiser.step()
        network.eval()
        with torch.no_grad():
            right = (network(pictures["t10k"]).argmax(1) == labels["t10k"]).float().mean().item()
        print(f"{name}: {100 * right:.1f} % of the test pictures")
        torch.jit.script(network).save(str(pathlib.Path(out) / f"{name}.pt"))


if __name__ == "__main__":
    main(*sys.argv[1:])
