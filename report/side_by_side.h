#pragma once
#include <string>
#include <vector>

#include "report/summary.h"

namespace faultline {

/// The explainers of a run beside each other, a row each: what the strongest attack left, and what each suite found. Plain text:
/// the format escapes it.
struct SideBySide {
  struct Cell {
    std::string text;                ///< "" where nothing was measured
    std::vector<std::string> below;  ///< details, a line each
    bool is_fault = false;
  };
  struct Row {
    std::string explainer;
    bool is_control = false;
    std::vector<Cell> cells;
  };
  struct Column {
    std::string name;
    bool is_number = false;
  };
  std::vector<Column> columns;
  std::vector<Row> rows;  ///< in the run's order, controls last; as many cells as there are columns
};

/// Without rows where fewer than two explainers that are no controls were tried: there is nothing to compare. Columns that no
/// explainer has an entry in are left out.
SideBySide side_by_side(const RunSummary& run);

}  // namespace faultline
