#include "cli/arguments.h"

#include <algorithm>
#include <boost/program_options.hpp>
#include <sstream>

#include "cli/user_composites.h"
#include "core/error.h"
#include "core/nearest.h"
#include "core/numbers.h"
#include "core/shell_word.h"
#include "data/input_file.h"

namespace faultline {
namespace {

namespace po = boost::program_options;

constexpr const char* kWords = "(words)";
using Texts = std::vector<std::string>;

/// `name` is not among the verb's options: says why.
[[noreturn]] void refuse_option(const std::string& verb, const std::string& shown, const std::string& name, const Texts& takes) {
  refuse_later_option(name);
  for (const auto& declaration : option_declarations()) {
    if (declaration.name == name) {
      throw_usage(shown, "is not an option of faultline " + verb, "see faultline " + verb + " --help");
    }
  }
  const std::string near = nearest(name, takes);
  throw_usage(
      shown, "is not known",
      near.empty() ? "see faultline " + verb + " --help" : "did you mean '--" + near + "'? see faultline " + verb + " --help");
}

po::options_description description_of(const Texts& takes) {
  po::options_description description;
  for (const auto& name : takes) {
    if (option_declaration(name).value.empty()) {
      description.add_options()(name.c_str(), po::bool_switch());
    } else {
      description.add_options()(name.c_str(), po::value<Texts>());
    }
  }
  description.add_options()(kWords, po::value<Texts>());
  return description;
}

/// program_options keeps every occurrence in one list; only repeatable options may have several.
void check_counts(const po::parsed_options& parsed, const std::string& prefix) {
  std::map<std::string, int> counts;
  for (const auto& option : parsed.options) {
    if (option.unregistered || option.string_key == kWords || option.string_key.empty()) continue;
    const auto& declaration = option_declaration(option.string_key);
    if (!declaration.repeatable && !declaration.value.empty() && ++counts[declaration.name] > 1) {
      throw_usage(prefix + declaration.name, "is given more than once");
    }
  }
}

po::parsed_options read_command_line(const std::string& verb, const Texts& command_line, const Texts& takes,
                                     const po::options_description& description) {
  po::positional_options_description words;
  words.add(kWords, -1);
  const int style =
      po::command_line_style::allow_long | po::command_line_style::long_allow_adjacent | po::command_line_style::long_allow_next;
  auto parsed =
      po::command_line_parser(command_line).options(description).positional(words).style(style).allow_unregistered().run();
  for (const auto& option : parsed.options) {
    if (option.unregistered) {
      const std::string& token = option.original_tokens.front();
      refuse_option(verb, token.substr(0, token.find('=')), option.string_key, takes);
    }
  }
  check_counts(parsed, "--");
  return parsed;
}

po::parsed_options read_config(const std::string& verb, const std::string& path, const Texts& takes,
                               const po::options_description& description, UserComposites* composites, Statements* statements) {
  constexpr uint64_t kLargest = uint64_t{1} << 20;
  const auto bytes = InputFile(path).read_all(kLargest);
  if (bytes.empty()) throw_input(path, "is empty", "write lines of the form name = value");
  if (std::find(bytes.begin(), bytes.end(), 0) != bytes.end())
    throw_input(path, "holds a NUL byte, so it is no configuration file", "write lines of the form name = value");
  std::istringstream stream(std::string(bytes.begin(), bytes.end()));
  try {
    auto parsed = po::parse_config_file(stream, description, true);
    for (const auto& option : parsed.options) {
      if (option.string_key == "config") throw_usage(path + ": config", "a configuration file names no other");
      const std::string value = option.value.empty() ? "" : option.value.front();
      if (option.unregistered && take_composite_line(path, option.string_key, value, composites)) continue;
      const bool writes_reports = verb == "audit" || verb == "report";
      if (option.unregistered && writes_reports && take_statement(path, option.string_key, value, statements)) continue;
      if (option.unregistered) refuse_option(verb, path + ": " + option.string_key, option.string_key, takes);
    }
    check_counts(parsed, path + ": ");
    return parsed;
  } catch (const po::error& error) {
    throw_input(path, error.what(), "write lines of the form name = value");
  }
}

}  // namespace

Arguments Arguments::parse(const std::string& verb, const Texts& command_line, const Texts& takes) {
  for (const auto& word : command_line) {
    if (word == "--") break;
    if (word.size() >= 2 && word[0] == '-' && word[1] >= 'a' && word[1] <= 'z') {
      throw_usage(word, "is not known", "options are written with two dashes, see faultline " + verb + " --help");
    }
  }
  const auto description = description_of(takes);
  po::variables_map found;
  UserComposites composites;
  Statements statements;
  try {
    po::store(read_command_line(verb, command_line, takes, description), found);
    if (found.count("config")) {
      po::store(read_config(verb, found["config"].as<Texts>().front(), takes, description, &composites, &statements), found);
    }
    po::notify(found);
  } catch (const po::invalid_command_line_syntax& error) {
    const auto& declared = option_declarations();
    const std::string name = error.get_option_name().substr(std::min<size_t>(2, error.get_option_name().size()));
    const bool is_switch =
        std::any_of(declared.begin(), declared.end(), [&](const auto& d) { return d.name == name && d.value.empty(); });
    throw_usage(error.get_option_name(), is_switch ? "takes no value" : "needs a value");
  } catch (const po::error& error) {
    throw_usage("faultline " + verb, error.what());
  }

  Arguments out;
  out.verb_ = verb;
  out.statements_ = statements;
  for (const auto& name : takes) {
    if (!found.count(name)) continue;
    if (option_declaration(name).value.empty()) {
      if (found[name].as<bool>()) out.values_[name] = {};
    } else {
      out.values_[name] = found[name].as<Texts>();
    }
  }
  if (!composites.empty()) {
    for (auto& spec : out.values_["explainer"]) spec = with_composite_lines(spec, composites);
    if (out.values_["explainer"].empty()) out.values_.erase("explainer");
  }
  if (found.count(kWords)) out.words_ = found[kWords].as<Texts>();
  return out;
}

std::string Arguments::text(const std::string& name, const std::string& otherwise) const {
  const auto at = values_.find(name);
  return at == values_.end() ? otherwise : at->second.front();
}

std::string Arguments::required(const std::string& name) const {
  if (!has(name)) {
    throw_usage("faultline " + verb_, "--" + name + " is missing", "give --" + name + " " + option_declaration(name).value);
  }
  return text(name);
}

std::vector<std::string> Arguments::list(const std::string& name) const {
  const auto at = values_.find(name);
  return at == values_.end() ? Texts() : at->second;
}

std::optional<int64_t> Arguments::integer(const std::string& name, int64_t low, int64_t high) const {
  if (!has(name)) return std::nullopt;
  const int64_t value = parse_integer(text(name), "--" + name);
  if (value < low || value > high) {
    throw_usage("--" + name, std::to_string(value) + " is outside " + std::to_string(low) + ".." + std::to_string(high));
  }
  return value;
}

Arguments Arguments::with(const std::string& name, const std::string& value) const {
  Arguments out = *this;
  out.values_[name] = {value};
  return out;
}

std::string Arguments::command() const {
  std::string out = "faultline " + verb_;
  for (const auto& word : words_) out += " " + shell_word(word);
  for (const auto& [name, values] : values_) {
    if (name == "config" || name == "resume") continue;
    if (values.empty()) out += " --" + name;
    for (const auto& value : values) out += " --" + name + " " + shell_word(value);
  }
  return out;
}

}  // namespace faultline
