#pragma once
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "core/sha256.h"
#include "report/heat_map.h"
#include "support/program.h"
#include "support/shared.h"

namespace faultline::testing {

/// The Chromium of this machine, or "".
inline std::string chromium() {
  for (const char* path : {"/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"}) {
    if (std::filesystem::exists(path)) return path;
  }
  return "";
}

/// What a browser made of a page.
struct Browsed {
  std::string dom;      ///< after its scripts have run
  std::string console;  ///< what it had to say: errors, refused scripts and styles
};

/// Opens a page and lets the script of a test run after the page's own, with permission in the page's policy.
inline Browsed browse(const std::string& page, const std::string& script = "", const std::vector<std::string>& options = {}) {
  TemporaryFolder folder;
  std::string text = page;
  if (!script.empty()) {
    const std::string hex = Sha256().update(script).hex();
    std::vector<uint8_t> bytes;
    for (size_t i = 0; i < hex.size(); i += 2) bytes.push_back(static_cast<uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    const std::string policy = "script-src ";
    const size_t at = text.find(policy);
    if (at != std::string::npos) text.insert(at + policy.size(), "&#39;sha256-" + base64(bytes) + "&#39; ");
    text.insert(text.rfind("</body>"), "<script>" + script + "</script>");
  }
  std::ofstream(folder.file("page.html")) << text;
  std::vector<std::string> command{chromium(),
                                   "--headless",
                                   "--no-sandbox",
                                   "--disable-gpu",
                                   "--disable-dev-shm-usage",
                                   "--user-data-dir=" + folder.file("profile"),
                                   "--enable-logging=stderr",
                                   "--virtual-time-budget=4000"};
  command.insert(command.end(), options.begin(), options.end());
  command.insert(command.end(), {"--dump-dom", "file://" + folder.file("page.html")});
  const auto result = run_program(command);
  Browsed out{result.out, ""};
  std::istringstream lines(result.err);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("CONSOLE") != std::string::npos) out.console += line + "\n";
  }
  return out;
}

}  // namespace faultline::testing

/// Skips the test where there is no browser.
#define FAULTLINE_NEEDS_CHROMIUM() \
  if (faultline::testing::chromium().empty()) GTEST_SKIP() << "needs Chromium to open a page"
