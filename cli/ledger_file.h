#pragma once
#include <string>

#include "data/samples.h"
#include "explainers/relevance/ledger.h"

namespace faultline {

/// Writes a leakage ledger as JSON: per sample what was explained, what the map sums to and every node's columns, and per column
/// the total; 17 digits.
void write_ledger(const std::string& path, const Ledger& ledger, const std::string& spec, const Samples& samples);

/// The node and column that the largest mean share of relevance leaks at, as one line for people; "" where nothing leaks.
std::string largest_leak(const Ledger& ledger);

}  // namespace faultline
