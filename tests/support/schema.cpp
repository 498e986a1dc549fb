#include "support/schema.h"

#include <sstream>
#include <stdexcept>

#include "support/program.h"

namespace faultline::testing {
namespace {

constexpr const char* kValidate = R"(
import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
for path in sys.argv[2:]:
    error = next(validator.iter_errors(json.load(open(path))), None)
    print("" if error is None else f"/{'/'.join(map(str, error.absolute_path))}: {error.message[:200]!r}")
)";

}  // namespace

std::optional<std::vector<std::string>> schema_violations(const std::vector<std::string>& report_files) {
  if (run_program({"/usr/bin/python3", "-c", "import jsonschema"}).code != 0) return std::nullopt;
  std::vector<std::string> command = {"/usr/bin/python3", "-c", kValidate,
                                      std::string(FAULTLINE_SOURCE_DIR) + "/docs/reference/report.schema.json"};
  command.insert(command.end(), report_files.begin(), report_files.end());
  const auto result = run_program(command);
  if (result.code != 0) throw std::runtime_error("jsonschema: " + result.err);
  std::vector<std::string> out;
  std::istringstream lines(result.out);
  for (std::string line; std::getline(lines, line);) out.push_back(line);
  return out;
}

}  // namespace faultline::testing
