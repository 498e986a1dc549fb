#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/statements.h"

namespace faultline {

/// One option of the command line and of configuration files.
struct OptionDeclaration {
  std::string name;   ///< without the dashes
  std::string value;  ///< what stands behind it in help ("C,H,W"); "" for a switch
  std::string help;
  bool repeatable = false;
  std::vector<std::string> words{};  ///< all or the usual values where they are words, for completion
};

/// Every option of this version, in the order of help.
const std::vector<OptionDeclaration>& option_declarations();
/// Throws std::logic_error where no option has this name.
const OptionDeclaration& option_declaration(const std::string& name);
/// The options that every verb with a network takes.
const std::vector<std::string>& run_options();

/// Throws usage where `name` is an option or verb that only a later version has.
void refuse_later_option(const std::string& name);
void refuse_later_verb(const std::string& name);

/// The words and options a verb was given. Values are kept as text; who reads one checks it.
class Arguments {
 public:
  /// Reads the command line after the verb and, with --config FILE, an INI file of the same names; the command line wins.
  /// takes: names of the options this verb takes. Throws usage: unknown options (with the nearest match), options of other verbs
  /// or of a later version, a missing value, one given twice. Throws input where the configuration file cannot be read.
  /// Composites of the file ([lrp.NAME]) are written out in the explainers that name them; statements of the file ([report]) are
  /// kept for the verbs that write reports, and refused by the others.
  static Arguments parse(const std::string& verb, const std::vector<std::string>& command_line,
                         const std::vector<std::string>& takes);

  const std::string& verb() const { return verb_; }
  const std::vector<std::string>& words() const { return words_; }
  /// Of section [report] of the configuration file.
  const Statements& statements() const { return statements_; }
  bool has(const std::string& name) const { return values_.count(name) != 0; }
  bool flag(const std::string& name) const { return has(name); }
  /// The value, or `otherwise`.
  std::string text(const std::string& name, const std::string& otherwise = "") const;
  /// The value; throws usage where it was not given.
  std::string required(const std::string& name) const;
  std::vector<std::string> list(const std::string& name) const;
  /// The same with this option set to this value.
  Arguments with(const std::string& name, const std::string& value) const;
  /// The command that repeats this one, quoted for a shell; options of a configuration file are written out.
  std::string command() const;
  std::optional<int64_t> integer(const std::string& name, int64_t low, int64_t high) const;

 private:
  std::string verb_;
  std::vector<std::string> words_;
  std::map<std::string, std::vector<std::string>> values_;
  Statements statements_;
};

}  // namespace faultline
