#include "cli/man_page.h"

#include "cli/help.h"
#include "cli/listing.h"
#include "cli/verb.h"
#include "core/joined.h"
#include "core/version.h"

namespace faultline {
namespace {

/// Text as troff reads it: backslashes and hyphens written out, and no line that begins like a request.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string section(const std::string& title) { return ".SH " + title + "\n"; }

/// A tagged paragraph: `tag` in bold, `meaning` indented below it.
std::string item(const std::string& tag, const std::string& meaning) {
  return ".TP\n\\fB" + escaped(tag) + "\\fR\n" + escaped(meaning) + "\n";
}

std::string option_items(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) {
    const auto& option = option_declaration(name);
    out += ".TP\n\\fB" + escaped("--" + name) + "\\fR" + (option.value.empty() ? "" : " \\fI" + escaped(option.value) + "\\fR") +
           "\n" + escaped(option.help) + (option.repeatable ? "; may be repeated" : "") + "\n";
  }
  return out;
}

std::string verb_part(const Verb& verb) {
  return ".SS " + verb.name + "\n.B faultline " + verb.name + "\n" + escaped(verb.usage) + "\n.PP\n" + escaped(verb.summary) +
         (verb.takes_run_options ? "; takes the common options too" : "") + ".\n" + option_items(verb.options);
}

std::string method_items() {
  std::string out;
  for (const std::string kind : {"explainers", "attacks", "metrics", "suites"}) {
    std::vector<std::string> names;
    for (const auto& listing : listings_of(kind)) names.push_back(listing.name);
    out += item(kind, joined(names, ", "));
  }
  return out;
}

}  // namespace

std::string man_page() {
  std::string out = ".\\\" written by `faultline man`\n.TH FAULTLINE 1 \"\" \"faultline " FAULTLINE_VERSION
                    "\" \"User Commands\"\n.nh\n.ad l\n";
  out += section("NAME") + "faultline \\- audit how far explanations of neural networks can be moved\n";
  out += section("SYNOPSIS") +
         ".B faultline\n\\fIVERB\\fR [\\fIoptions\\fR]\n.br\n.B faultline\n\\fIVERB\\fR \\fB\\-\\-help\\fR\n"
         ".br\n.B faultline \\-\\-version\n[\\fB\\-\\-json\\fR]\n";
  out += section("DESCRIPTION") +
         "How far can an explanation of a neural network be moved while the network's answer stays put?\n"
         ".B faultline\nattacks saliency maps with changes to the input too small to see, measures what is left of them,\n"
         "and writes a report. Data goes to stdout or\n.BR \\-\\-out ,\ntalk goes to stderr.\n"
         ".PP\nA model file is code: load only files from people you trust.\n";
  out += section("VERBS");
  for (const auto& verb : all_verbs()) out += verb_part(verb);
  out += section("COMMON OPTIONS") + option_items(run_options());
  out += section("METHODS") +
         "A SPEC is \\fIname\\fR or \\fIname\\fR:\\fIkey\\fR=\\fIvalue\\fR,...; numbers may be 0.5, 1e\\-3, 8/255 or 10%.\n"
         ".B faultline list\nprints the keys of each.\n" +
         method_items();
  out += section("EXIT STATUS");
  for (const auto& [code, meaning] : exit_codes()) out += item(std::to_string(code), meaning);
  out += section("FILES") + item("RUN/run.sqlite", "everything that an audit measured") +
         item("RUN/maps/", "arrays of the samples that the report shows") +
         item("RUN/report.html, .json, .csv, .md", "the reports; report.schema.json describes the JSON one");
  out += section("EXAMPLES") + ".nf\n";
  for (const auto& line : first_steps()) out += escaped(line) + "\n";
  out += ".fi\n" + section("SEE ALSO") +
         "The documentation that is installed beside the program, or\n.I docs/\nof the source: a tutorial, recipes, the "
         "reference and "
         "explanations.\n";
  return out;
}

}  // namespace faultline
