#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace faultline {

/// JSON as files of ours have it: keys in the object's order (sorted for nlohmann::json), numbers that are not whole with so
/// many significant digits, NaN and infinity as null, invalid UTF-8 replaced. From `flat_depth` on a value stays on one line: a
/// record is a row.
std::string json_text(const nlohmann::json& value, int flat_depth, int digits = 17);

}  // namespace faultline
