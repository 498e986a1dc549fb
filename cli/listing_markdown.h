#pragma once
#include <string>
#include <vector>

#include "cli/listing.h"

namespace faultline {

/// A reference page of one kind of listing, as docs/generate.sh writes it: a table of names, then for each entry its traits and a
/// table of its options. The same program gives the same bytes.
std::string markdown_page(const std::string& what, const std::vector<Listing>& listings);

}  // namespace faultline
