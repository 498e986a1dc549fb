#pragma once
#include <optional>
#include <string>
#include <vector>

namespace faultline {

/// One row of published/*.csv: a figure or an ordering that a paper gives (published/README.md has the columns).
struct PublishedFigure {
  std::string model, dataset, explainer, condition, epsilon, metric, claim, how_read;
  std::optional<double> value;
};

/// The rows of a file, by its name. They are part of the program. Throws std::logic_error where there is no such file.
std::vector<PublishedFigure> published_figures(const std::string& file);

}  // namespace faultline
