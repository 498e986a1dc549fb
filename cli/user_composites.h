#pragma once
#include <map>
#include <string>

namespace faultline {

/// Tables of relevance rules of a configuration file: sections `[lrp.NAME]` with lines `selector = rule`, by name, the lines
/// joined by `; `.
using UserComposites = std::map<std::string, std::string>;

/// Takes one option of a configuration file where it is a line of such a section ("lrp.NAME.selector"); false where it is not.
/// Throws usage where NAME is that of a built-in composite. path: of the file, for messages.
bool take_composite_line(const std::string& path, const std::string& key, const std::string& value, UserComposites* composites);

/// An explainer's spec with a composite's name replaced by its lines, so that the spec says all by itself.
std::string with_composite_lines(const std::string& spec, const UserComposites& composites);

}  // namespace faultline
