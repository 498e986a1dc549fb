#pragma once
#include <memory>
#include <string>

#include "data/dataset.h"

namespace faultline {

/// CIFAR-10 in its binary form (Krizhevsky 2009): records of 3073 bytes, the class and 32x32 pixels as planes R, G, B. Inputs are
/// [3,32,32], byte/255. `path` is a .bin file or a folder: test_batch.bin where there is one, else data_batch_*.bin in order;
/// ids count through the files. Class names come from batches.meta.txt beside them.
/// Throws input on a file that is no whole number of records or holds a class above 9.
std::unique_ptr<Dataset> open_cifar10(const std::string& path, const DatasetOptions& options);

/// Whether a folder holds files that open_cifar10 reads.
bool has_cifar10(const std::string& folder);

}  // namespace faultline
