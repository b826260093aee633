"""Writes the fixtures that the tests compare with, computed by PyTorch.

Run by hand, `python Tests/Reference`, with torch installed; the tests only read what it wrote.
"""

import torch

import arrangement
import elementwise
import layers
import linalg
import models
import optimisers
import products
import reductions
import volumes
import windows

torch.set_num_threads(1)
for module in (linalg, volumes, elementwise, reductions, arrangement, products, windows, layers, models, optimisers):
    module.write()
