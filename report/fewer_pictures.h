#pragma once
#include <cstddef>

#include "report/summary.h"

namespace faultline {

/// How many samples a page shows pictures of, for each explainer: in the panels of suite fragility, and in every other suite.
struct MostPictures {
  size_t in_fragility, elsewhere;
};

/// The run with the pictures of so many samples an explainer: under fragility of those whose maps the attack moved most,
/// elsewhere of the first. A page of large photographs would grow with every explainer otherwise; the run's folder keeps them
/// all.
RunSummary with_fewer_pictures(RunSummary run, const MostPictures& most);

}  // namespace faultline
