# torch_loop.py THREADS [VARIANT...]: LeNet-300-100 on MNIST in PyTorch as its users write it (eager, autograd, L1 in the
# loss, Adam, batch 128), led by lines as contender.c is: "block SECONDS" trains for about that long and answers
# {"steps", "seconds"}. Variants, words as printed in the opening: "foreach" (Adam's multi-tensor form). Runs under Debian's
# python3 with python3-torch; needs no other package.
import json
import sys
import time

import torch

BATCH, RATE, STRENGTH = 128, 2e-3, 1e-4
threads, variants = int(sys.argv[1]), sys.argv[2:]
torch.set_num_threads(threads)
torch.manual_seed(1)


def read(name, header):
    with open(f"build/data/mnist/{name}", "rb") as file:
        return torch.frombuffer(bytearray(file.read()[header:]), dtype=torch.uint8)


images = read("train-images-idx3-ubyte", 16).reshape(-1, 784).float() / 255
labels = read("train-labels-idx1-ubyte", 8).long()
model = torch.nn.Sequential(
    torch.nn.Linear(784, 300), torch.nn.ReLU(), torch.nn.Linear(300, 100), torch.nn.ReLU(), torch.nn.Linear(100, 10)
)
weights = [layer.weight for layer in model if isinstance(layer, torch.nn.Linear)]
optimizer = torch.optim.Adam(model.parameters(), lr=RATE, foreach="foreach" in variants)
loss_of = torch.nn.CrossEntropyLoss()
order, at = torch.randperm(len(labels)), 0


def step():
    global order, at
    if at + BATCH > len(labels):
        order, at = torch.randperm(len(labels)), 0
    chosen = order[at : at + BATCH]
    at += BATCH
    loss = loss_of(model(images[chosen]), labels[chosen])
    loss = loss + STRENGTH * sum(w.abs().sum() for w in weights)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss


def answer(value):
    print(json.dumps(value), flush=True)


answer({"batch": BATCH, "version": torch.__version__, "threads": torch.get_num_threads(), "variants": variants})
for line in sys.stdin:
    limit = float(line.split()[1])
    steps, begin, seconds = 0, time.perf_counter(), 0.0
    while seconds < limit:
        loss = step()
        steps += 1
        seconds = time.perf_counter() - begin
    answer({"steps": steps, "seconds": seconds, "loss": loss.item()})
