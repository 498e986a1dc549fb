#pragma once
#include <string>
#include <vector>

#include "cli/listing.h"

namespace faultline {

/// A reference page of one kind of listing, as docs/generate.sh writes it: a table of names, then for each entry its traits and
/// tables of its options and claims. claims_on: the network that claims are about, "" where there are none. The same program
/// gives the same bytes.
std::string markdown_page(const std::string& what, const std::vector<Listing>& listings, const std::string& claims_on);

}  // namespace faultline
